//! The two dialects, as clients and as upstreams speak them.

use jackfield_tests::client::{Answer, Client, Events};
use jackfield_tests::upstream::{Reply, json, sse, sse_typed};
use jackfield_tests::vendor::{Turn, anthropic, openai};
use serde_json::{Value, json as value};

/// A dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Chat completions.
    OpenAi,
    /// Messages.
    Anthropic,
}

// === impl Side ===

impl Side {
    /// Both, in the order of the table.
    pub(crate) const BOTH: [Self; 2] = [Self::OpenAi, Self::Anthropic];

    /// The adapter whose upstream speaks it, which is also the name of the model that has it alone.
    pub(crate) fn adapter(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// The API's name in the table.
    pub(crate) fn api(self) -> &'static str {
        match self {
            Self::OpenAi => "chat",
            Self::Anthropic => "messages",
        }
    }

    /// A client's request to `model` with these members.
    pub(crate) fn request(self, model: &str, members: &Value) -> Value {
        let mut request = value!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] });
        if self == Self::Anthropic {
            request["max_tokens"] = value!(4096);
        }
        for (name, member) in members.as_object().unwrap() {
            request[name] = member.clone();
        }
        request
    }

    /// Sends a request and waits for the whole answer.
    pub(crate) async fn ask(self, client: &Client, request: Value) -> Answer {
        self.speaks(client).post(self.path(), request).await
    }

    /// Sends a request for a stream.
    pub(crate) async fn stream(self, client: &Client, mut request: Value) -> Events {
        if self == Self::OpenAi {
            request["stream_options"] = value!({ "include_usage": true });
        }
        self.speaks(client).stream_from(self.path(), request).await
    }

    /// An upstream's reply that says this.
    pub(crate) fn reply(self, turn: &Turn, streamed: bool) -> Reply {
        match (self, streamed) {
            (Self::OpenAi, false) => json(200, openai::completion(turn, 1)),
            (Self::OpenAi, true) => sse(openai::chunks(turn, 1, true)),
            (Self::Anthropic, false) => json(200, anthropic::message(turn)),
            (Self::Anthropic, true) => sse_typed(&anthropic::events(turn)),
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::OpenAi => "/v1/chat/completions",
            Self::Anthropic => "/v1/messages",
        }
    }

    fn speaks(self, client: &Client) -> Client {
        match self {
            Self::OpenAi => client.clone(),
            Self::Anthropic => client.clone().header("anthropic-version", "2023-06-01"),
        }
    }
}
