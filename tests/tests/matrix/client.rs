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
}

// === impl Dialect ===

impl Dialect {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Self; 2] = [Self::Chat, Self::Messages];

    /// The name of the API in the tables.
    pub(crate) fn api(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Messages => "messages",
        }
    }

    /// A request to `model` with these members.
    pub(crate) fn request(self, model: &str, members: &Value) -> Value {
        let mut request = json!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] });
        if self == Self::Messages {
            request["max_tokens"] = json!(4096);
        }
        for (name, member) in members.as_object().unwrap() {
            request[name] = member.clone();
        }
        request
    }

    /// The request that follows this one: the reply goes back as it came, with a result for each of its calls.
    pub(crate) fn following(self, mut request: Value, reply: &Value) -> Value {
        let mut turns = Vec::new();
        match self {
            Self::Chat => {
                let message = &reply["choices"][0]["message"];
                turns.push(message.clone());
                let calls = message["tool_calls"].as_array().into_iter().flatten();
                turns.extend(
                    calls.map(|call| json!({ "role": "tool", "tool_call_id": call["id"], "content": "found" })),
                );
            }
            Self::Messages => {
                turns.push(json!({ "role": "assistant", "content": reply["content"] }));
                let blocks = reply["content"].as_array().into_iter().flatten();
                let calls = blocks.filter(|block| block["type"] == "tool_use");
                let results: Vec<Value> = calls
                    .map(|call| json!({ "type": "tool_result", "tool_use_id": call["id"], "content": "found" }))
                    .collect();
                turns.push(json!({ "role": "user", "content": results }));
            }
        }
        request["messages"].as_array_mut().unwrap().extend(turns);
        request
    }

    /// Sends a request and waits for the whole answer.
    pub(crate) async fn ask(self, client: &Client, request: Value) -> Answer {
        self.speaks(client).post(self.path(), request).await
    }

    /// Sends a request for a stream.
    pub(crate) async fn stream(self, client: &Client, mut request: Value) -> Events {
        if self == Self::Chat {
            request["stream_options"] = json!({ "include_usage": true });
        }
        self.speaks(client).stream_from(self.path(), request).await
    }

    fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Messages => "/v1/messages",
        }
    }

    fn speaks(self, client: &Client) -> Client {
        match self {
            Self::Chat => client.clone(),
            Self::Messages => client.clone().header("anthropic-version", "2023-06-01"),
        }
    }
}
