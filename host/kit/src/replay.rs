//! Replays a recorded stream under every split the network may cause, and requires the same result each time.

use jackfield_gateway::framing::Event;
use jackfield_sandbox::contract::Decoded;

use serde_json::Value;

use crate::sandboxed::Fault;
use crate::show;
use crate::verbatim::Verbatim;

/// The most boundaries tried per recording; in a longer recording they are evenly spaced.
const SPLITS: usize = 100;

/// One call of `decode-events`: the state, the events, and whether the stream is over.
pub type Decode<'a> = dyn Fn(&[u8], &[Event], bool) -> Result<Decoded, Fault> + 'a;

/// The result of replaying a recorded stream.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The chunks up to the end; in a failed stream, those before the failure when events are fed one by one.
    pub chunks: Vec<Verbatim>,
    /// Why it failed; none if it came to its end.
    pub fault: Option<Fault>,
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
/// As in the host, nothing is fed after the adapter reports the end, and a last call has no events.
///
/// # Errors
/// If two ways give different results, or if the stream, cut off anywhere, counts as complete without a finish reason
/// for every choice.
pub fn replay(decode: &Decode<'_>, state: Vec<u8>, events: &[Event]) -> Result<Replay, String> {
    let start = Position {
        state,
        lines: Vec::new(),
        done: false,
    };
    let singly = one_by_one(decode, &start, events)?;
    for boundary in boundaries(events.len()) {
        let (first, second) = events.split_at(boundary);
        let other = in_batches(decode, start.clone(), &[first, second])?;
        let same_chunks = singly.fault.is_some() || singly.chunks == other.chunks;
        if singly.ending() != other.ending() || !same_chunks {
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
fn one_by_one(decode: &Decode<'_>, start: &Position, events: &[Event]) -> Result<Replay, String> {
    let mut position = start.clone();
    for (index, event) in events.iter().enumerate() {
        if position.done {
            break;
        }
        let cut = finish(decode, position.clone())?;
        if cut.fault.is_none() && !cut.every_choice_finished() {
            return Err(format!("cut off before event {index}, the stream counts as complete"));
        }
        if let Err(fault) = step(decode, &mut position, std::slice::from_ref(event), false) {
            return position.ended(Some(fault));
        }
    }
    finish(decode, position)
}

fn in_batches(decode: &Decode<'_>, mut position: Position, batches: &[&[Event]]) -> Result<Replay, String> {
    for batch in batches.iter().filter(|batch| !batch.is_empty()) {
        if position.done {
            break;
        }
        if let Err(fault) = step(decode, &mut position, batch, false) {
            return position.ended(Some(fault));
        }
    }
    finish(decode, position)
}

/// Makes the call that follows the end of the stream, unless the adapter has reported the end.
fn finish(decode: &Decode<'_>, mut position: Position) -> Result<Replay, String> {
    let fault = if position.done {
        None
    } else {
        step(decode, &mut position, &[], true).err()
    };
    position.ended(fault)
}

fn step(decode: &Decode<'_>, position: &mut Position, events: &[Event], last: bool) -> Result<(), Fault> {
    let decoded = decode(&position.state, events, last)?;
    position.lines.extend(decoded.chunks);
    position.state = decoded.state;
    position.done = decoded.done;
    Ok(())
}

/// Where to split a recording: at 0 (all at once) and between its events.
fn boundaries(events: usize) -> impl Iterator<Item = usize> {
    (0..events.max(1)).step_by(events.div_ceil(SPLITS).max(1))
}

// === impl Position ===

impl Position {
    fn ended(self, fault: Option<Fault>) -> Result<Replay, String> {
        let values = serde_json::Deserializer::from_slice(&self.lines).into_iter();
        let chunks = values.collect::<Result<_, _>>();
        let chunks = chunks.map_err(|error| format!("a chunk is not JSON: {error}"))?;
        Ok(Replay { chunks, fault })
    }
}

// === impl Replay ===

impl Replay {
    /// How it ended, to be compared.
    fn ending(&self) -> Option<String> {
        self.fault.as_ref().map(Fault::to_string)
    }

    /// Whether there is a choice and each has its finish reason, as the host requires of a complete stream.
    pub fn every_choice_finished(&self) -> bool {
        let chunks: Vec<Value> = self.chunks.iter().map(Verbatim::value).collect();
        let choices = || chunks.iter().filter_map(|chunk| chunk["choices"].as_array()).flatten();
        let finished =
            |index: &Value| choices().any(|choice| choice["index"] == *index && choice["finish_reason"].is_string());
        choices().next().is_some() && choices().all(|choice| finished(&choice["index"]))
    }

    fn describe(&self) -> String {
        let lines = show::lines(&self.chunks);
        self.ending().map_or(lines.clone(), |fault| format!("{lines}\n{fault}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(count: usize) -> Vec<Event> {
        let event = |number: usize| Event {
            name: None,
            data: number.to_string().into(),
        };
        (0..count).map(event).collect()
    }

    fn chunk(text: &str, finish: Option<&str>) -> String {
        let finish = finish.map_or("null".to_owned(), |reason| format!("{reason:?}"));
        format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":{finish}}}]}}"#) + "\n"
    }

    /// Repeats each event, and ends with the event `end`.
    fn echo(end: &'static str) -> impl Fn(&[u8], &[Event], bool) -> Result<Decoded, Fault> {
        move |_, events, last| {
            let mut decoded = Decoded {
                chunks: Vec::new(),
                state: Vec::new(),
                done: false,
                more: Vec::new(),
            };
            for event in events {
                let ends = event.data == end;
                let text = String::from_utf8_lossy(&event.data);
                decoded.chunks.extend(chunk(&text, ends.then_some("stop")).into_bytes());
                decoded.done |= ends;
            }
            if last {
                return Err(Fault::Sandbox(jackfield_sandbox::CallError::Trap("cut".to_owned())));
            }
            Ok(decoded)
        }
    }

    #[test]
    fn a_stream_gives_its_chunks_however_it_is_split() {
        let replay = replay(&echo("4"), Vec::new(), &events(5)).unwrap();
        assert_eq!((replay.chunks.len(), replay.fault.is_none()), (5, true));
    }

    #[test]
    fn a_stream_without_its_end_fails() {
        let replay = replay(&echo("never"), Vec::new(), &events(3)).unwrap();
        assert_eq!(replay.ending().unwrap(), "the plugin trapped: cut");
    }

    #[test]
    fn a_result_that_depends_on_the_batches_is_found() {
        let careless =
            |state: &[u8], events: &[Event], last: bool| echo("4")(state, &events[..events.len().min(1)], last);
        let fault = replay(&careless, Vec::new(), &events(5)).unwrap_err();
        assert!(fault.starts_with("split after event 0 of 5"), "{fault}");
    }

    #[test]
    fn a_cut_stream_that_passes_for_complete_is_found() {
        let forgiving = |state: &[u8], events: &[Event], last: bool| echo("4")(state, events, last && events.len() > 9);
        let fault = replay(&forgiving, Vec::new(), &events(5)).unwrap_err();
        assert_eq!(fault, "cut off before event 0, the stream counts as complete");
    }

    #[test]
    fn a_long_recording_is_split_at_evenly_spread_places() {
        assert_eq!(boundaries(3).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(boundaries(950).count(), 95);
    }
}
