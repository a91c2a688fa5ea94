//! Adapter that asks the host for all that it may, in every call, and says all that it may.

use jackfield_plugin_sdk::canonical::{ChatCompletion, Choice, Chunk, Delta, FinishReason, Message, Role};
use jackfield_plugin_sdk::{Adapter, Auth, Call, Decoded, Event, Exchange, Failure, Manifest, Payload, Prepared};
use jackfield_plugin_sdk::{Attaches, Begun, Head, ReadsHead, Reply, Step, attachment};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The adapter.
pub struct Curious;

jackfield_plugin_sdk::export_adapter!(Curious);
jackfield_plugin_sdk::export_head!(Curious);
jackfield_plugin_sdk::export_attachments!(Curious);

/// What the adapter keeps of a stream's head.
#[derive(Default, Deserialize, Serialize)]
pub struct State {
    region: Option<String>,
}

// === impl Curious ===

impl Adapter for Curious {
    type Settings = ();
    type State = State;

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")).auth(Auth::Bearer)
    }

    fn prepare(call: &Call<()>) -> Result<Prepared, Failure> {
        let mut known = known(call)?;
        let attached = |url: String| attachment(&url).map(|found| (found.media_type, found.body.len()));
        known["attached"] = json!(urls(call)?.into_iter().map(attached).collect::<Vec<_>>());
        known["unnamed"] = json!(attachment("https://example.com/").is_some());
        let exchange = Exchange::post("/ask").json(&known)?;
        let exchange = exchange
            .dropped("top_k")
            .dropped("seed")
            .warning("the upstream has no top_k");
        Ok(if call.stream { exchange.sse() } else { exchange }.into())
    }

    fn decode(call: &Call<()>, reply: &Reply) -> Result<Step, Failure> {
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
            .warning("the reply has no usage")
            .header("x-upstream-region", reply.header("x-region").unwrap_or("none"))
            .header("set-cookie", "a=b");
        Ok(Step::Done(match call.model.as_str() {
            "text" => Payload::new("text/plain", b"no JSON".to_vec()),
            _ => payload,
        }))
    }

    fn decode_events(call: &Call<()>, state: &mut State, events: &[Event], _last: bool) -> Result<Decoded, Failure> {
        let mut decoded = Decoded::default();
        for event in events {
            decoded.done |= event.data == b"[DONE]";
        }
        if decoded.done {
            let mut known = known(call)?;
            known["region"] = json!(state.region);
            decoded.chunks = chunks(&known.to_string(), &call.model);
            decoded.warnings.push("the stream is decoded".to_owned());
        }
        Ok(decoded)
    }
}

impl ReadsHead for Curious {
    fn read_head(_: &Call<()>, state: &mut State, head: &Head) -> Result<Begun, Failure> {
        state.region = head.header("X-Region").map(str::to_owned);
        let region = state.region.clone().unwrap_or_default();
        Ok(Begun::new()
            .header("x-upstream-region", region)
            .warning("the head is read"))
    }
}

impl Attaches for Curious {
    fn list_attachments(call: &Call<()>) -> Result<Vec<String>, Failure> {
        urls(call)
    }
}

/// The URLs in the parameter `attach`.
fn urls(call: &Call<()>) -> Result<Vec<String>, Failure> {
    let parameters: Value = call.parameters()?;
    Ok(serde_json::from_value(parameters["attach"].clone()).unwrap_or_default())
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
