//! The shaper that takes personal data and keys out of prompts, and puts them back into replies if it is asked to.
//!
//! In reading order: [`settings`] is what an operator may set; [`kinds`] finds data by their form, with [`digits`];
//! [`pattern`] those of the operator; [`finder`] finds all that the settings name; [`redaction`] takes it out, with [`placeholders`] in its place and
//! [`literals`] for JSON; [`restore`] puts it back where [`marks`] finds a placeholder.

pub mod digits;
pub mod finder;
pub mod kinds;
pub mod literals;
pub mod marks;
pub mod pattern;
pub mod placeholders;
pub mod redaction;
pub mod restore;
pub mod settings;

use jackfield_plugin_sdk::canonical::{Extra, Json};
use jackfield_plugin_sdk::{
    Changes, Failure, Fragment, Need, Part, PartKind, Released, Shaper, ShaperManifest, Shaping, Verdict,
};

use crate::finder::Finder;
use crate::marks::LONGEST;
use crate::placeholders::Placeholders;
use crate::redaction::{Form, Redactor};
use crate::settings::Settings;

/// The parameters in which clients name people. What is found there does not come back, because no reply repeats it.
const NAMING: [&str; 4] = ["metadata", "prompt_cache_key", "safety_identifier", "user"];

/// The redacting shaper.
pub struct Redact;

jackfield_plugin_sdk::export_shaper!(Redact);

// === impl Redact ===

impl Shaper for Redact {
    type Settings = Settings;
    type State = Placeholders;

    fn manifest() -> ShaperManifest {
        ShaperManifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .needs([Need::Parameters, Need::Texts, Need::ToolArguments, Need::Reply])
            .window(LONGEST)
            .licence(env!("CARGO_PKG_LICENSE"))
    }

    fn shape_request(call: &Shaping<Settings>, parts: &[Part]) -> Result<Verdict<Placeholders>, Failure> {
        let finder = Finder::new(&call.settings).map_err(Failure::malformed)?;
        let mut redactor = Redactor::new(&finder, call.settings.reversible);
        for part in parts {
            redactor.avoid(&part.text, form(&part.kind));
        }
        let mut changes = Changes::new();
        for part in parts {
            if let Some(text) = redactor.redact(&part.text, form(&part.kind)) {
                changes = changes.replace(&part.path, text);
            }
        }
        for (name, value) in named(call, &finder)? {
            changes = changes.parameter(name, value)?;
        }
        let placeholders = redactor.placeholders();
        Ok(if placeholders.is_empty() {
            changes.without_reply().into()
        } else {
            changes.state(placeholders).into()
        })
    }

    fn shape_text(_: &Shaping<Settings>, state: &mut Placeholders, fragment: &Fragment) -> Result<Released, Failure> {
        if state.is_empty() {
            return Ok(Released::unchanged(fragment));
        }
        let restored = restore::restore(&fragment.text, state, form(&fragment.kind), fragment.last);
        Ok(Released::new(restored.consumed, restored.text))
    }
}

/// The parameters that name people, without their names.
fn named(call: &Shaping<Settings>, finder: &Finder<'_>) -> Result<Vec<(&'static str, Json)>, Failure> {
    let parameters: Extra = call.parameters()?;
    let redacted = |name| {
        let value = parameters.get(name)?;
        let text = Redactor::new(finder, false).redact(value.text(), Form::Json)?;
        Some((name, Json::parse(&text).ok()?))
    };
    Ok(NAMING.into_iter().filter_map(redacted).collect())
}

fn form(kind: &PartKind) -> Form {
    match kind {
        PartKind::ToolArguments => Form::Json,
        _ => Form::Plain,
    }
}
