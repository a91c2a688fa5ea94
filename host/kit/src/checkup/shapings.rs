//! The calls of a shaper's examination: a short text and a long one, in a request and in a reply, and its own cases.

use std::path::Path;
use std::time::{Duration, Instant};

use jackfield_sandbox::shapes::Verdict;

use super::samples::LONG;
use super::trial::Trial;
use crate::golden::cases;
use crate::loaded::SandboxedShaper;
use crate::sandboxed::Fault;
use crate::shaping::case::ShapeCase;
use crate::show;

/// One call, and all it needs.
#[derive(Debug, Clone)]
pub(super) struct ShaperTrial {
    name: String,
    case: ShapeCase,
    of_reply: bool,
}

/// All calls.
///
/// # Errors
/// If a case cannot be read.
pub(super) fn calls(folder: Option<&Path>) -> Result<Vec<ShaperTrial>, String> {
    let long = || "word ".repeat(LONG / 5);
    let mut calls = both("texts", &ShapeCase::of("Hello", "Hello"));
    calls.extend(both("texts, 400 KB", &ShapeCase::of(long(), long())));
    for source in folder.map(cases).unwrap_or_default() {
        if source.is_recording || !source.kind.is_shapers() || source.fault.is_some() {
            continue;
        }
        let case = std::fs::read_to_string(&source.path)
            .map_err(|error| error.to_string())
            .and_then(|text| ShapeCase::parse(&text))
            .map_err(|fault| format!("{}: {fault}", source.name))?;
        calls.extend(both(&source.name, &case));
    }
    Ok(calls)
}

/// The calls about a case: of its request, and of its reply if it has one.
fn both(name: &str, case: &ShapeCase) -> Vec<ShaperTrial> {
    let has_reply = !case.reply.is_empty();
    let trial = |of_reply| ShaperTrial {
        name: name.to_owned(),
        case: case.clone(),
        of_reply,
    };
    let mut trials = vec![trial(false)];
    trials.extend(has_reply.then(|| trial(true)));
    trials
}

impl ShaperTrial {
    /// What the shaper keeps of the request; nothing if it keeps nothing or refuses it.
    fn state(&self, plugin: &SandboxedShaper) -> Vec<u8> {
        match self.case.shape_request(&plugin.shaper) {
            Ok(Verdict::Patch(changes)) => changes.state,
            _ => Vec::new(),
        }
    }
}

impl Trial for ShaperTrial {
    type Plugin = SandboxedShaper;

    fn name(&self) -> &str {
        &self.name
    }

    fn function(&self) -> &'static str {
        if self.of_reply { "shape-text" } else { "shape-request" }
    }

    fn bytes(&self) -> usize {
        if self.of_reply {
            let paths = self.case.reply_paths();
            self.case.reply_parts(&paths).first().map_or(0, |part| part.text.len())
        } else {
            self.case.request_bytes()
        }
    }

    fn timed(&self, plugin: &SandboxedShaper) -> (Duration, Result<String, Fault>) {
        if !self.of_reply {
            let began = Instant::now();
            let verdict = self.case.shape_request(&plugin.shaper);
            let took = began.elapsed();
            return (
                took,
                show::told(verdict.map(|verdict| show::verdict(&verdict).to_string())),
            );
        }
        let state = self.state(plugin);
        let began = Instant::now();
        let released = self.case.shape_text(&plugin.shaper, &state);
        let took = began.elapsed();
        let text = |text: String, refused: bool| if refused { format!("{text}, refused") } else { text };
        let outcome = released.map(|released| text(released.text, released.refusal.is_some()));
        (took, show::told(outcome))
    }
}
