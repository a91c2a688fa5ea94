//! Replays a recorded stream under every split the network may cause, and requires the same result each time.

use serde_json::Value;

use super::{Case, show};
use crate::bindings::jackfield::plugin::types as wit;
use crate::canonical::Json;
use crate::{Adapter, Event, Failure, boundary};

/// The maximum number of boundaries tried per recording; in a longer recording they are evenly spaced.
const SPLITS: usize = 100;

/// The result of replaying a recorded stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The chunks up to the end; in a failed stream, those before the failure when events are fed one by one.
    pub chunks: Vec<Value>,
    /// How it ended.
    pub end: Result<(), Failure>,
    /// The chunks as they were written.
    pub(super) lines: Vec<Json>,
}

/// A stream's progress: everything the host keeps between two calls.
#[derive(Clone)]
struct Position {
    state: Vec<u8>,
    lines: Vec<u8>,
    done: bool,
}

/// Feeds the events one by one, all at once, and in two batches split at every boundary.
///
/// As in the host, the state is bytes between calls, nothing is fed after the adapter reports the end, and a last call
/// has no events.
///
/// # Errors
/// If two ways give different results, or if the stream, cut off anywhere, counts as complete without a finish reason
/// for every choice.
pub fn replay<A: Adapter>(case: &Case, events: &[Event]) -> Result<Replay, String> {
    let start = match case.state::<A>() {
        Ok(state) => Position {
            state,
            lines: Vec::new(),
            done: false,
        },
        Err(failure) => {
            return Replay::of(&[], Err(show::failure(failure)));
        }
    };
    let call = case.call();
    let singly = one_by_one::<A>(&call, &start, events)?;
    for boundary in boundaries(events.len()) {
        let (first, second) = events.split_at(boundary);
        let other = in_batches::<A>(&call, &start, &[first, second])?;
        let same_chunks = singly.end.is_err() || singly.lines == other.lines;
        if singly.end != other.end || !same_chunks {
            return Err(format!(
                "split after event {boundary} of {}, the stream decodes to\n{}\nbut event by event to\n{}",
                events.len(),
                other.describe(),
                singly.describe(),
            ));
        }
    }
    Ok(singly)
}

/// Feeds the events one by one, and checks that the stream does not count as complete before its end.
fn one_by_one<A: Adapter>(call: &wit::Call, start: &Position, events: &[Event]) -> Result<Replay, String> {
    let mut position = start.clone();
    for (index, event) in events.iter().enumerate() {
        if position.done {
            break;
        }
        let cut = finish::<A>(call, position.clone())?;
        if cut.end.is_ok() && !cut.every_choice_finished() {
            return Err(format!("cut off before event {index}, the stream counts as complete"));
        }
        if let Err(failure) = feed::<A>(call, &mut position, std::slice::from_ref(event)) {
            return Replay::of(&position.lines, Err(failure));
        }
    }
    finish::<A>(call, position)
}

fn in_batches<A: Adapter>(call: &wit::Call, start: &Position, batches: &[&[Event]]) -> Result<Replay, String> {
    let mut position = start.clone();
    for batch in batches.iter().filter(|batch| !batch.is_empty()) {
        if position.done {
            break;
        }
        if let Err(failure) = feed::<A>(call, &mut position, batch) {
            return Replay::of(&position.lines, Err(failure));
        }
    }
    finish::<A>(call, position)
}

/// Makes the call that follows the end of the stream, unless the adapter has reported the end.
fn finish<A: Adapter>(call: &wit::Call, mut position: Position) -> Result<Replay, String> {
    let end = if position.done {
        Ok(())
    } else {
        step::<A>(call, &mut position, &[], true)
    };
    Replay::of(&position.lines, end)
}

fn feed<A: Adapter>(call: &wit::Call, position: &mut Position, events: &[Event]) -> Result<(), Failure> {
    step::<A>(call, position, events, false)
}

fn step<A: Adapter>(call: &wit::Call, position: &mut Position, events: &[Event], last: bool) -> Result<(), Failure> {
    let events = events.iter().map(|event| wit::Event {
        name: event.name.clone(),
        data: event.data.clone(),
    });
    let decoded = boundary::decode_events::<A>(call.clone(), &position.state, events.collect(), last);
    let decoded = decoded.map_err(show::failure)?;
    position.lines.extend(decoded.chunks);
    position.state = decoded.state;
    position.done = decoded.done;
    Ok(())
}

/// Where to split a recording: at 0 (all at once) and between its events.
pub(super) fn boundaries(events: usize) -> impl Iterator<Item = usize> {
    (0..events.max(1)).step_by(events.div_ceil(SPLITS).max(1))
}

// === impl Replay ===

impl Replay {
    /// A stream that gave these lines.
    fn of(lines: &[u8], end: Result<(), Failure>) -> Result<Self, String> {
        let lines = serde_json::Deserializer::from_slice(lines).into_iter();
        let lines: Result<Vec<Json>, _> = lines.collect();
        let lines = lines.map_err(|error| format!("a chunk is not JSON: {error}"))?;
        let chunks = lines.iter().filter_map(Json::read).collect();
        Ok(Self { chunks, end, lines })
    }

    /// Whether there is a choice and each has its finish reason, as the host requires of a complete stream.
    fn every_choice_finished(&self) -> bool {
        let choices = || {
            self.chunks
                .iter()
                .filter_map(|chunk| chunk["choices"].as_array())
                .flatten()
        };
        let finished =
            |index: &Value| choices().any(|choice| choice["index"] == *index && choice["finish_reason"].is_string());
        choices().next().is_some() && choices().all(|choice| finished(&choice["index"]))
    }

    fn describe(&self) -> String {
        match &self.end {
            Ok(()) => show::lines(&self.lines),
            Err(failure) => format!("{}\n{failure}", show::lines(&self.lines)),
        }
    }
}
