//! Shapes a reply in one piece and under every cut that a stream may have, and demands the same result each time.

use serde_json::{Value, json};

use super::{ShapeCase, refused, show};
use crate::bindings::shaper::jackfield::plugin::shapes as wit;
use crate::shaper::boundary;
use crate::{Failure, Shaper};

/// The maximum number of places at which a text is cut in two; in a longer text they are evenly spaced.
const CUTS: usize = 200;

/// What the client gets of one text, and why the reply ends there if it does.
#[derive(Debug, PartialEq)]
struct Given {
    text: String,
    refusal: Option<Value>,
}

/// The outcome for all texts of a case's reply.
pub(super) fn shape_reply<S: Shaper>(case: &ShapeCase, state: &[u8]) -> Result<Result<Value, Failure>, String> {
    let parts = case.reply_parts();
    let buffered = match boundary::shape_reply::<S>(case.call(), state, parts.clone()) {
        Ok(verdict) => verdict,
        Err(failure) => return Ok(Err(show::failure(failure))),
    };
    let mut outcome = Vec::with_capacity(parts.len());
    for part in &parts {
        let given = match under_every_cut::<S>(case, state, part)? {
            Ok(given) => given,
            Err(failure) => return Ok(Err(failure)),
        };
        let whole = in_one_piece(&buffered, part);
        if given.refusal.is_none() && whole.is_some_and(|text| text != given.text) {
            let message = format!(
                "{}: buffered it is\n{}\nbut streamed",
                part.path,
                whole.unwrap_or_default()
            );
            return Err(format!("{message}\n{}", given.text));
        }
        let mut shown = json!({ "path": part.path, "text": given.text });
        if let Some(refusal) = given.refusal {
            shown["refusal"] = refusal;
        }
        outcome.push(shown);
    }
    let refused_in_one_piece = matches!(buffered, wit::Verdict::Refuse(_));
    if refused_in_one_piece != outcome.iter().any(|text| text.get("refusal").is_some()) {
        return Err("the reply is refused either buffered or streamed, but not both".to_owned());
    }
    Ok(Ok(Value::from(outcome)))
}

/// The text of a part after the call for a buffered reply; none if that was refused.
fn in_one_piece<'a>(verdict: &'a wit::Verdict, part: &'a wit::Part) -> Option<&'a str> {
    match verdict {
        wit::Verdict::Refuse(_) => None,
        wit::Verdict::Pass => Some(&part.text),
        wit::Verdict::Patch(changes) => {
            let new = changes.replacements.iter().find(|new| new.path == part.path);
            Some(new.map_or(&part.text, |new| &new.text))
        }
    }
}

/// Gives the text whole, one character at a time, and in two pieces cut everywhere.
fn under_every_cut<S: Shaper>(
    case: &ShapeCase,
    state: &[u8],
    part: &wit::Part,
) -> Result<Result<Given, Failure>, String> {
    let text = part.text.as_str();
    let whole = match in_pieces::<S>(case, state, part, &[text])? {
        Ok(given) => given,
        Err(failure) => return Ok(Err(failure)),
    };
    let manifest = serde_json::to_value(S::manifest()).unwrap_or_default();
    if manifest["stream"] == "whole" {
        return Ok(Ok(whole));
    }
    let singly: Vec<&str> = text.split_inclusive(|_: char| true).collect();
    let boundaries: Vec<usize> = (1..text.len()).filter(|at| text.is_char_boundary(*at)).collect();
    let step = boundaries.len().div_ceil(CUTS).max(1);
    let halves = boundaries.into_iter().step_by(step).map(|at| {
        let (one, two) = text.split_at(at);
        vec![one, two]
    });
    for pieces in std::iter::once(singly).chain(halves) {
        let other = in_pieces::<S>(case, state, part, &pieces)?;
        if other.as_ref() != Ok(&whole) {
            return Err(format!(
                "{}: whole it becomes\n{whole:?}\nbut in the pieces {pieces:?}\n{other:?}",
                part.path
            ));
        }
    }
    Ok(Ok(whole))
}

/// Gives the text in these pieces, with what a call leaves over in front of the next one, as the host does.
fn in_pieces<S: Shaper>(
    case: &ShapeCase,
    state: &[u8],
    part: &wit::Part,
    pieces: &[&str],
) -> Result<Result<Given, Failure>, String> {
    let manifest = serde_json::to_value(S::manifest()).unwrap_or_default();
    let window = manifest["window"]
        .as_u64()
        .and_then(|bytes| usize::try_from(bytes).ok());
    let mut given = Given {
        text: String::new(),
        refusal: None,
    };
    let (mut held, mut state) = (String::new(), state.to_vec());
    for (place, piece) in pieces.iter().enumerate() {
        held.push_str(piece);
        let last = place + 1 == pieces.len();
        let fragment = wit::Fragment {
            choice: part.choice,
            kind: part.kind.clone(),
            text: held.clone(),
            last,
        };
        let released = match boundary::shape_text::<S>(case.call(), &state, fragment) {
            Ok(released) => released,
            Err(failure) => return Ok(Err(show::failure(failure))),
        };
        given.text.push_str(&released.text);
        if let Some(refusal) = released.refusal {
            given.refusal = Some(refused(&refusal));
            return Ok(Ok(given));
        }
        state = released.state;
        let left = held.get(released.taken as usize..);
        let left = left.ok_or_else(|| format!("{}: took more than there is, or half a character", part.path))?;
        let most = if last { 0 } else { window.unwrap_or_default() };
        if left.len() > most {
            return Err(format!(
                "{}: left {} bytes, but may leave {most}",
                part.path,
                left.len()
            ));
        }
        held = left.to_owned();
    }
    Ok(Ok(given))
}
