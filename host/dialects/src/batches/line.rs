//! One line of a batch: what it asks, and what became of it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::json::Members;
use crate::json::fields::given;
use crate::words::usage::Usage;

/// A line of a batch's input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchLine<'a> {
    /// The client's name for it.
    pub custom_id: String,
    /// The path at which it asks.
    pub endpoint: Cow<'a, str>,
    /// The body that it asks with.
    pub body: &'a [u8],
}

/// What is wrong with a line, or with a batch as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineFault {
    /// A word for programs.
    pub code: Cow<'static, str>,
    /// A sentence for people.
    pub message: String,
    /// The member at fault.
    #[serde(default)]
    pub param: Option<Cow<'static, str>>,
    /// The number of the line, from 1; `None` for the batch as a whole.
    #[serde(default)]
    pub line: Option<u64>,
}

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnd<'a> {
    /// With this answer, which may be an error.
    Answered {
        /// The HTTP status that a live request would have had.
        status: u16,
        /// The body: JSON on one line.
        body: &'a [u8],
    },
    /// It was not begun, because its batch was cancelled.
    Canceled,
    /// It was not begun, because the time of its batch was over.
    Expired,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineReport<'a> {
    /// The client's name for it.
    pub custom_id: &'a str,
    /// The id of the request that it was; `None` if it was not begun.
    pub request_id: Option<&'a str>,
    /// How it ended.
    pub end: LineEnd<'a>,
    /// What its upstream was not sent, as live requests learn it from a header; empty if it was sent all.
    pub dropped: &'a str,
}

/// Where a report belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// To the results.
    Output,
    /// To the errors.
    Errors,
}

/// What counts of a line that has a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedLine {
    /// The client's name for it.
    pub custom_id: String,
    /// What became of it.
    pub fate: LineFate,
    /// What its answer says that it used.
    pub spent: LineSpent,
}

/// What became of a line, without its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFate {
    /// It was answered.
    Succeeded,
    /// It was answered with an error.
    Errored,
    /// It was not begun before the batch was cancelled.
    Canceled,
    /// It was not begun in time.
    Expired,
}

/// What the answers to lines say that they used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineSpent {
    /// The model of the first of them; `None` if there is none, or the API does not tell.
    pub model: Option<String>,
    /// Tokens of the prompts.
    pub input_tokens: u64,
    /// Those of them that came from a cache.
    pub cached_tokens: u64,
    /// Tokens of the answers.
    pub output_tokens: u64,
    /// Those of them that were spent on reasoning.
    pub reasoning_tokens: u64,
}

// === impl LineFault ===

impl LineFault {
    /// A fault of a line, whose number is not known yet.
    pub fn new(code: &'static str, param: Option<&'static str>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            param: param.map(Cow::Borrowed),
            line: None,
        }
    }

    /// The same fault of this line, counted from 1.
    #[must_use]
    pub fn at(self, line: u64) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }
}

// === impl LineSpent ===

impl LineSpent {
    /// What an answer in OpenAI's words says.
    pub(crate) fn of_answer(body: &Members<'_>) -> Self {
        let usage = given(body, "usage").map(Usage::from_canonical).unwrap_or_default();
        let model = given(body, "model").and_then(|model| serde_json::from_str(model).ok());
        let count = |count: Option<u64>| count.unwrap_or_default();
        Self {
            model,
            input_tokens: count(usage.input_tokens),
            cached_tokens: count(usage.cached_tokens),
            output_tokens: count(usage.output_tokens),
            reasoning_tokens: count(usage.reasoning_tokens),
        }
    }

    /// Adds what another answer used.
    pub fn add(&mut self, other: Self) {
        for (sum, more) in [
            (&mut self.input_tokens, other.input_tokens),
            (&mut self.cached_tokens, other.cached_tokens),
            (&mut self.output_tokens, other.output_tokens),
            (&mut self.reasoning_tokens, other.reasoning_tokens),
        ] {
            *sum = sum.saturating_add(more);
        }
        self.model = self.model.take().or(other.model);
    }
}

// === impl LineEnd ===

impl LineEnd<'_> {
    /// The same without the answer.
    #[must_use]
    pub const fn fate(&self) -> LineFate {
        match self {
            Self::Answered { status: 200, .. } => LineFate::Succeeded,
            Self::Answered { .. } => LineFate::Errored,
            Self::Canceled => LineFate::Canceled,
            Self::Expired => LineFate::Expired,
        }
    }
}
