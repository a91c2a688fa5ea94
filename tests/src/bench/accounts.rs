//! The benchmark's account: one user whose plan and credits never run out, and their key, both created the way an
//! operator creates them.

use std::fmt::{self, Display, Formatter};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::process::{ProcessError, output};

/// The user, and the user's plan.
pub(super) const NAME: &str = "bench";

/// More than any run uses, but still counted.
const MANY: u64 = 1_000_000_000;

/// Whether requests are authenticated, counted, charged and recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accounts {
    /// Anyone is served, and nothing is recorded.
    Off,
    /// Keys are required, all limits apply, tokens have a price, and the ledger records each request.
    On,
}

/// Adds to a configuration what accounts need, with a price for every model.
pub(super) fn configure(config: &mut Value) {
    config["server"]["auth"] = json!("required");
    config["storage"] = json!({ "url": "sqlite:jackfield.db" });
    config["plans"][NAME] = json!({
        "tiers": ["free", "lite", "premium", "max"],
        "limits": {
            "per_day": MANY, "per_hour": MANY, "per_minute": MANY, "concurrent_streams": MANY,
        },
    });
    let models = config["models"].as_object_mut();
    for (_, model) in models.into_iter().flatten() {
        model["pricing"] = json!({ "input_per_million": 0.5, "output_per_million": 1.5 });
    }
}

/// Creates the user and returns the secret of their key.
///
/// # Errors
/// If one of the gateway's commands fails.
pub(super) fn make_key(program: &Path, config: &Path) -> Result<String, ProcessError> {
    let command = |words: &[&str]| {
        let mut command = Command::new(program);
        command.args(words).arg("--config").arg(config);
        command
    };
    output(command(&["user", "add", NAME, "--plan", NAME, "--credits", "1000000"]))?;
    let told = output(command(&["key", "create", NAME, "--name", NAME]))?;
    Ok(told.lines().next().unwrap_or_default().to_owned())
}

// === impl Accounts ===

impl Display for Accounts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::On => "on",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_gets_a_price_and_every_limit_is_counted() {
        let free = json!({ "input_per_million": 0, "output_per_million": 0 });
        let mut config = json!({
            "server": { "auth": "off" },
            "models": { "a": { "pricing": free }, "b": { "pricing": free } },
        });
        configure(&mut config);
        assert_eq!(config["server"]["auth"], "required");
        for model in ["a", "b"] {
            assert_eq!(config["models"][model]["pricing"]["output_per_million"], 1.5);
        }
        let limits = config["plans"][NAME]["limits"].as_object().unwrap();
        assert_eq!(limits.len(), 4);
    }
}
