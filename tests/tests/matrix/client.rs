//! The dialects in which clients ask.

use jackfield_tests::client::{Answer, Client, Events};
use serde_json::{Value, json};

/// A dialect of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// OpenAI's chat completions.
    Chat,
    /// Anthropic's messages.
    Messages,
    /// OpenAI's responses.
    Responses,
    /// Google's `generateContent`.
    Gemini,
}

// === impl Dialect ===

impl Dialect {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Self; 4] = [Self::Chat, Self::Messages, Self::Responses, Self::Gemini];

    /// The name of the API in the tables.
    pub(crate) fn api(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Messages => "messages",
            Self::Responses => "responses",
            Self::Gemini => "gemini",
        }
    }

    /// A request to `model` with these members.
    pub(crate) fn request(self, model: &str, members: &Value) -> Value {
        let hello = json!([{ "role": "user", "content": "hello" }]);
        let mut request = match self {
            Self::Chat => json!({ "model": model, "messages": hello }),
            Self::Messages => json!({ "model": model, "messages": hello, "max_tokens": 4096 }),
            Self::Responses => json!({ "model": model, "input": hello, "store": false }),
            // The model goes into the path.
            Self::Gemini => json!({ "model": model, "contents": [{ "role": "user", "parts": [{ "text": "hello" }] }] }),
        };
        for (name, member) in members.as_object().unwrap() {
            request[name] = member.clone();
        }
        request
    }

    /// The request that follows this one: the reply goes back as it came, with a result for each of its calls.
    pub(crate) fn following(self, mut request: Value, reply: &Value) -> Value {
        let (conversation, turns) = match self {
            Self::Chat => ("messages", after_completion(&reply["choices"][0]["message"])),
            Self::Messages => ("messages", after_message(&reply["content"])),
            Self::Responses => ("input", after_response(&reply["output"])),
            Self::Gemini => ("contents", after_candidate(&reply["candidates"][0]["content"]["parts"])),
        };
        request[conversation].as_array_mut().unwrap().extend(turns);
        request
    }

    /// Sends a request and waits for the whole answer.
    pub(crate) async fn ask(self, client: &Client, request: Value) -> Answer {
        let (path, request) = self.addressed(request, "generateContent");
        self.speaks(client).post(&path, request).await
    }

    /// Sends a request for a stream.
    pub(crate) async fn stream(self, client: &Client, mut request: Value) -> Events {
        if self == Self::Chat {
            request["stream_options"] = json!({ "include_usage": true });
        }
        let (path, request) = self.addressed(request, "streamGenerateContent?alt=sse");
        self.speaks(client).stream_from(&path, request).await
    }

    /// Where a request goes, and its body. `method` is for a dialect whose paths name the model.
    fn addressed(self, mut request: Value, method: &str) -> (String, Value) {
        let path = match self {
            Self::Chat => "/v1/chat/completions".to_owned(),
            Self::Messages => "/v1/messages".to_owned(),
            Self::Responses => "/v1/responses".to_owned(),
            Self::Gemini => {
                let model = request.as_object_mut().unwrap().remove("model").unwrap();
                format!("/v1beta/models/{}:{method}", model.as_str().unwrap())
            }
        };
        (path, request)
    }

    fn speaks(self, client: &Client) -> Client {
        match self {
            Self::Chat | Self::Responses | Self::Gemini => client.clone(),
            Self::Messages => client.clone().header("anthropic-version", "2023-06-01"),
        }
    }
}

fn after_completion(message: &Value) -> Vec<Value> {
    let calls = message["tool_calls"].as_array().into_iter().flatten();
    let results = calls.map(|call| json!({ "role": "tool", "tool_call_id": call["id"], "content": "found" }));
    std::iter::once(message.clone()).chain(results).collect()
}

fn after_message(content: &Value) -> Vec<Value> {
    let blocks = content.as_array().into_iter().flatten();
    let calls = blocks.filter(|block| block["type"] == "tool_use");
    let result = |call: &Value| json!({ "type": "tool_result", "tool_use_id": call["id"], "content": "found" });
    let results: Vec<Value> = calls.map(result).collect();
    vec![
        json!({ "role": "assistant", "content": content }),
        json!({ "role": "user", "content": results }),
    ]
}

fn after_response(output: &Value) -> Vec<Value> {
    let items = output.as_array().into_iter().flatten();
    let calls = items.clone().filter(|item| item["type"] == "function_call");
    let result =
        |call: &Value| json!({ "type": "function_call_output", "call_id": call["call_id"], "output": "found" });
    items.cloned().chain(calls.map(result)).collect()
}

/// Agents send no thoughts back, but the signatures of other parts.
fn after_candidate(parts: &Value) -> Vec<Value> {
    let parts = parts.as_array().into_iter().flatten();
    let kept: Vec<&Value> = parts.filter(|part| part["thought"] != true).collect();
    let calls = kept.iter().filter_map(|part| part.get("functionCall"));
    let result = |call: &Value| {
        let mut result = json!({ "name": call["name"], "response": { "output": "found" } });
        if let Some(id) = call.get("id") {
            result["id"] = id.clone();
        }
        json!({ "functionResponse": result })
    };
    let results: Vec<Value> = calls.map(result).collect();
    vec![
        json!({ "role": "model", "parts": kept }),
        json!({ "role": "user", "parts": results }),
    ]
}
