//! The members of a response besides its output: who answers, and what was asked.

use super::ending::Ending;
use super::ids::Ids;
use super::usage::usage;
use crate::facts::{ReplyFacts, StreamFacts};
use crate::json::fields::given;
use crate::json::{Members, Object, json_string};
use crate::words::usage::Usage;

/// The members of a request that its response repeats, and what stands there if the client left them out.
///
/// Source: `Response` in <https://platform.openai.com/docs/api-reference/responses/object>.
const REPEATED: [(&str, &str); 17] = [
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("max_tool_calls", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("prompt_cache_key", "null"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("safety_identifier", "null"),
    ("temperature", "null"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", "\"auto\""),
    ("tools", "[]"),
    ("top_logprobs", "null"),
    ("top_p", "null"),
    ("truncation", "\"disabled\""),
    ("user", "null"),
    ("previous_response_id", "null"),
];

/// What is the same in every event of a stream that holds the response.
#[derive(Debug)]
pub(super) struct Head {
    id: String,
    created: u64,
    /// As JSON.
    model: String,
    /// What was asked, as members.
    repeated: String,
}

/// How far a response has come.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stage<'a> {
    /// It has begun.
    InProgress,
    /// It has ended so, with this output as JSON and this usage.
    Ended(&'a Ending, &'a [u8], &'a Usage),
    /// It failed, with this error as JSON.
    Failed(&'a [u8]),
}

// === impl Head ===

impl Head {
    /// The head of a buffered response.
    pub(super) fn of_reply(facts: &ReplyFacts<'_>) -> Self {
        Self::new(facts.request_id, facts.model, facts.created, facts.request)
    }

    /// The head of a response that is streamed.
    pub(super) fn of_stream(facts: &StreamFacts<'_>) -> Self {
        Self::new(facts.request_id, facts.model, facts.created, facts.request)
    }

    /// The head of a response to a request of which nothing else is known.
    pub(super) fn unknown() -> Self {
        Self::new("", "", 0, Members::empty())
    }

    /// Gives the response the id that its vendor gave it.
    pub(super) fn name(&mut self, id: String) {
        self.id = id;
    }

    fn new(request_id: &str, model: &str, created: u64, request: &Members<'_>) -> Self {
        let repeated = REPEATED.map(|(key, absent)| format!("\"{key}\":{}", given(request, key).unwrap_or(absent)));
        Self {
            id: Ids::of(request_id).response(),
            created,
            model: json_string(model),
            repeated: repeated.join(","),
        }
    }

    /// The response as JSON.
    pub(super) fn response(&self, stage: Stage<'_>) -> Vec<u8> {
        let (status, output, used) = match stage {
            Stage::InProgress => ("in_progress", &b"[]"[..], "null".to_owned()),
            Stage::Ended(ending, output, used) => (ending.status().as_str(), output, usage(used)),
            // What was said so far is not repeated: a shaper may have changed it.
            Stage::Failed(_) => ("failed", &b"[]"[..], "null".to_owned()),
        };
        Object::text(|response| {
            response.string("id", &self.id);
            response.raw("object", "\"response\"");
            response.raw("created_at", self.created.to_string());
            response.string("status", status);
            response.raw("background", "false");
            response.raw(
                "error",
                if let Stage::Failed(error) = stage {
                    error
                } else {
                    b"null"
                },
            );
            match stage {
                Stage::Ended(ending, ..) => ending.write(response),
                _ => response.raw("incomplete_details", "null"),
            }
            response.raw("model", &self.model);
            response.raw("output", output);
            // Nothing is kept here.
            response.raw("store", "false");
            response.raw("usage", used);
            response.members([&*self.repeated]);
        })
    }
}
