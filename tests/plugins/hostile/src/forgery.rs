//! What the plugin really exports: the SDK's component, whose results are falsified where its types are too honest.

use jackfield_plugin_sdk::bindings::exports::jackfield::plugin::adapter::Guest;
use jackfield_plugin_sdk::bindings::jackfield::plugin::types::{
    Answer, Body, Call, Decoded, Event, Failure, Payload, Prepared, Reply, Step,
};
use jackfield_plugin_sdk::component::Component;

use crate::{Hostile, exhaustion};

/// The adapter as the SDK would export it.
type Honest = Component<Hostile>;

/// The same behind the SDK's back.
pub struct Forged;

#[cfg(target_arch = "wasm32")]
const _: () = {
    jackfield_plugin_sdk::bindings::export!(Forged with_types_in jackfield_plugin_sdk::bindings);
};

// === impl Forged ===

impl Guest for Forged {
    fn describe() -> Vec<u8> {
        Honest::describe()
    }

    fn prepare(call: Call) -> Result<Prepared, Failure> {
        let (behaviour, stream) = (call.model.clone(), call.stream);
        let mut prepared = Honest::prepare(call)?;
        match &mut prepared {
            Prepared::Exchange(exchange) => match behaviour.as_str() {
                "bad-method" => "CONNECT".clone_into(&mut exchange.request.method),
                "bad-framing" => "carrier-pigeon".clone_into(&mut exchange.framing),
                "bad-patch" => exchange.request.body = Body::Patch(b"{ no JSON".to_vec()),
                _ => {}
            },
            Prepared::Answer(answer) if behaviour == "huge-output" => *answer = huge(stream),
            Prepared::Answer(_) => {}
        }
        Ok(prepared)
    }

    fn decode(call: Call, reply: Reply) -> Result<Step, Failure> {
        Honest::decode(call, reply)
    }

    fn decode_events(call: Call, state: Vec<u8>, events: Vec<Event>, last: bool) -> Result<Decoded, Failure> {
        let falsify = call.model == "bad-chunks";
        let mut decoded = Honest::decode_events(call, state, events, last)?;
        if falsify {
            decoded.chunks = b"no JSON\n".to_vec();
        }
        Ok(decoded)
    }
}

fn huge(stream: bool) -> Answer {
    let output = exhaustion::output(stream);
    if stream {
        Answer::Chunks(output)
    } else {
        Answer::Whole(Payload {
            media_type: String::new(),
            body: output,
            more: Vec::new(),
        })
    }
}
