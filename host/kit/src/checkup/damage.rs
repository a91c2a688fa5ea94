//! What the plugin does with replies and streams that are broken: it must say so, and never take them for complete.

use jackfield_gateway::framing::Event;
use jackfield_sandbox::contract::Step;
use serde_json::Value;

use super::Finding;
use super::calls::{AdapterTrial, What};
use crate::case::CaseReply;
use crate::replay::replay;
use crate::sandboxed::{Fault, Sandboxed};

/// What stands in a body or an event where something else should.
const GARBAGE: [&str; 8] = [
    "",
    "null",
    "{",
    "[]",
    "0",
    "{\"error\":{}}",
    "<html>502</html>",
    "\u{fffd}\u{0}",
];

/// Statuses of replies that are no answers.
const ERRORS: [u16; 5] = [400, 401, 429, 500, 503];

/// How many events of a recording are damaged, one at a time.
const EVENTS: usize = 50;

/// What to do about a trap.
const NO_PANIC: &str = "return a failure of class `malformed` instead of panicking";

/// Damaged and foreign replies.
pub(super) fn replies(plugin: &Sandboxed, calls: &[AdapterTrial]) -> Finding {
    const CHECK: &str = "damaged replies";
    let mut count = 0;
    for call in calls {
        for reply in damaged(call) {
            count += 1;
            let state = call.state(plugin).unwrap_or_default();
            let shown = || {
                format!(
                    "{} with status {} and the body {}",
                    call.name,
                    reply.status,
                    quoted(&reply.body.bytes())
                )
            };
            match plugin.decode(&call.call, &reply, &state) {
                Err(Fault::Sandbox(error)) => {
                    return Finding::failed(CHECK, format!("{}: the plugin {error}", shown()), NO_PANIC);
                }
                Ok(Step::Done(_)) if reply.status >= 400 => {
                    let remedy = "check the status first: `Failure::from_reply` picks the class";
                    return Finding::failed(CHECK, format!("{}: counts as an answer", shown()), remedy);
                }
                Ok(Step::Done(payload)) if serde_json::from_slice::<Value>(&payload.body).is_err() => {
                    return Finding::failed(CHECK, format!("{}: its answer is not JSON", shown()), NO_PANIC);
                }
                _ => {}
            }
        }
    }
    Finding::passed(CHECK, format!("{count} are refused or read without harm"))
}

/// Streams of garbage, and recorded ones that are cut off, split anywhere, or have an event replaced.
pub(super) fn streams(plugin: &Sandboxed, calls: &[AdapterTrial]) -> Finding {
    const CHECK: &str = "damaged streams";
    let mut count = 0;
    for call in calls {
        let garbage: Vec<Event>;
        let events = match &call.what {
            What::DecodeEvents(events) => events,
            // The beginning of any stream, for a plugin without recordings: nothing but what is replaced below.
            What::Prepare => {
                garbage = vec![Event {
                    name: None,
                    data: "{}".into(),
                }];
                &garbage
            }
            What::Decode(_) => continue,
        };
        let state = call.state(plugin).unwrap_or_default();
        let decode = |state: &[u8], events: &[Event], last| plugin.decode_events(&call.call, state, events, last);
        if let Err(fault) = replay(&decode, state.clone(), events) {
            let remedy =
                "let only the events decide, not how they are batched, and fail at an end without the end mark";
            return Finding::failed(CHECK, format!("{}: {fault}", call.name), remedy);
        }
        for (place, broken) in broken(events) {
            count += 1;
            if let Err(Fault::Sandbox(error)) = decode(&state, &broken, false) {
                let data = quoted(&broken[place].data);
                let detail = format!("{} with {data} for event {place}: the plugin {error}", call.name);
                return Finding::failed(CHECK, detail, NO_PANIC);
            }
        }
    }
    if count == 0 {
        return Finding::passed(
            CHECK,
            "no recorded stream to damage; name a folder of cases with --cases",
        );
    }
    Finding::passed(CHECK, format!("{count} are refused or read without harm"))
}

/// Replies to a call that are not what it expects: garbage, errors, and its own reply cut off.
fn damaged(call: &AdapterTrial) -> Vec<CaseReply> {
    let reply = |status: u16, body: &str| CaseReply {
        status,
        headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
        body: body.into(),
        state: None,
    };
    match &call.what {
        What::Prepare => {
            let garbage = GARBAGE.iter().map(|body| reply(200, body));
            let errors = ERRORS
                .iter()
                .flat_map(|status| GARBAGE.iter().map(move |body| reply(*status, body)));
            garbage.chain(errors).collect()
        }
        What::Decode(own) => {
            let body = String::from_utf8_lossy(&own.body.bytes()).into_owned();
            let cuts = (1..8).map(|eighths| body.floor_char_boundary(body.len() * eighths / 8));
            cuts.map(|end| reply(own.status, &body[..end])).collect()
        }
        What::DecodeEvents(_) => Vec::new(),
    }
}

/// A stream with one event replaced by garbage, or cut in half, each time; and where.
fn broken(events: &[Event]) -> impl Iterator<Item = (usize, Vec<Event>)> {
    let step = events.len().div_ceil(EVENTS).max(1);
    (0..events.len()).step_by(step).flat_map(move |place| {
        let half = events[place].data.slice(..events[place].data.len() / 2);
        let garbage = GARBAGE.iter().map(|data| (*data).into()).chain([half]);
        garbage.map(move |data| {
            let mut broken = events.to_vec();
            broken[place].data = data;
            (place, broken)
        })
    })
}

/// The beginning of some bytes, as a line of text.
fn quoted(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    format!("{:?}", &text[..text.floor_char_boundary(60)])
}
