//! What stands beside the members of a request: the client's headers, and what the gateway knows of the model.

use jackfield_plugin_sdk::canonical::Json;
use jackfield_plugin_sdk::{Call, Failure};
use serde::Deserialize;

use crate::settings::Settings;

/// What the client asks for outside the body, and what the gateway adds.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// The names in the client's `anthropic-beta`; one string may hold several, separated by commas. None if the client
    /// did not send the header.
    #[serde(rename = "anthropic_beta", default)]
    pub(crate) betas: Option<Vec<String>>,
    /// The values of the client's `anthropic-version`; anything else is a member of the client's own.
    #[serde(rename = "anthropic_version", default)]
    version: Option<Json>,
    /// How many tokens a reply of the model may have by the gateway's configuration.
    #[serde(default)]
    max_output: Option<Json>,
}

// === impl Asked ===

impl Asked {
    /// Reads the call's parameters.
    ///
    /// # Errors
    /// Of class client, if the beta features are not a list of strings.
    pub(crate) fn of(call: &Call<Settings>) -> Result<Self, Failure> {
        call.parameters()
    }

    /// The version of the API that the client asks for, if it looks like one: a day.
    pub(crate) fn version(&self) -> Option<String> {
        let versions: Vec<String> = self.version.as_ref()?.read()?;
        let [version] = <[String; 1]>::try_from(versions).ok()?;
        is_day(&version).then_some(version)
    }

    /// How many tokens a reply may have by the gateway's configuration.
    pub(crate) fn max_output(&self) -> Option<u64> {
        self.max_output.as_ref()?.read()
    }
}

/// Whether this is written as `2026-10-21`.
fn is_day(text: &str) -> bool {
    let fits = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(fits)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Asked;

    fn version(given: &Value) -> Option<String> {
        let asked: Asked = serde_json::from_value(json!({ "anthropic_version": given })).unwrap();
        asked.version()
    }

    #[test]
    fn a_version_is_a_day() {
        assert_eq!(version(&json!(["2026-10-21"])).as_deref(), Some("2026-10-21"));
        for odd in [
            json!("2026-10-21"),
            json!(["2023-06-01", "2026-10-21"]),
            json!(["vertex-2023-10-16"]),
            json!(["2026-1O-21"]),
            json!([]),
            json!(null),
            json!(7),
        ] {
            assert_eq!(version(&odd), None, "{odd}");
        }
    }

    #[test]
    fn a_limit_that_is_no_number_says_nothing() {
        for (given, limit) in [(json!(64_000), Some(64_000)), (json!("many"), None), (json!(-1), None)] {
            let asked: Asked = serde_json::from_value(json!({ "max_output": given })).unwrap();
            assert_eq!(asked.max_output(), limit);
        }
    }
}
