//! A request for an upstream that refuses what it does not know, while it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::canonical::{ChatRequest, Extra, RerankRequest};
use crate::{Dropped, Exchange, Failure};

/// The members of a request for the upstream, and what of the client's it leaves out.
///
/// ```
/// use jackfield_plugin_sdk::{Draft, canonical::Extra};
///
/// # fn main() -> Result<(), jackfield_plugin_sdk::Failure> {
/// let given: Extra = serde_json::from_str(r#"{"truncate": "END", "user": "ann", "store": false}"#)?;
/// let mut draft = Draft::new("embed");
/// draft.pass(given, &["truncate"]);
/// assert_eq!(draft.left_out(), ["user"]);
/// let exchange = draft.exchange("/embed", &serde_json::json!({ "texts": ["Hello"] }))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The members beside the bulk.
    pub members: Extra,
    left_out: Dropped,
}

/// Changes that an operator makes to the upstream's parameters, as a member of a provider's settings.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ParameterChanges {
    /// Parameters to leave out, such as one that a model refuses. Default: none.
    pub drop_parameters: Vec<String>,
    /// Parameters to set in every request, overriding the client's; null removes one. Default: none.
    pub extra_parameters: Map<String, Value>,
}

/// The body that is sent: the members, and those of the bulk.
#[derive(Serialize)]
struct Body<'a, T> {
    #[serde(flatten)]
    members: &'a Extra,
    #[serde(flatten)]
    bulk: &'a T,
}

// === impl Draft ===

impl Draft {
    /// A request with nothing but the upstream's name for the model.
    pub fn new(model: &str) -> Self {
        let mut draft = Self::default();
        draft.members.insert("model", model);
        draft
    }

    /// Names a part of the client's request that is left out; once, however often it comes.
    pub fn leave_out(&mut self, name: impl Into<String>) {
        self.left_out.add(name);
    }

    /// Names all members of an object in the request: `messages[].name` for a member `name` of `messages[]`.
    pub fn leave_out_all(&mut self, place: &str, members: &Extra) {
        for (name, value) in members.iter() {
            self.left_out.add_said(format!("{place}.{name}"), value);
        }
    }

    /// Names what [`ChatRequest::name_unknown`] does.
    pub fn name_unknown(&mut self, request: &ChatRequest, known: &[&str]) {
        request.name_unknown(known, &mut self.left_out);
    }

    /// The texts of the documents to rank; names what else they have.
    ///
    /// # Errors
    /// As [`RerankRequest::texts`].
    pub fn texts(&mut self, request: &RerankRequest) -> Result<Vec<String>, Failure> {
        request.texts(&mut self.left_out)
    }

    /// Copies those of the client's members that are the upstream's own, and names the others. `null`, `false` and what is
    /// empty are not named: their absence means the same.
    pub fn pass(&mut self, given: Extra, own: &[&str]) {
        for (name, value) in given {
            if own.contains(&name.as_str()) {
                if !value.is_null() {
                    self.members.insert(name, value);
                }
            } else {
                self.left_out.add_said(name, &value);
            }
        }
    }

    /// Changes the members as the operator wants: some are removed, others set; null removes one too.
    pub fn change(&mut self, changes: &ParameterChanges) {
        let (remove, set) = (&changes.drop_parameters, &changes.extra_parameters);
        let nulls = set.iter().filter(|(_, value)| value.is_null());
        for name in remove.iter().chain(nulls.map(|(name, _)| name)) {
            self.members.remove(name);
        }
        for (name, value) in set.iter().filter(|(_, value)| !value.is_null()) {
            self.members.set(name.as_str(), value);
        }
    }

    /// The names of what is left out.
    pub fn left_out(&self) -> &[String] {
        self.left_out.names()
    }

    /// A `POST` of the members and the bulk, which is an object too: what is long is written only once.
    ///
    /// # Errors
    /// If the bulk cannot be serialised as JSON.
    pub fn exchange<T: Serialize>(self, path: &'static str, bulk: &T) -> Result<Exchange, Failure> {
        let body = Body {
            members: &self.members,
            bulk,
        };
        let exchange = Exchange::post(path).json(&body)?;
        Ok(self.left_out.note(exchange))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn extra(value: Value) -> Extra {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_is_left_out_is_named_once_if_it_says_something() {
        let mut draft = Draft::default();
        let given =
            json!({"a": 1, "b": null, "c": false, "d": {}, "e": [], "f": "", "g": 0, "own": null, "too": false});
        draft.pass(extra(given), &["own", "too"]);
        draft.leave_out("a");
        draft.leave_out_all("messages[]", &extra(json!({"name": "x", "audio": null})));
        assert_eq!(draft.left_out(), ["a", "g", "messages[].name"]);
        assert_eq!(draft.members, extra(json!({"too": false})));
    }

    #[test]
    fn the_operator_has_the_last_word() {
        let mut draft = Draft {
            members: extra(json!({"a": 1, "b": 2, "c": 3, "d": 4})),
            ..Draft::default()
        };
        let changes = json!({"drop_parameters": ["a", "e"], "extra_parameters": {"b": null, "c": 5, "e": 6}});
        draft.change(&serde_json::from_value(changes).unwrap());
        assert_eq!(draft.members, extra(json!({"c": 5, "d": 4, "e": 6})));
    }
}
