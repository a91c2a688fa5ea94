//! `fallback_on`: which refusals of a request let its chain go on.

use schemars::JsonSchema;
use serde::Deserialize;

/// Which refusals of a request let its chain go on. Without any, each of them ends it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "Vec<Refusal>")]
#[schemars(with = "Vec<Refusal>")]
pub struct FallbackOn {
    /// The request is too long for the model.
    pub context_length: bool,
    /// The provider does not accept what the request says.
    pub content_policy: bool,
}

/// A refusal after which another target may serve the request. The name is that of the failure's class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Refusal {
    /// The request is too long for the model: the next one may be larger.
    ContextLength,
    /// The provider does not accept what the request says: the next one may judge otherwise.
    ContentPolicy,
}

// === impl FallbackOn ===

impl From<Vec<Refusal>> for FallbackOn {
    fn from(refusals: Vec<Refusal>) -> Self {
        Self {
            context_length: refusals.contains(&Refusal::ContextLength),
            content_policy: refusals.contains(&Refusal::ContentPolicy),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::FallbackOn;

    #[test]
    fn a_list_names_the_refusals() {
        for (list, context_length, content_policy) in [
            (json!([]), false, false),
            (json!(["context-length"]), true, false),
            (json!(["content-policy", "context-length"]), true, true),
        ] {
            let expected = FallbackOn {
                context_length,
                content_policy,
            };
            assert_eq!(serde_json::from_value::<FallbackOn>(list).unwrap(), expected);
        }
        assert!(serde_json::from_value::<FallbackOn>(json!(["client"])).is_err());
    }
}
