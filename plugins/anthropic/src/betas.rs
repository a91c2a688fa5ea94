//! The `anthropic-beta` header: features enabled by the operator and those requested by the client.

use jackfield_plugin_sdk::Failure;

use crate::settings::Settings;

/// The maximum length of a feature name, in bytes. The vendor's have about thirty.
const LONGEST: usize = 128;

/// The parameter in which the host passes the names from the client's own header.
pub(crate) const PARAMETER: &str = "anthropic_beta";

/// The header's value: the operator's features, then those of the client, each once; none if there are no features.
///
/// # Errors
/// Of class client, if a name from the client is too long or contains invalid characters.
pub(crate) fn header(asked: Option<&[String]>, settings: &Settings) -> Result<Option<String>, Failure> {
    let mut features: Vec<&str> = Vec::new();
    let mut add = |name| {
        if !features.contains(&name) {
            features.push(name);
        }
    };
    names(&settings.betas).for_each(&mut add);
    if settings.client_betas {
        for name in names(asked.unwrap_or_default()) {
            if !is_name(name) {
                return Err(Failure::client(INVALID_NAME));
            }
            add(name);
        }
    }
    Ok((!features.is_empty()).then(|| features.join(",")))
}

const INVALID_NAME: &str = "anthropic-beta: a feature name consists of up to 128 letters, digits, `-`, `_` and `.`";

/// The names in strings that may each hold several, separated by commas (RFC 9110, section 5.6.1).
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
    use super::INVALID_NAME;
    use crate::settings::Settings;

    fn header(betas: &[&str], asked: &[&str]) -> Result<Option<String>, String> {
        let owned = |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
        let settings = Settings {
            betas: owned(betas),
            ..Settings::default()
        };
        super::header(Some(&owned(asked)), &settings).map_err(|failure| failure.message.clone())
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
            assert_eq!(header(&[], &[name]), Err(INVALID_NAME.to_owned()), "{name}");
        }
    }
}
