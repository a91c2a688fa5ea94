//! Conversions between the contract's types and a shaper's.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Changes, Fragment, Part, Refusal, Released, Shaper, Shaping, Verdict};
use crate::Failure;
use crate::bindings::jackfield::plugin::types as envelope;
use crate::bindings::shaper::jackfield::plugin::shapes as wit;
use crate::boundary::{read_settings, read_state};
use crate::notes::Notes;

/// The `more` of changes whose reply need not be shown.
#[derive(Serialize)]
struct WithoutReply<'a> {
    #[serde(flatten)]
    notes: &'a Notes,
    reply: bool,
}

/// The manifest as JSON; empty if it cannot be serialised, which the host refuses.
pub(crate) fn describe<S: Shaper>() -> Vec<u8> {
    serde_json::to_vec(&S::manifest().complete::<S::Settings>()).unwrap_or_default()
}

pub(crate) fn shape_request<S: Shaper>(
    call: wit::Shaping,
    parts: Vec<wit::Part>,
) -> Result<wit::Verdict, envelope::Failure> {
    let verdict = read_call(call).and_then(|call| S::shape_request(&call, &read_parts(parts)));
    verdict.and_then(write_verdict).map_err(Into::into)
}

pub(crate) fn shape_reply<S: Shaper>(
    call: wit::Shaping,
    state: &[u8],
    parts: Vec<wit::Part>,
) -> Result<wit::Verdict, envelope::Failure> {
    let shape = || {
        let call = read_call(call)?;
        S::shape_reply(&call, &read_state(state)?, &read_parts(parts)).and_then(write_verdict)
    };
    shape().map_err(Into::into)
}

pub(crate) fn shape_text<S: Shaper>(
    call: wit::Shaping,
    state: &[u8],
    fragment: wit::Fragment,
) -> Result<wit::Released, envelope::Failure> {
    let shape = || {
        let call = read_call(call)?;
        let mut state: S::State = read_state(state)?;
        let released = S::shape_text(&call, &mut state, &Fragment::from(fragment))?;
        write_released(released, &state)
    };
    shape().map_err(Into::into)
}

/// A buffered reply as streamed texts that come in one piece each.
pub(super) fn shape_parts<S: Shaper>(
    call: &Shaping<S::Settings>,
    state: &S::State,
    parts: &[Part],
) -> Result<Verdict<S::State>, Failure> {
    let begun = serde_json::to_vec(state)?;
    let mut changes = Changes::new();
    for part in parts {
        let fragment = Fragment {
            choice: part.choice,
            kind: part.kind.clone(),
            text: part.text.clone(),
            last: true,
        };
        let released = S::shape_text(call, &mut read_state(&begun)?, &fragment)?;
        if let Some(refusal) = released.refusal {
            return Ok(refusal.into());
        }
        if released.taken != part.text.len() {
            return Err(Failure::malformed("a text that ends must be taken as a whole"));
        }
        changes.notes.warnings.extend(released.notes.warnings);
        if released.text != part.text {
            changes = changes.replace(&part.path, released.text);
        }
    }
    Ok(changes.into())
}

fn read_call<S: DeserializeOwned>(call: wit::Shaping) -> Result<Shaping<S>, Failure> {
    Ok(Shaping {
        operation: call.operation.into(),
        dialect: call.dialect.into(),
        model: call.model,
        stream: call.stream,
        plan: call.plan,
        user: call.user,
        settings: read_settings(&call.settings)?,
    })
}

fn read_parts(parts: Vec<wit::Part>) -> Vec<Part> {
    let read = |part: wit::Part| Part {
        path: part.path,
        role: part.role.into(),
        kind: part.kind.into(),
        choice: part.choice,
        text: part.text,
    };
    parts.into_iter().map(read).collect()
}

fn write_verdict<T: Serialize>(verdict: Verdict<T>) -> Result<wit::Verdict, Failure> {
    Ok(match verdict {
        Verdict::Pass => wit::Verdict::Pass,
        Verdict::Patch(changes) => wit::Verdict::Patch(write_changes(changes)?),
        Verdict::Refuse(refusal) => wit::Verdict::Refuse(refusal.into()),
    })
}

fn write_changes<T: Serialize>(changes: Changes<T>) -> Result<wit::Changes, Failure> {
    let parameters = if changes.parameters.is_empty() {
        Vec::new()
    } else {
        serde_json::to_vec(&changes.parameters)?
    };
    let replacement = |(path, text)| wit::Replacement { path, text };
    let instruction = |(place, text): (super::Place, String)| wit::Instruction {
        place: place.as_str().to_owned(),
        text,
    };
    let more = if changes.skips_reply {
        serde_json::to_vec(&WithoutReply {
            notes: &changes.notes,
            reply: false,
        })?
    } else {
        changes.notes.to_json()
    };
    Ok(wit::Changes {
        parameters,
        replacements: changes.replacements.into_iter().map(replacement).collect(),
        instructions: changes.instructions.into_iter().map(instruction).collect(),
        state: serde_json::to_vec(&changes.state)?,
        more,
    })
}

fn write_released<T: Serialize>(released: Released, state: &T) -> Result<wit::Released, Failure> {
    Ok(wit::Released {
        taken: u32::try_from(released.taken).unwrap_or(u32::MAX),
        text: released.text,
        state: serde_json::to_vec(state)?,
        refusal: released.refusal.map(Into::into),
        more: released.notes.to_json(),
    })
}

impl From<wit::Fragment> for Fragment {
    fn from(fragment: wit::Fragment) -> Self {
        Self {
            choice: fragment.choice,
            kind: fragment.kind.into(),
            text: fragment.text,
            last: fragment.last,
        }
    }
}

impl From<Refusal> for wit::Refusal {
    fn from(refusal: Refusal) -> Self {
        Self {
            message: refusal.message,
            code: refusal.code,
            status: refusal.status,
            more: Vec::new(),
        }
    }
}
