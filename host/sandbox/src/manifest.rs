//! A plugin's manifest, which its `describe` returns.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::LoadError;

/// A plugin's description of itself. Unknown members are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The adapter's name, which `providers.*.adapter` in the configuration refers to.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
    /// The operations it supports: `chat`, `count-tokens`, `embeddings`, `rerank`, `images`. At least one.
    pub operations: Vec<String>,
    /// The dialects, besides the canonical one, that its upstream speaks and the host need not translate. Default: none.
    #[serde(default)]
    pub dialects: Vec<String>,
    /// The extensions of the canonical dialect that it accepts, such as `cache_control`. Those that the host does not
    /// know are ignored. Default: none.
    #[serde(default)]
    pub accepts: Vec<String>,
    /// How the host authenticates to the upstream. Default: not at all.
    #[serde(default)]
    pub auth: AuthScheme,
    /// The upstream's usual base URL, if it has one. A provider's `base_url` overrides it.
    #[serde(default)]
    pub base_url: Option<String>,
    /// False if the adapter answers requests itself. Default: true.
    #[serde(default = "yes")]
    pub needs_upstream: bool,
    /// The models (by the upstream's names, `*` stands for anything) that go on with a text that the assistant has begun.
    /// A provider's `prefill` overrides it. Default: none.
    #[serde(default)]
    pub prefill: Vec<String>,
    /// The JSON Schema of the provider's `settings`. Default: a schema that accepts anything.
    #[serde(default = "anything")]
    pub settings: Value,
}

/// How the provider's credential is attached to a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "kebab-case")]
pub enum AuthScheme {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Bearer …` (RFC 6750, section 2.1).
    Bearer,
    /// `Authorization: Basic …`, with a key of the form `user:password` (RFC 7617).
    Basic,
    /// A header that holds the key alone.
    Header {
        /// The header's name.
        name: String,
    },
    /// A query parameter that holds the key.
    Query {
        /// The parameter's name.
        name: String,
    },
}

fn yes() -> bool {
    true
}

/// The schema that accepts everything (JSON Schema, section 4.3.2).
fn anything() -> Value {
    Value::Bool(true)
}

// === impl Manifest ===

impl Manifest {
    /// Reads a manifest from the bytes that `describe` returned.
    ///
    /// # Errors
    /// [`LoadError::Manifest`] with the reason.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, LoadError> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|e| LoadError::Manifest(e.to_string()))?;
        if manifest.name.is_empty() {
            return Err(LoadError::Manifest(
                "`name` is empty; give the adapter a name".to_owned(),
            ));
        }
        if manifest.operations.is_empty() {
            let message = "`operations` is empty; name at least one, such as \"chat\"";
            return Err(LoadError::Manifest(message.to_owned()));
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_needs_only_name_version_and_operations() {
        let manifest = Manifest::parse(br#"{"name":"x","version":"1","operations":["chat"]}"#).unwrap();
        assert_eq!(manifest.auth, AuthScheme::None);
        assert!(manifest.needs_upstream);
    }

    #[test]
    fn a_manifest_without_operations_is_refused_with_a_remedy() {
        let error = Manifest::parse(br#"{"name":"x","version":"1","operations":[]}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "has an invalid manifest: `operations` is empty; name at least one, such as \"chat\""
        );
    }

    #[test]
    fn a_scheme_is_named_by_its_tag() {
        let header: AuthScheme = serde_json::from_str(r#"{"scheme":"header","name":"x-api-key"}"#).unwrap();
        assert_eq!(
            header,
            AuthScheme::Header {
                name: "x-api-key".to_owned()
            }
        );
    }
}
