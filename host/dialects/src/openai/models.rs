//! What an upstream offers: the list of its models, as the operator is shown it.
//!
//! Source: <https://platform.openai.com/docs/api-reference/models/list>; `context_length` is what `OpenRouter` and others
//! add to it.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bounds::long_list;
use crate::fault::StreamFault;
use crate::json::raw::{ObjectOf, is_given, object_text};
use crate::summary::ReplySummary;

/// One model that an upstream offers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ListedModel {
    /// The upstream's name for it.
    pub id: String,
    /// The context window, in tokens; `None` if the upstream does not say.
    #[serde(default)]
    pub context_length: Option<u64>,
    /// Whose model it is; `None` if the upstream does not say.
    #[serde(default)]
    pub owned_by: Option<String>,
}

#[derive(Deserialize)]
struct ModelList<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

// === impl ListedModel ===

impl ListedModel {
    /// The models of a canonical list, in the upstream's order.
    ///
    /// # Errors
    /// `Upstream` if the reply is an error, `Malformed` if it is no list of models with ids.
    pub fn all(body: &[u8]) -> Result<Vec<Self>, StreamFault> {
        let list: ModelList<'_> = serde_json::from_str(object_text(body)?)?;
        if let Some(error) = list.error.filter(|error| is_given(error)) {
            return Err(StreamFault::from_error(error.get()));
        }
        let data = list.data.ok_or_else(|| StreamFault::malformed("it has no `data`"))?;
        let models = long_list(data)?.into_iter();
        let read = |model: &RawValue| serde_json::from_str(model.get()).map(|ObjectOf(model)| model);
        Ok(models.map(read).collect::<Result<_, _>>()?)
    }
}

/// Checks a list. It is passed on as it is.
///
/// # Errors
/// Those of [`ListedModel::all`].
pub(super) fn finish_reply(body: &[u8]) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    ListedModel::all(body)?;
    Ok((object_text(body)?.as_bytes().to_vec(), ReplySummary::default()))
}

#[cfg(test)]
mod tests {
    use super::{ListedModel, finish_reply};
    use crate::fault::StreamFault;

    #[test]
    fn a_list_is_read_and_passed_on_as_it_is() {
        let body = br#" {"object":"list","data":[{"id":"a","owned_by":"x","context_length":8,"price":1.50},{"id":"b","owned_by":null}]} "#;
        let model = |id: &str, context_length, owned_by: Option<&str>| ListedModel {
            id: id.to_owned(),
            context_length,
            owned_by: owned_by.map(str::to_owned),
        };
        let expected = [model("a", Some(8), Some("x")), model("b", None, None)];
        assert_eq!(ListedModel::all(body).unwrap(), expected);
        assert_eq!(finish_reply(body).unwrap().0, body.trim_ascii());
        assert_eq!(ListedModel::all(br#"{"data":[]}"#).unwrap(), []);
    }

    #[test]
    fn what_is_no_list_is_malformed_and_an_error_is_the_upstreams() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"data":{}}"#,
            r#"{"data":null}"#,
            r#"{"data":[{"name":"a"}]}"#,
            r#"{"data":["a"]}"#,
            r#"{"data":[["a",1,"x"]]}"#,
        ] {
            let fault = finish_reply(body.as_bytes());
            assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{body}");
        }
        let fault = finish_reply(br#"{"error":{"message":"no"}}"#);
        assert!(matches!(fault, Err(StreamFault::Upstream { .. })));
    }
}
