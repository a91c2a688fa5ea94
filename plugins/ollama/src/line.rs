//! What Ollama answers: one object, or the same in pieces, one a line.
//!
//! Source: `ChatResponse` in `api/types.go`.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{Extra, FinishReason, Json, Usage};
use serde::Deserialize;

/// A reply, or a line of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Line {
    pub(crate) model: Option<String>,
    created_at: Option<String>,
    pub(crate) message: Option<Spoken>,
    pub(crate) done: bool,
    done_reason: Option<String>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
    logprobs: Option<Vec<Json>>,
    pub(crate) error: Option<Json>,
}

/// The message, or a piece of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Spoken {
    pub(crate) content: Option<String>,
    pub(crate) thinking: Option<String>,
    pub(crate) tool_calls: Option<Vec<Asked>>,
}

/// A tool call, always whole.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    id: Option<String>,
    pub(crate) function: Function,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Function {
    pub(crate) name: String,
    #[serde(default)]
    arguments: Json,
}

// === impl Line ===

impl Line {
    /// Why the reply ended. `called` tells whether it has tool calls.
    ///
    /// # Errors
    /// If nothing was generated: the model was only loaded, or unloaded.
    pub(crate) fn finish_reason(&self, called: bool) -> Result<FinishReason, Failure> {
        match self.done_reason.as_deref() {
            Some("length") => Ok(FinishReason::Length),
            Some(reason @ ("load" | "unload")) => {
                Err(Failure::overloaded(format!("the upstream did not answer: {reason}")))
            }
            _ if called => Ok(FinishReason::ToolCalls),
            _ => Ok(FinishReason::Stop),
        }
    }

    /// The tokens used. Ollama counts those that it read from its cache within the prompt.
    pub(crate) fn usage(&self) -> Option<Usage> {
        if self.prompt_eval_count.is_none() && self.eval_count.is_none() {
            return None;
        }
        let count = |count: Option<u64>| count.unwrap_or_default();
        Some(Usage::of(count(self.prompt_eval_count), count(self.eval_count)))
    }

    /// The probabilities of the tokens, in the members of a choice.
    pub(crate) fn logprobs(&mut self) -> Extra {
        let mut members = Extra::new();
        if let Some(logprobs) = self.logprobs.take().filter(|logprobs| !logprobs.is_empty()) {
            let mut content = Extra::new();
            content.set("content", &logprobs);
            members.insert("logprobs", content);
        }
        members
    }

    /// An id for the reply, which Ollama does not give: clients join the pieces of a reply by it.
    pub(crate) fn id(&self) -> String {
        let time = self.time();
        if time.is_empty() {
            time
        } else {
            format!("chatcmpl-{time}")
        }
    }

    /// The digits of the time at which the line was written, to a billionth of a second.
    fn time(&self) -> String {
        let time = self.created_at.as_deref().unwrap_or_default();
        time.chars().filter(char::is_ascii_digit).collect()
    }

    /// The id of a tool call. Older servers send none; the time of the reply tells turns apart.
    pub(crate) fn call_id(&self, call: &Asked, index: u32) -> String {
        if let Some(id) = call.id.as_deref().filter(|id| !id.is_empty()) {
            return id.to_owned();
        }
        format!("call_{}_{index}", self.time())
    }
}

// === impl Asked ===

impl Asked {
    /// The arguments as JSON text.
    pub(crate) fn arguments(&self) -> String {
        match self.function.arguments.as_str() {
            Some(text) => text,
            None if self.function.arguments.is_null() => "{}".to_owned(),
            None => self.function.arguments.text().to_owned(),
        }
    }
}
