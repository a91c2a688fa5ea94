//! Conversions between the contract's types and the SDK's: the only module that sees both.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::jackfield::plugin::types as wit;
use crate::canonical::Cut;
use crate::lines::write_chunks;
use crate::notes::Notes;
use crate::{Adapter, Answer, Body, Call, Decoded, Event, Exchange, Failure, Payload, Prepared, Reply, Step};

/// What the log says of a text that was cut within a character and does not go on.
const HALF_LOST: &str = "half of a character was left out: nothing followed it";

/// The manifest as JSON; empty if it cannot be serialised, which the host refuses.
pub(crate) fn describe<A: Adapter>() -> Vec<u8> {
    let manifest = A::manifest().complete::<A::Settings>();
    serde_json::to_vec(&manifest).unwrap_or_default()
}

pub(crate) fn prepare<A: Adapter>(call: wit::Call) -> Result<wit::Prepared, wit::Failure> {
    let prepared = read_call(call)
        .and_then(|call| A::prepare(&call))
        .and_then(write_prepared);
    prepared.map_err(Into::into)
}

pub(crate) fn decode<A: Adapter>(call: wit::Call, reply: wit::Reply) -> Result<wit::Step, wit::Failure> {
    let reply = Reply::from(reply);
    let step = read_call(call).and_then(|call| A::decode(&call, &reply));
    step.map(Into::into).map_err(Into::into)
}

pub(crate) fn decode_events<A: Adapter>(
    call: wit::Call,
    state: &[u8],
    events: Vec<wit::Event>,
    last: bool,
) -> Result<wit::Decoded, wit::Failure> {
    let decode = || {
        let call = read_call(call)?;
        let (mut cut, state) = Cut::of(state);
        let mut state: A::State = read_state(state)?;
        let mut events: Vec<Event> = events.into_iter().map(Into::into).collect();
        for event in &mut events {
            if let Some(joined) = cut.joined(&event.data) {
                event.data = joined;
            }
        }
        let mut decoded = A::decode_events(&call, &mut state, &events, last)?;
        if last || decoded.done {
            cut.end();
        }
        if cut.is_lost {
            decoded.warnings.push(HALF_LOST.to_owned());
        }
        write_decoded(&decoded, &state, cut)
    };
    decode().map_err(Into::into)
}

pub(crate) fn read_call<S: DeserializeOwned>(call: wit::Call) -> Result<Call<S>, Failure> {
    Ok(Call {
        operation: call.operation.into(),
        dialect: call.dialect.into(),
        model: call.model,
        stream: call.stream,
        settings: read_settings(&call.settings)?,
    })
}

/// Parses the settings. An empty object is also accepted as `()`, the settings of an adapter without any.
pub(crate) fn read_settings<S: DeserializeOwned>(settings: &[u8]) -> Result<S, Failure> {
    serde_json::from_slice(settings).or_else(|error| {
        let nothing = settings.is_empty() || settings == b"{}";
        let unit = if nothing {
            serde_json::from_slice(b"null").ok()
        } else {
            None
        };
        unit.ok_or_else(|| Failure::malformed(format!("the provider's settings are invalid: {error}")))
    })
}

pub(crate) fn read_state<T: DeserializeOwned + Default>(state: &[u8]) -> Result<T, Failure> {
    if state.is_empty() {
        Ok(T::default())
    } else {
        Ok(serde_json::from_slice(state)?)
    }
}

fn write_prepared(prepared: Prepared) -> Result<wit::Prepared, Failure> {
    Ok(match prepared {
        Prepared::Exchange(exchange) => wit::Prepared::Exchange(exchange.into()),
        Prepared::Answer(Answer::Whole(reply)) => wit::Prepared::Answer(wit::Answer::Whole(reply.into())),
        Prepared::Answer(Answer::Chunks(chunks)) => wit::Prepared::Answer(wit::Answer::Chunks(write_chunks(&chunks)?)),
    })
}

fn write_decoded<T: Serialize>(decoded: &Decoded, state: &T, cut: Cut) -> Result<wit::Decoded, Failure> {
    let chunks = write_chunks(&decoded.chunks)?;
    let mut state = serde_json::to_vec(state)?;
    cut.keep(&mut state);
    Ok(wit::Decoded {
        chunks,
        state,
        done: decoded.done,
        more: Notes {
            warnings: decoded.warnings.clone(),
            ..Notes::default()
        }
        .to_json(),
    })
}

impl From<Exchange> for wit::Exchange {
    fn from(mut exchange: Exchange) -> Self {
        exchange.default_content_type();
        let headers = exchange.headers.into_iter().map(|(name, value)| wit::Header {
            name: name.into_owned(),
            value: value.into_owned(),
        });
        Self {
            request: wit::HttpRequest {
                method: exchange.method.as_str().to_owned(),
                path: exchange.path.into_owned(),
                headers: headers.collect(),
                body: exchange.body.into(),
            },
            framing: exchange.framing.as_str().to_owned(),
            dialect: exchange.dialect.map(|dialect| dialect.as_str().to_owned()),
            state: exchange.state,
            delay_ms: u32::try_from(exchange.delay.as_millis()).unwrap_or(u32::MAX),
            more: exchange.notes.to_json(),
        }
    }
}

impl From<Payload> for wit::Payload {
    fn from(payload: Payload) -> Self {
        Self {
            media_type: payload.media_type.into_owned(),
            body: payload.body,
            more: payload.notes.to_json(),
        }
    }
}

impl From<Body> for wit::Body {
    fn from(body: Body) -> Self {
        match body {
            Body::Empty => Self::Empty,
            Body::Original => Self::Original,
            Body::Patch(members) => Self::Patch(members),
            Body::Bytes(bytes) => Self::Bytes(bytes),
        }
    }
}

impl From<wit::Reply> for Reply {
    fn from(reply: wit::Reply) -> Self {
        Self {
            status: reply.status,
            headers: reply
                .headers
                .into_iter()
                .map(|header| (header.name, header.value))
                .collect(),
            body: reply.body,
            state: reply.state,
        }
    }
}

impl From<Step> for wit::Step {
    fn from(step: Step) -> Self {
        match step {
            Step::Done(reply) => Self::Done(reply.into()),
            Step::Canonical => Self::Canonical,
            Step::Again(exchange) => Self::Again(exchange.into()),
        }
    }
}

impl From<wit::Event> for Event {
    fn from(event: wit::Event) -> Self {
        Self {
            name: event.name,
            data: event.data,
        }
    }
}

impl From<Failure> for wit::Failure {
    fn from(failure: Failure) -> Self {
        let milliseconds = |wait: Duration| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Self {
            class: failure.class.as_str().to_owned(),
            message: failure.message,
            retry_after_ms: failure.retry_after.map(milliseconds),
            detail: failure.detail.to_json(),
        }
    }
}
