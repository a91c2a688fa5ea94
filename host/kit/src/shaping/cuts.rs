//! Shapes a reply in one piece and under every cut that a stream may have, and demands the same result each time.

use jackfield_sandbox::shapes::{Fragment, Part, Verdict};
use jackfield_sandbox::{ReplyMode, ShaperPlugin};
use serde_json::{Value, json};

use super::case::ShapeCase;
use crate::sandboxed::Fault;
use crate::show;

/// The most places at which a text is cut in two; in a longer text they are evenly spaced.
const CUTS: usize = 200;

/// What the client gets of one text, and why the reply ends there if it does.
#[derive(Debug, PartialEq)]
struct Given {
    text: String,
    refusal: Option<Value>,
}

/// An outcome, or the plugin's or the sandbox's reason for none; or what is wrong with it.
type Outcome<T> = Result<Result<T, Fault>, String>;

/// The outcome for all texts of a case's reply.
pub(super) fn shape_reply(shaper: &ShaperPlugin, case: &ShapeCase, state: &[u8]) -> Outcome<Value> {
    let paths = case.reply_paths();
    let parts = case.reply_parts(&paths);
    let call = case.call();
    let within = shaper.limits.deadline;
    let buffered = shaper.shape_reply(&case.wire(&call), &call.request, state, &parts, within);
    let buffered = match buffered
        .map_err(Fault::from)
        .and_then(|verdict| verdict.map_err(Fault::from))
    {
        Ok(verdict) => verdict,
        Err(fault) => return Ok(Err(fault)),
    };
    let mut outcome = Vec::with_capacity(parts.len());
    for part in &parts {
        let given = match under_every_cut(shaper, case, state, part)? {
            Ok(given) => given,
            Err(fault) => return Ok(Err(fault)),
        };
        let whole = in_one_piece(&buffered, part);
        if given.refusal.is_none() && whole.is_some_and(|text| text != given.text) {
            let whole = whole.unwrap_or_default();
            return Err(format!(
                "{}: buffered it is\n{whole}\nbut streamed\n{}",
                part.path, given.text
            ));
        }
        let mut shown = json!({ "path": part.path, "text": given.text });
        if let Some(refusal) = given.refusal {
            shown["refusal"] = refusal;
        }
        outcome.push(shown);
    }
    let refused_in_one_piece = matches!(buffered, Verdict::Refuse(_));
    if refused_in_one_piece != outcome.iter().any(|text| text.get("refusal").is_some()) {
        return Err("the reply is refused either buffered or streamed, but not both".to_owned());
    }
    Ok(Ok(Value::from(outcome)))
}

/// The text of a part after the call for a buffered reply; none if that was refused.
fn in_one_piece<'a>(verdict: &'a Verdict, part: &Part<'a>) -> Option<&'a str> {
    match verdict {
        Verdict::Refuse(_) => None,
        Verdict::Pass => Some(part.text),
        Verdict::Patch(changes) => {
            let new = changes.replacements.iter().find(|new| new.path == part.path);
            Some(new.map_or(part.text, |new| &new.text))
        }
    }
}

/// Gives the text whole, one character at a time, and in two pieces cut everywhere.
fn under_every_cut(shaper: &ShaperPlugin, case: &ShapeCase, state: &[u8], part: &Part<'_>) -> Outcome<Given> {
    let text = part.text;
    let whole = match in_pieces(shaper, case, state, part, &[text])? {
        Ok(given) => given,
        Err(fault) => return Ok(Err(fault)),
    };
    if shaper.manifest.reply_mode == ReplyMode::Whole {
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
        let other = in_pieces(shaper, case, state, part, &pieces)?;
        if other.as_ref().ok() != Some(&whole) {
            return Err(format!(
                "{}: whole it becomes\n{whole:?}\nbut in the pieces {pieces:?}\n{other:?}",
                part.path
            ));
        }
    }
    Ok(Ok(whole))
}

/// Gives the text in these pieces, with what a call leaves over in front of the next one, as the host does.
fn in_pieces(
    shaper: &ShaperPlugin,
    case: &ShapeCase,
    state: &[u8],
    part: &Part<'_>,
    pieces: &[&str],
) -> Outcome<Given> {
    let mut given = Given {
        text: String::new(),
        refusal: None,
    };
    let (mut held, mut state) = (String::new(), state.to_vec());
    let call = case.call();
    for (place, piece) in pieces.iter().enumerate() {
        held.push_str(piece);
        let last = place + 1 == pieces.len();
        let fragment = Fragment {
            choice: part.choice,
            kind: part.kind,
            text: &held,
            last,
        };
        let within = shaper.limits.deadline;
        let released = shaper.shape_text(&case.wire(&call), &call.request, &state, &fragment, within);
        let released = match released
            .map_err(Fault::from)
            .and_then(|released| released.map_err(Fault::from))
        {
            Ok(released) => released,
            Err(fault) => return Ok(Err(fault)),
        };
        given.text.push_str(&released.text);
        if let Some(refusal) = released.refusal {
            given.refusal = Some(show::refusal(&refusal));
            return Ok(Ok(given));
        }
        state = released.state;
        let left = held.get(released.taken as usize..);
        let left = left.ok_or_else(|| format!("{}: took more than there is, or half a character", part.path))?;
        let most = if last { 0 } else { shaper.manifest.window };
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
