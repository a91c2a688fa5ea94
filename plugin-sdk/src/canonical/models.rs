//! The models that an upstream offers.
//!
//! Source: <https://platform.openai.com/docs/api-reference/models/list>. `context_length` is `OpenRouter`'s, which
//! others share: <https://openrouter.ai/docs/api-reference/list-available-models>.

use std::borrow::Cow;

use serde::Serialize;

use super::Extra;
use super::members::object;

/// The reply to the question what an upstream offers.
///
/// ```
/// use jackfield_plugin_sdk::canonical::{ListedModel, ModelList};
///
/// let reply = ModelList::of([ListedModel::of("small-1").context(32_768)]);
/// assert_eq!(
///     serde_json::to_string(&reply).unwrap(),
///     r#"{"object":"list","data":[{"id":"small-1","object":"model","context_length":32768}]}"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelList {
    /// Always `list`.
    pub object: Cow<'static, str>,
    /// The models, in the upstream's order.
    pub data: Vec<ListedModel>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One model that an upstream offers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedModel {
    /// The upstream's name for it: what a target's `model` is to be.
    pub id: String,
    /// Always `model`.
    pub object: Cow<'static, str>,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<u64>,
    /// Whose model it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<String>,
    /// The context window, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_length: Option<u64>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

object! {
    ModelList {
        "object" => object,
        "data" => data,
    } requires "data"
}

object! {
    ListedModel {
        "id" => id,
        "object" => object,
        "created" => created,
        "owned_by" => owned_by,
        "context_length" => context_length,
    } requires "id"
}

// === impl ModelList ===

impl Default for ModelList {
    fn default() -> Self {
        Self {
            object: Cow::Borrowed("list"),
            data: Vec::new(),
            extra: Extra::new(),
        }
    }
}

impl ModelList {
    /// A list of these models.
    pub fn of(models: impl IntoIterator<Item = ListedModel>) -> Self {
        Self {
            data: models.into_iter().collect(),
            ..Self::default()
        }
    }
}

// === impl ListedModel ===

impl Default for ListedModel {
    fn default() -> Self {
        Self {
            id: String::new(),
            object: Cow::Borrowed("model"),
            created: None,
            owned_by: None,
            context_length: None,
            extra: Extra::new(),
        }
    }
}

impl ListedModel {
    /// A model by its name.
    pub fn of(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }

    /// The same with this context window, in tokens.
    #[must_use]
    pub fn context(self, tokens: u64) -> Self {
        Self {
            context_length: Some(tokens),
            ..self
        }
    }

    /// The same with this owner.
    #[must_use]
    pub fn owned_by(self, owner: impl Into<String>) -> Self {
        Self {
            owned_by: Some(owner.into()),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_keeps_what_it_does_not_know() {
        let reply = json!({
            "object": "list", "has_more": false,
            "data": [{"id": "a", "object": "model", "created": 7, "owned_by": "x", "context_length": 8, "price": 1.50}],
        });
        let read: ModelList = serde_json::from_value(reply.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), reply);
    }

    #[test]
    fn a_model_needs_a_name() {
        assert!(serde_json::from_value::<ModelList>(json!({"data": [{"object": "model"}]})).is_err());
        assert!(serde_json::from_value::<ModelList>(json!({"object": "list"})).is_err());
        let named: ListedModel = serde_json::from_value(json!({"id": "a"})).unwrap();
        assert_eq!(named, ListedModel::of("a"));
    }
}
