//! Shapers that are plugins: what the contract says in the host's own words, and the reverse.

mod owned;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jackfield_config::escaped::cut;
use jackfield_dialects::{Instruction, InstructionPlace};
use jackfield_sandbox::{CallError, Done, PaceError, Repeatable, RequestText, ShaperPlugin, Turn, contract, shapes};
use serde::Deserialize;

use self::owned::{OwnedCall, OwnedPart, borrowed};
use super::shaper::{Answer, Call, Calls};
use super::verdict::{Changes, Decided, Fragment, Part, Refusal, Released, Trouble, Verdict};

/// The most warnings of one call that are logged, and the most bytes of each.
const WARNINGS: usize = 10;
const WARNING: usize = 512;

/// A shaper's plugin. Its calls run where its pace says.
#[derive(Debug, Clone)]
pub(crate) struct PluginCalls {
    /// The plugin.
    pub(crate) plugin: Arc<ShaperPlugin>,
    /// The longest that one call may take, if that is shorter than its limit.
    pub(crate) within: Duration,
}

/// What a result may hold besides what the contract names.
#[derive(Default, Deserialize)]
#[serde(default)]
struct More {
    warnings: Vec<String>,
    /// Whether the shaper must see the reply. Default: as its manifest says.
    reply: Option<bool>,
}

type Called<T> = Result<Result<T, contract::Failure>, CallError>;

impl Calls for PluginCalls {
    fn request<'a>(&'a self, call: Call<'a>, parts: &'a [Part<'a>]) -> Answer<'a, Decided> {
        let here = || self.shape_request(call, parts);
        let away = || {
            let (call, parts) = (OwnedCall::new(self, call), OwnedPart::all(parts));
            move || call.calls.shape_request(call.as_call(), &borrowed(&parts))
        };
        let turn = Turn::first(Some(&call.told.user));
        let paced = self.plugin.pace.run(turn, here, away);
        Box::pin(async move { self.decided(done(paced.await)?) })
    }

    fn reply<'a>(&'a self, call: Call<'a>, state: &'a Bytes, parts: &'a [Part<'a>]) -> Answer<'a, Verdict> {
        let here = || self.shape_reply(call, state, parts);
        let away = || {
            let (call, state, parts) = (OwnedCall::new(self, call), state.clone(), OwnedPart::all(parts));
            move || call.calls.shape_reply(call.as_call(), &state, &borrowed(&parts))
        };
        let turn = Turn::later(Some(&call.told.user));
        let paced = self.plugin.pace.run(turn, here, away);
        Box::pin(async move { self.verdict(done(paced.await)?).map(|(verdict, _)| verdict) })
    }

    fn text<'a>(&'a self, call: Call<'a>, state: &'a Bytes, piece: Fragment<'a>) -> Answer<'a, Released> {
        let here = || self.shape_text(call, state, piece);
        let away = || {
            let (call, state, text) = (OwnedCall::new(self, call), state.clone(), piece.text.to_owned());
            let Fragment { choice, kind, last, .. } = piece;
            move || {
                let piece = Fragment {
                    choice,
                    kind,
                    text: &text,
                    last,
                };
                call.calls.shape_text(call.as_call(), &state, piece)
            }
        };
        let turn = Turn::later(Some(&call.told.user));
        let paced = self.plugin.pace.run(turn, here, away);
        Box::pin(async move {
            let released = outcome(done(paced.await)?)?;
            self.heed(&released.more);
            Ok(Released {
                taken: released.taken as usize,
                text: released.text,
                state: released.state.into(),
                refusal: released.refusal.map(|refusal| self.refusal(refusal).0),
            })
        })
    }
}

// === impl PluginCalls ===

impl PluginCalls {
    fn shape_request(&self, call: Call<'_>, parts: &[Part<'_>]) -> Result<Repeatable<shapes::Verdict>, CallError> {
        let text = text_of(call);
        self.plugin
            .shape_request_repeatably(&shaping(call), &text, &of_parts(parts), self.within)
    }

    fn shape_reply(&self, call: Call<'_>, state: &[u8], parts: &[Part<'_>]) -> Called<shapes::Verdict> {
        let text = text_of(call);
        self.plugin
            .shape_reply(&shaping(call), &text, state, &of_parts(parts), self.within)
    }

    fn shape_text(&self, call: Call<'_>, state: &[u8], piece: Fragment<'_>) -> Called<shapes::Released> {
        let text = text_of(call);
        let fragment = shapes::Fragment {
            choice: piece.choice,
            kind: piece.kind.as_str(),
            text: piece.text,
            last: piece.last,
        };
        self.plugin
            .shape_text(&shaping(call), &text, state, &fragment, self.within)
    }

    fn decided(&self, called: Result<Repeatable<shapes::Verdict>, CallError>) -> Result<Decided, Trouble> {
        let (result, repeatable) = called.map_or_else(|error| (Err(error), false), |(result, same)| (Ok(result), same));
        let (verdict, warned) = self.verdict(result)?;
        // The log is to have all of its warnings.
        let repeatable = repeatable && !warned;
        Ok(Decided { verdict, repeatable })
    }

    /// What the plugin decided, and whether it warns of something.
    fn verdict(&self, verdict: Called<shapes::Verdict>) -> Result<(Verdict, bool), Trouble> {
        let changes = match outcome(verdict)? {
            shapes::Verdict::Pass => return Ok((Verdict::Pass, false)),
            shapes::Verdict::Refuse(refusal) => {
                let (refusal, more) = self.refusal(refusal);
                return Ok((Verdict::Refuse(refusal), more.warns()));
            }
            shapes::Verdict::Patch(changes) => changes,
        };
        let more = self.heed(&changes.more);
        let replacements = changes.replacements.into_iter();
        let warned = more.warns();
        let changes = Changes {
            parameters: changes.parameters,
            replacements: replacements.map(|new| (new.path, new.text)).collect(),
            instructions: changes
                .instructions
                .into_iter()
                .map(instruction)
                .collect::<Result<_, _>>()?,
            state: changes.state.into(),
            skips_reply: more.reply == Some(false),
        };
        Ok((Verdict::Patch(changes), warned))
    }

    fn refusal(&self, refusal: shapes::Refusal) -> (Refusal, More) {
        let more = self.heed(&refusal.more);
        (Refusal::new(refusal.message, &refusal.code, refusal.status), more)
    }

    /// Logs what the plugin warns of, and returns what else it says.
    fn heed(&self, more: &[u8]) -> More {
        if more.is_empty() {
            return More::default();
        }
        let more: More = serde_json::from_slice(more).unwrap_or_default();
        let plugin = self.plugin.manifest.name.as_str();
        for warning in more.warnings.iter().take(WARNINGS) {
            let warning = cut(warning, WARNING);
            tracing::warn!(target: "jackfield::plugin", plugin, "{warning}");
        }
        more
    }
}

// === impl More ===

impl More {
    fn warns(&self) -> bool {
        !self.warnings.is_empty()
    }
}

/// What the plugin gets if it asks the host: never a body.
fn text_of(call: Call<'_>) -> RequestText {
    RequestText {
        id: Arc::clone(&call.told.id),
        parameters: call.parameters.clone(),
        ..RequestText::default()
    }
}

fn shaping(call: Call<'_>) -> shapes::Shaping<'_> {
    let Call { told, settings, .. } = call;
    shapes::Shaping {
        operation: told.operation.as_str(),
        dialect: told.dialect,
        model: &told.model,
        stream: told.stream,
        plan: &told.plan,
        user: &told.user,
        settings,
    }
}

fn of_parts<'a>(parts: &[Part<'a>]) -> Vec<shapes::Part<'a>> {
    let parts = parts.iter().map(|part| shapes::Part {
        path: part.path,
        role: part.role,
        kind: part.kind.as_str(),
        choice: part.choice,
        text: part.text,
    });
    parts.collect()
}

/// The value of a call that has been made.
fn done<T>(paced: Result<Done<T>, PaceError>) -> Result<T, Trouble> {
    paced.map(|done| done.value).map_err(|error| match error {
        PaceError::Full(wait) => Trouble::Busy(wait),
        PaceError::Lost => Trouble::Failed(error.to_string()),
    })
}

fn outcome<T>(called: Called<T>) -> Result<T, Trouble> {
    let outcome = called.map_err(|error| Trouble::Failed(error.to_string()))?;
    outcome.map_err(|failure| Trouble::Failed(format!("reports a failure: {}", cut(&failure.message, WARNING))))
}

fn instruction(given: shapes::Instruction) -> Result<Instruction, Trouble> {
    let place = match given.place.as_str() {
        "first" => InstructionPlace::First,
        "last" => InstructionPlace::Last,
        "only" => InstructionPlace::Only,
        _ => {
            return Err(Trouble::Failed(
                "gave an instruction a place that is none of first, last and only".to_owned(),
            ));
        }
    };
    Ok(Instruction {
        place,
        text: given.text,
    })
}
