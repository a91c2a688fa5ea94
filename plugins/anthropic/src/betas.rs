//! The `anthropic-beta` header: the features that the operator turned on, and those that the client asks for.

use jackfield_plugin_sdk::{Call, Failure};
use serde::Deserialize;

use crate::settings::Settings;

/// The longest name of a feature, in bytes. The vendor's have about thirty.
const LONGEST: usize = 128;

/// The parameter in which the host hands over the names in the client's own header.
pub(crate) const PARAMETER: &str = "anthropic_beta";

/// What the client asks for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// The names, several of them perhaps in one text with commas; none if the client says nothing of betas.
    #[serde(rename = "anthropic_beta", default)]
    names: Option<Vec<String>>,
}

// === impl Asked ===

impl Asked {
    /// Reads the call's parameters.
    ///
    /// # Errors
    /// Of class client, if the parameter is not a list of texts.
    pub(crate) fn of(call: &Call<Settings>) -> Result<Self, Failure> {
        call.parameters()
    }

    /// Whether the client speaks of betas at all.
    pub(crate) fn is_there(&self) -> bool {
        self.names.is_some()
    }

    /// The header's value: the operator's features, then the client's, each once. None: no header.
    ///
    /// # Errors
    /// Of class client, if the client's names hold characters that no name has.
    pub(crate) fn header(&self, settings: &Settings) -> Result<Option<String>, Failure> {
        let mut features: Vec<&str> = Vec::new();
        let mut add = |name| {
            if !features.contains(&name) {
                features.push(name);
            }
        };
        names(&settings.betas).for_each(&mut add);
        if settings.client_betas {
            for name in names(self.names.as_deref().unwrap_or_default()) {
                if !is_name(name) {
                    return Err(Failure::client(NO_NAME));
                }
                add(name);
            }
        }
        Ok((!features.is_empty()).then(|| features.join(",")))
    }
}

const NO_NAME: &str =
    "anthropic-beta: a feature's name has only letters, digits, `-`, `_` and `.`, at most 128 of them";

/// The names in texts that may hold several, separated by commas (RFC 9110, section 5.6.1).
fn names(texts: &[String]) -> impl Iterator<Item = &str> {
    let names = texts.iter().flat_map(|text| text.split(','));
    names.map(str::trim).filter(|name| !name.is_empty())
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.len() <= LONGEST && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::{Asked, NO_NAME};
    use crate::settings::Settings;

    fn header(betas: &[&str], asked: &[&str]) -> Result<Option<String>, String> {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let settings = Settings {
            betas: owned(betas),
            ..Settings::default()
        };
        let asked = Asked {
            names: Some(owned(asked)),
        };
        asked.header(&settings).map_err(|failure| failure.message.clone())
    }

    #[test]
    fn the_operators_features_come_first_and_each_comes_once() {
        let joined = header(&["a-1", "b-1"], &["c-1, a-1", "c-1", ""]);
        assert_eq!(joined, Ok(Some("a-1,b-1,c-1".to_owned())));
    }

    #[test]
    fn nothing_asked_for_is_no_header() {
        assert_eq!(header(&[], &[]), Ok(None));
        assert_eq!(header(&[], &[" , "]), Ok(None));
    }

    #[test]
    fn a_name_with_other_characters_is_the_clients_fault() {
        let long = "a".repeat(129);
        for name in ["a b", "a\r\nx-api-key: b", "ü", "a;b", &long] {
            assert_eq!(header(&[], &[name]), Err(NO_NAME.to_owned()), "{name}");
        }
    }
}
