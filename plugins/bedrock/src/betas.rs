//! The beta features of Claude that a request asks for.

use jackfield_plugin_sdk::{Call, Failure};
use serde::Deserialize;

use crate::settings::Settings;

/// The maximum length of a feature name, in bytes. The vendor's have about thirty.
const LONGEST: usize = 128;

/// The features, and whether the client's own were left out.
pub(crate) struct Betas {
    pub(crate) names: Vec<String>,
    pub(crate) is_dropped: bool,
}

#[derive(Default, Deserialize)]
struct Asked {
    /// One string may hold several names, separated by commas.
    #[serde(default)]
    anthropic_beta: Option<Vec<String>>,
}

// === impl Betas ===

impl Betas {
    /// The operator's features, then the client's if the operator lets them pass, each once.
    ///
    /// # Errors
    /// Of class client, if the parameter is not a list of names.
    pub(crate) fn of(call: &Call<Settings>) -> Result<Self, Failure> {
        let asked: Asked = call.parameters()?;
        let asked = asked.anthropic_beta.unwrap_or_default();
        let mut names: Vec<String> = Vec::new();
        let passed = if call.settings.client_betas {
            asked.as_slice()
        } else {
            &[]
        };
        for name in split(&call.settings.betas).chain(split(passed)) {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if name.len() > LONGEST || !name.chars().all(fits) {
                let message = "anthropic-beta: a feature name consists of up to 128 letters, digits, `-`, `_` and `.`";
                return Err(Failure::client(message));
            }
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        let is_dropped =
            !call.settings.client_betas && split(&asked).any(|name| !names.iter().any(|known| known == name));
        Ok(Self { names, is_dropped })
    }
}

fn split(texts: &[String]) -> impl Iterator<Item = &str> {
    let names = texts.iter().flat_map(|text| text.split(','));
    names.map(str::trim).filter(|name| !name.is_empty())
}
