//! The chunks of one attempt in a continued stream.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::seam::Seam;
use crate::bounds::KEPT_BYTES;
use crate::json::json_string;
use crate::json::raw::is_given;
use crate::words::tokens::estimate_tokens;
use crate::words::usage::Usage;

/// One attempt's part of a stream, and what came before it.
#[derive(Debug, Default)]
pub(super) struct Leg {
    /// The text of all attempts so far, as the client has it.
    text: String,
    /// The answer is not, or no longer, one plain text that goes on.
    over: bool,
    /// `id`, `created` and `model` of the first attempt's chunks, as JSON members, each followed by a comma.
    head: String,
    /// Where the present attempt's text meets the earlier ones'; `None` in the first attempt.
    seam: Option<Seam>,
    /// What the earlier attempts used.
    earlier: Usage,
    /// An estimate of the present attempt's prompt, for upstreams that report none.
    prompt_tokens: u64,
    /// The present attempt's usage has gone to the client's reader, added to `earlier`.
    reported: bool,
    /// Where in `text` the present attempt's begins.
    start: usize,
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    created: Option<&'a RawValue>,
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    #[serde(borrow, default)]
    choices: Vec<Choice<'a>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: u64,
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    #[serde(borrow)]
    finish_reason: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    content: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tool_calls: Option<&'a RawValue>,
    #[serde(borrow)]
    reasoning_content: Option<&'a RawValue>,
    #[serde(borrow)]
    reasoning: Option<&'a RawValue>,
    #[serde(borrow)]
    refusal: Option<&'a RawValue>,
}

// === impl Leg ===

impl Leg {
    /// Reads a chunk. `None`: the client gets it as it is. Otherwise the client gets these chunks instead.
    pub(super) fn read(&mut self, data: &[u8]) -> Option<Vec<String>> {
        let chunk: Option<Chunk<'_>> = serde_json::from_slice(data).ok();
        let Some(chunk) = chunk.filter(|chunk| chunk.error.is_none()) else {
            // The end marker, an error, or nothing that can be joined: the client's reader decides.
            return None;
        };
        if self.head.is_empty() {
            self.head = chunk.head();
        }
        let one = chunk.choices.iter().all(|choice| choice.index == 0 && choice.is_text());
        self.over |= !one || chunk.choices.iter().any(Choice::is_finished);
        let Some(mut seam) = self.seam.take() else {
            if !self.over {
                self.text.extend(chunk.choices.iter().filter_map(Choice::text));
            }
            self.forget_what_is_too_long();
            return None;
        };
        let chunks = self.joined(&chunk, &mut seam);
        self.forget_what_is_too_long();
        self.seam = Some(seam);
        Some(chunks)
    }

    /// The chunk with what the seam still holds when the stream ends, if anything.
    pub(super) fn rest(&mut self) -> Option<String> {
        let rest = self.seam.as_mut()?.rest();
        (!rest.is_empty()).then(|| self.of_text(&rest))
    }

    /// The text so far; `None` if it cannot be continued: it is empty, complete, or more than one text.
    pub(super) fn text(&self) -> Option<&str> {
        (!self.over && !self.text.is_empty()).then_some(&*self.text)
    }

    /// A new attempt begins. `reported` is the usage that the client's reader has seen so far, and `prompt_tokens` an
    /// estimate of the request's for upstreams that reported none.
    pub(super) fn begin(&mut self, reported: &Usage, prompt_tokens: u64) {
        let so_far = self.usage(reported);
        // What an upstream reports before its end may lag behind what it has said.
        let least = self.earlier.output_tokens.unwrap_or(0).saturating_add(self.produced());
        self.earlier = Usage {
            input_tokens: Some(so_far.input_tokens.unwrap_or(prompt_tokens)),
            output_tokens: Some(so_far.output_tokens.unwrap_or(0).max(least)),
            ..so_far
        };
        self.prompt_tokens = prompt_tokens;
        self.reported = false;
        self.start = self.text.len();
        self.seam = Some(Seam::behind(&self.text));
    }

    /// The usage of all attempts, if the client's reader has seen `seen`. The present one's is estimated until it is
    /// reported.
    pub(super) fn usage(&self, seen: &Usage) -> Usage {
        if self.seam.is_none() || self.reported {
            return *seen;
        }
        self.earlier.plus(&Usage {
            input_tokens: Some(self.prompt_tokens),
            output_tokens: Some(self.produced()),
            ..Usage::default()
        })
    }

    /// An estimate of the tokens that the present attempt has produced.
    fn produced(&self) -> u64 {
        estimate_tokens((self.text.len() - self.start) as u64)
    }

    /// A text that no prefill has room for is not continued, so it need not be kept.
    fn forget_what_is_too_long(&mut self) {
        if self.text.len() > KEPT_BYTES {
            (self.over, self.start) = (true, 0);
            self.text = String::new();
        }
    }

    /// A later attempt's chunk as chunks of the first one.
    fn joined(&mut self, chunk: &Chunk<'_>, seam: &mut Seam) -> Vec<String> {
        let mut chunks = Vec::new();
        for choice in &chunk.choices {
            let mut text = choice.text().map(|text| seam.push(text)).unwrap_or_default();
            if choice.is_finished() {
                text.push_str(&seam.rest());
            }
            if !text.is_empty() {
                chunks.push(self.of_text(&text));
            }
            if let Some(reason) = choice.finish_reason.filter(|_| choice.is_finished()) {
                let reason = reason.get();
                chunks.push(self.of(
                    &format!(r#"[{{"index":0,"delta":{{}},"finish_reason":{reason}}}]"#),
                    None,
                ));
            }
        }
        if let Some(usage) = chunk.usage.filter(|usage| usage.get() != "null") {
            self.reported = true;
            let usage = self.earlier.plus(&Usage::from_canonical(usage.get()));
            chunks.push(self.of("[]", Some(&usage.to_openai())));
        }
        chunks
    }

    fn of_text(&mut self, text: &str) -> String {
        if !self.over {
            self.text.push_str(text);
        }
        let text = json_string(text);
        self.of(
            &format!(r#"[{{"index":0,"delta":{{"content":{text}}},"finish_reason":null}}]"#),
            None,
        )
    }

    fn of(&self, choices: &str, usage: Option<&str>) -> String {
        let head = &self.head;
        let usage = usage.map(|usage| format!(r#","usage":{usage}"#)).unwrap_or_default();
        format!(r#"{{{head}"object":"chat.completion.chunk","choices":{choices}{usage}}}"#)
    }
}

// === impl Chunk ===

impl Chunk<'_> {
    fn head(&self) -> String {
        let members = [("id", self.id), ("created", self.created), ("model", self.model)];
        let mut head = String::new();
        for (key, value) in members {
            if let Some(value) = value {
                let _ = write!(head, "\"{key}\":{},", value.get());
            }
        }
        head
    }
}

// === impl Choice ===

impl Choice<'_> {
    fn text(&self) -> Option<&str> {
        self.delta.as_ref()?.content.as_deref()
    }

    fn is_finished(&self) -> bool {
        self.finish_reason.is_some_and(is_given)
    }

    /// Nothing but text.
    fn is_text(&self) -> bool {
        let Some(delta) = &self.delta else { return true };
        let others = [
            delta.tool_calls,
            delta.reasoning_content,
            delta.reasoning,
            delta.refusal,
        ];
        !others.into_iter().flatten().any(is_given)
    }
}
