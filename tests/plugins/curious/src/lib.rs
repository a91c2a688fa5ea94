//! Adapter that asks the host for all that it may, in every call, and says all that it may.

use jackfield_plugin_sdk::canonical::{ChatCompletion, Choice, Chunk, Delta, FinishReason, Message, Role};
use jackfield_plugin_sdk::{Adapter, Auth, Call, Decoded, Event, Exchange, Failure, Manifest, Payload, Prepared};
use jackfield_plugin_sdk::{Reply, Step};
use serde_json::{Value, json};

/// The adapter.
pub struct Curious;

jackfield_plugin_sdk::export_adapter!(Curious);

// === impl Curious ===

impl Adapter for Curious {
    type Settings = ();
    type State = ();

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")).auth(Auth::Bearer)
    }

    fn prepare(call: &Call<()>) -> Result<Prepared, Failure> {
        let exchange = Exchange::post("/ask").json(&known(call)?)?;
        let exchange = exchange
            .dropped("top_k")
            .dropped("seed")
            .warning("the upstream has no top_k");
        Ok(if call.stream { exchange.sse() } else { exchange }.into())
    }

    fn decode(call: &Call<()>, _reply: &Reply) -> Result<Step, Failure> {
        let choice = Choice {
            message: Message::text(Role::Assistant, known(call)?.to_string()),
            finish_reason: Some(FinishReason::Stop),
            ..Choice::default()
        };
        let completion = ChatCompletion {
            id: "chatcmpl-curious".to_owned(),
            model: call.model.clone(),
            choices: vec![choice],
            ..ChatCompletion::default()
        };
        let payload = Payload::json(&completion)?
            .dropped("logit_bias")
            .warning("the reply has no usage");
        Ok(Step::Done(match call.model.as_str() {
            "text" => Payload::new("text/plain", b"no JSON".to_vec()),
            _ => payload,
        }))
    }

    fn decode_events(call: &Call<()>, (): &mut (), events: &[Event], _last: bool) -> Result<Decoded, Failure> {
        let mut decoded = Decoded::default();
        for event in events {
            decoded.done |= event.data == b"[DONE]";
        }
        if decoded.done {
            decoded.chunks = chunks(&known(call)?.to_string(), &call.model);
            decoded.warnings.push("the stream is decoded".to_owned());
        }
        Ok(decoded)
    }
}

/// What the host says about the request.
fn known(call: &Call<()>) -> Result<Value, Failure> {
    let facts = call.request_facts();
    Ok(json!({
        "parameters": call.parameters::<Value>()?,
        "body": call.body::<Value>()?,
        "request_id": facts.request_id,
        "nonce": facts.nonce,
        "time_ms": facts.time_ms,
    }))
}

fn chunks(text: &str, model: &str) -> Vec<Chunk> {
    let choices = [Delta::text(text).into(), FinishReason::Stop.into()];
    let chunk = |choice| Chunk {
        id: "chatcmpl-curious".to_owned(),
        model: model.to_owned(),
        choices: vec![choice],
        ..Chunk::default()
    };
    choices.into_iter().map(chunk).collect()
}
