//! Shaper that does what its settings say: what is useful, and what the host must survive.

use jackfield_plugin_sdk::{
    Changes, Failure, Fragment, Need, Part, PartKind, Place, Refusal, Released, Shaper, ShaperManifest, Shaping,
    Verdict,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The word that this shaper does not like.
const WORD: &str = "SECRET";

/// What it writes in its place.
const HIDDEN: &str = "[hidden]";

/// More than any call may return.
const FLOOD: usize = 17 << 20;

/// The shaper.
pub struct Shady;

/// The settings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What it does.
    does: Deed,
}

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// Hides a word in requests and replies.
    Hide,
    /// Refuses requests and replies with that word.
    Refuse,
    /// Adds an instruction, and sets a parameter.
    Instruct,
    /// Asks for an option that costs extra.
    Upgrade,
    /// Refuses everything, with what it knows for a message.
    Tell,
    /// Traps.
    Trap,
    /// Never ends.
    Loop,
    /// Returns too much.
    Flood,
    /// Replaces a text that it was not given.
    LiePath,
    /// Patches what no patch may change.
    LieParameter,
    /// Takes more of a text than there is.
    LieTaken,
    /// Passes requests, and traps over replies.
    TrapLater,
}

// === impl Shady ===

impl Shaper for Shady {
    type Settings = Settings;
    type State = ();

    fn manifest() -> ShaperManifest {
        ShaperManifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .needs([Need::Parameters, Need::Texts, Need::Reply])
            .window(WORD.len())
    }

    fn shape_request(call: &Shaping<Settings>, parts: &[Part]) -> Result<Verdict<()>, Failure> {
        let has_word = || parts.iter().any(|part| part.text.contains(WORD));
        Ok(match call.settings.does {
            Deed::Hide => hidden(parts),
            Deed::Refuse if has_word() => refusal().into(),
            Deed::Refuse | Deed::LieTaken | Deed::TrapLater => Verdict::Pass,
            Deed::Instruct => {
                let changes = Changes::new().instruction(Place::First, "Be brief.");
                changes.parameter("max_tokens", 5)?.into()
            }
            Deed::Upgrade => Changes::new().parameter("service_tier", "priority")?.into(),
            Deed::Tell => Refusal::new("told", told(call, parts)?).into(),
            Deed::LiePath => Changes::new().replace("/model", "other").into(),
            Deed::LieParameter => Changes::new().parameter("model", "other")?.into(),
            Deed::Trap => trap(),
            Deed::Loop => forever(),
            Deed::Flood => Changes::new().instruction(Place::First, "x".repeat(FLOOD)).into(),
        })
    }

    fn shape_text(call: &Shaping<Settings>, (): &mut (), fragment: &Fragment) -> Result<Released, Failure> {
        Ok(match call.settings.does {
            Deed::Hide => hide(fragment),
            Deed::Refuse => match fragment.text.find(WORD) {
                None => kept(fragment, &fragment.text),
                Some(at) => Released::new(fragment.text.len(), &fragment.text[..at]).refuse(refusal()),
            },
            Deed::LieTaken => Released::new(fragment.text.len() + 1, "lie"),
            Deed::TrapLater => trap(),
            Deed::Loop => forever(),
            _ => Released::unchanged(fragment),
        })
    }
}

fn hidden(parts: &[Part]) -> Verdict<()> {
    let with = parts.iter().filter(|part| part.text.contains(WORD));
    with.fold(Changes::new(), |changes, part| {
        changes.replace(&part.path, part.text.replace(WORD, HIDDEN))
    })
    .into()
}

fn hide(fragment: &Fragment) -> Released {
    kept(fragment, &fragment.text)
}

/// Releases all but what may be the beginning of the word.
fn kept(fragment: &Fragment, text: &str) -> Released {
    let after = text.rfind(WORD).map_or(0, |at| at + WORD.len());
    let starts = text[after..].char_indices().map(|(at, _)| after + at);
    let held = starts
        .filter(|at| WORD.starts_with(&text[*at..]))
        .find(|_| !fragment.last);
    let taken = held.unwrap_or(text.len());
    Released::new(taken, text[..taken].replace(WORD, HIDDEN))
}

fn refusal() -> Refusal {
    Refusal::new("forbidden_word", "That word is not allowed here.").status(403)
}

/// What a shaper knows of a request, as JSON.
fn told(call: &Shaping<Settings>, parts: &[Part]) -> Result<String, Failure> {
    let parameters: Map<String, Value> = call.parameters()?;
    let is_text = |part: &&Part| part.kind == PartKind::Text;
    let told = json!({
        "operation": call.operation.as_str(),
        "dialect": call.dialect.as_str(),
        "model": call.model,
        "plan": call.plan,
        "user": call.user,
        "stream": call.stream,
        "parameters": parameters,
        "paths": parts.iter().map(|part| part.path.as_str()).collect::<Vec<_>>(),
        "texts": parts.iter().filter(is_text).count(),
    });
    Ok(told.to_string())
}

#[expect(clippy::panic, reason = "it is what this plugin is for")]
fn trap() -> ! {
    panic!("shady panic")
}

fn forever() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

jackfield_plugin_sdk::export_shaper!(Shady);
