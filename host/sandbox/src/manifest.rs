//! What a plugin says of itself in `describe`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::LoadError;

/// A plugin's manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The adapter's name, which `providers.*.adapter` in the configuration refers to.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
    /// The operations it carries out: `chat`, `count-tokens`, `embeddings`, `rerank`, `images`.
    pub operations: Vec<String>,
    /// The dialects besides the canonical one in which its upstream can be spoken to untranslated.
    #[serde(default)]
    pub dialects: Vec<String>,
    /// How the upstream wants the credential. Default: none.
    #[serde(default)]
    pub auth: AuthScheme,
    /// The upstream's usual base URL, if it has one. A provider's `base_url` goes before it.
    #[serde(default)]
    pub base_url: Option<String>,
    /// False if the adapter answers by itself. Default: true.
    #[serde(default = "yes")]
    pub needs_upstream: bool,
    /// JSON Schema of the provider's `settings`. Default: anything goes.
    #[serde(default = "anything")]
    pub settings: Value,
}

/// How a credential is put on a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "kebab-case")]
pub enum AuthScheme {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Bearer …` (RFC 6750, section 2.1).
    Bearer,
    /// `Authorization: Basic …`, the key being `user:password` (RFC 7617).
    Basic,
    /// A header of its own.
    Header {
        /// The header's name.
        name: String,
    },
    /// A query parameter.
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
    /// Stands in until `describe` has been called.
    pub(super) fn unnamed() -> Self {
        Self {
            name: "(unnamed)".to_owned(),
            version: String::new(),
            operations: Vec::new(),
            dialects: Vec::new(),
            auth: AuthScheme::None,
            base_url: None,
            needs_upstream: true,
            settings: anything(),
        }
    }

    /// Reads a manifest from the bytes that `describe` returned.
    ///
    /// # Errors
    /// [`LoadError::Manifest`] with the reason.
    pub fn parse(bytes: &[u8]) -> Result<Self, LoadError> {
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
    fn a_manifest_without_operations_is_refused_with_the_remedy() {
        let error = Manifest::parse(br#"{"name":"x","version":"1","operations":[]}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "has a bad manifest: `operations` is empty; name at least one, such as \"chat\""
        );
    }

    #[test]
    fn the_schemes_are_told_apart_by_their_tag() {
        let header: AuthScheme = serde_json::from_str(r#"{"scheme":"header","name":"x-api-key"}"#).unwrap();
        assert_eq!(
            header,
            AuthScheme::Header {
                name: "x-api-key".to_owned()
            }
        );
    }
}
