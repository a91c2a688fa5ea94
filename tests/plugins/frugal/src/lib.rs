//! Shaper that decides by the parameter `seed` alone, and tells it at the end of the reply.

use jackfield_plugin_sdk::{
    Changes, Failure, Fragment, Need, Part, Refusal, Released, Shaper, ShaperManifest, Shaping, Verdict,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The seed that this shaper refuses.
const REFUSED: u64 = 13;

/// The shaper.
pub struct Frugal;

/// The settings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What it does besides.
    #[serde(default)]
    does: Deed,
    /// What it writes before the seed.
    #[serde(default)]
    mark: String,
}

/// What it does besides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// Nothing.
    #[default]
    Nothing,
    /// Writes a line to the log.
    Log,
    /// Asks for what differs from request to request.
    AskFacts,
    /// Warns.
    Warn,
}

/// What it sees.
#[derive(Deserialize)]
struct Seen {
    #[serde(default)]
    seed: u64,
}

/// What it keeps for the reply.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Note(String);

// === impl Frugal ===

impl Shaper for Frugal {
    type Settings = Settings;
    type State = Note;

    fn manifest() -> ShaperManifest {
        ShaperManifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")).needs([Need::Parameters, Need::Reply])
    }

    fn shape_request(call: &Shaping<Settings>, _: &[Part]) -> Result<Verdict<Note>, Failure> {
        let Seen { seed } = call.parameters()?;
        if seed == REFUSED {
            return Ok(Refusal::new("unlucky", "That seed is not allowed here.")
                .status(403)
                .into());
        }
        let changes = Changes::new()
            .parameter("top_p", 0.5)?
            .state(Note(format!("{}{seed}", call.settings.mark)));
        Ok(match call.settings.does {
            Deed::Nothing => changes,
            Deed::Log => {
                jackfield_plugin_sdk::log::info("frugal looks");
                changes
            }
            Deed::AskFacts => {
                let facts = call.request_facts();
                changes.parameter("user", facts.request_id)?
            }
            Deed::Warn => changes.warning("frugal warns"),
        }
        .into())
    }

    fn shape_text(_: &Shaping<Settings>, Note(note): &mut Note, fragment: &Fragment) -> Result<Released, Failure> {
        let all = fragment.text.len();
        Ok(if fragment.last {
            Released::new(all, format!("{}{note}", fragment.text))
        } else {
            Released::unchanged(fragment)
        })
    }
}

jackfield_plugin_sdk::export_shaper!(Frugal);
