//! A canonical stream becomes the events of a Messages stream.

mod block;
mod blocks;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::value::RawValue;

use self::blocks::Blocks;
use super::event::write_named;
use super::message::{
    CallPiece, ThinkingPiece, filled_string, message_id, read_list, said, without_index, write_head, write_stop,
    write_usage,
};
use super::tokens::Tokens;
use crate::facts::StreamFacts;
use crate::fault::StreamFault;
use crate::json::json_string;
use crate::openai::delta::Delta;
use crate::openai::envelope::Envelope;
use crate::reader::{Pushed, StreamReader};
use crate::words::stop_reason::stop_reason;
use crate::words::usage::Usage;

/// Translates one canonical stream.
///
/// The blocks' events go out as they come. `message_delta` and `message_stop` wait until the stream is finished.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/streaming>.
#[derive(Debug)]
pub(super) struct TranslatedReader {
    /// The model's name as JSON.
    model: String,
    fallback_id: String,
    blocks: Blocks,
    /// `message_start` was written.
    begun: bool,
    tokens: Tokens,
    finish_reason: Option<String>,
    /// Anthropic's own reason, which an adapter passes on next to the finish reason.
    stop_reason: Option<String>,
    /// The sequence that stopped the model, as JSON.
    stop_sequence: Option<String>,
    produced_bytes: u64,
    done: bool,
    finished: bool,
}

#[derive(Deserialize)]
struct Choice<'a> {
    index: Option<u64>,
    finish_reason: Option<String>,
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    #[serde(borrow)]
    stop_reason: Option<&'a RawValue>,
    #[serde(borrow)]
    stop_sequence: Option<&'a RawValue>,
}

// === impl TranslatedReader ===

impl TranslatedReader {
    /// A reader for one attempt's stream.
    pub(super) fn new(facts: &StreamFacts<'_>) -> Self {
        Self {
            model: json_string(facts.model),
            fallback_id: facts.request_id.to_owned(),
            blocks: Blocks::default(),
            begun: false,
            tokens: Tokens::default(),
            finish_reason: None,
            stop_reason: None,
            stop_sequence: None,
            produced_bytes: 0,
            done: false,
            finished: false,
        }
    }

    /// Returns whether the chunk carried content.
    fn read(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<bool, StreamFault> {
        let (_, chunk) = Envelope::<Choice<'_>>::read(data)?;
        if let Some(usage) = chunk.usage() {
            self.tokens.merge(Tokens::from_canonical(usage));
        }
        if !self.begun {
            self.begin(&message_id(chunk.id().as_deref(), &self.fallback_id), out);
        }
        let mut content = false;
        // Anthropic has one choice per message.
        let choices = chunk.choices().iter();
        for choice in choices.filter(|choice| choice.index.unwrap_or(0) == 0) {
            if let Some(delta) = &choice.delta {
                content |= self.take_in(delta, out)?;
            }
            content |= self.note_end(choice, out)?;
        }
        Ok(content)
    }

    fn begin(&mut self, id: &str, out: &mut Vec<u8>) {
        self.begun = true;
        self.blocks.name_after(id);
        write_named(out, "message_start", |event| {
            event.object("message", |message| {
                write_head(message, id, &self.model);
                message.raw("content", "[]");
                message.raw("stop_reason", "null");
                message.raw("stop_sequence", "null");
                write_usage(message, &self.tokens);
            });
        });
    }

    fn take_in(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) -> Result<bool, StreamFault> {
        let before = self.blocks.pieces();
        self.produced_bytes += delta.produced_bytes();
        let pieces: Vec<ThinkingPiece<'_>> = read_list(delta.thinking_blocks, "thinking_blocks")?;
        for piece in &pieces {
            self.blocks.think(piece, out);
        }
        if pieces.is_empty()
            && let Some(text) = said(delta.reasoning())
        {
            self.blocks.think_aloud(&text, out);
        }
        for block in read_list::<&RawValue>(delta.content_blocks, "content_blocks")? {
            self.blocks.whole(without_index(block)?, out);
        }
        for text in [said(delta.content), said(delta.refusal)].into_iter().flatten() {
            self.blocks.say(&text, out);
        }
        for citation in read_list::<&RawValue>(delta.citations, "citations")? {
            // Some upstreams list bare URLs under this name.
            if citation.get().starts_with('{') {
                self.blocks.cite(&without_index(citation)?, out);
            }
        }
        for piece in read_list::<CallPiece<'_>>(delta.tool_calls, "tool_calls")? {
            self.blocks.call(&piece, out)?;
        }
        Ok(self.blocks.pieces() > before)
    }

    /// Returns whether the choice ends here. Some upstreams write an empty reason into every chunk.
    fn note_end(&mut self, choice: &Choice<'_>, out: &mut Vec<u8>) -> Result<bool, StreamFault> {
        let Some(reason) = choice.finish_reason.as_deref().filter(|it| !it.is_empty()) else {
            return Ok(false);
        };
        self.finish_reason.get_or_insert_with(|| reason.to_owned());
        if let Some(original) = filled_string(choice.stop_reason) {
            self.stop_reason = Some(original.trim_matches('"').to_owned());
        }
        if let Some(sequence) = filled_string(choice.stop_sequence) {
            self.stop_sequence = Some(sequence.to_owned());
        }
        // Calls that waited for an earlier one need not wait any longer.
        self.blocks.close_all(out)?;
        Ok(true)
    }
}

impl StreamReader for TranslatedReader {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        match data.trim_ascii() {
            b"[DONE]" => self.done = true,
            b"" => {}
            _ if !self.done => {
                let start = out.len();
                let content = self.read(data, out);
                if content.is_err() {
                    out.truncate(start);
                }
                return content.map(Pushed::content);
            }
            _ => {}
        }
        Ok(Pushed::NOTHING)
    }

    /// Appends the ends of all blocks, `message_delta` and `message_stop`. Anthropic's form has no place for a latency.
    /// The stream is complete once the finish reason was seen; it is malformed too if a tool call has no name.
    fn finish(&mut self, _latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if self.finished {
            return Ok(());
        }
        if self.finish_reason.is_none() {
            return Err(if self.done {
                StreamFault::malformed("it ends with [DONE] but without a finish_reason")
            } else {
                StreamFault::Truncated
            });
        }
        self.blocks.close_all(out)?;
        (self.done, self.finished) = (true, true);
        let reason = stop_reason(
            self.stop_reason.as_deref(),
            self.finish_reason.as_deref(),
            self.blocks.call_tools(),
        );
        write_named(out, "message_delta", |event| {
            event.object("delta", |delta| {
                write_stop(delta, reason, self.stop_sequence.as_deref());
            });
            write_usage(event, &self.tokens);
        });
        write_named(out, "message_stop", |_| {});
        Ok(())
    }

    fn done(&self) -> bool {
        self.done
    }

    fn usage(&self) -> Usage {
        self.tokens.usage()
    }

    fn produced_bytes(&self) -> u64 {
        self.produced_bytes
    }
}
