//! A canonical stream becomes the events of a Messages stream.

mod block;
mod blocks;
#[cfg(test)]
mod tests;

use serde_json::value::RawValue;

use self::blocks::Blocks;
use super::citations;
use super::ending::{Ending, stop_sequences};
use super::event::write_named;
use super::message::{ThinkingPiece, message_id, read_list, without_index, write_head, write_usage};
use super::tokens::Tokens;
use crate::calls::CallPiece;
use crate::facts::StreamFacts;
use crate::fault::StreamFault;
use crate::json::json_string;
use crate::openai::choice::Choice;
use crate::openai::chunk::Chunk;
use crate::openai::delta::Delta;
use crate::openai::parts::Part;
use crate::reader::{Pushed, StreamReader};
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
    /// The sequences at which the client wants the model to stop.
    stop_sequences: Vec<String>,
    /// How the message ends, once the finish reason has arrived.
    ending: Option<Ending>,
    produced_bytes: u64,
    done: bool,
    finished: bool,
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
            stop_sequences: stop_sequences(facts.request),
            ending: None,
            produced_bytes: 0,
            done: false,
            finished: false,
        }
    }

    /// Returns what the chunk was. An object that has nothing of a chunk counts as none.
    fn read(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let Some(chunk) = Chunk::of_data(data)? else {
            return Ok(Pushed::NOTHING);
        };
        if self.tokens.served_model.is_none() {
            self.tokens.served_model = chunk.served_model();
        }
        if let Some(usage) = chunk.told_usage() {
            let usage = chunk.served(&Usage::from_canonical(usage));
            self.tokens.merge(Tokens::from_canonical(&usage));
        }
        if !self.begun {
            self.begin(&message_id(chunk.id().as_deref(), &self.fallback_id), out);
        }
        let (mut content, mut reasons) = (false, false);
        // Anthropic has one choice per message.
        for choice in chunk.choices().filter(|choice| choice.index() == 0) {
            if let Some(delta) = choice.delta() {
                content |= self.take_in(delta, out)?;
                reasons |= delta.is_reasoning();
            }
            content |= self.note_end(choice, out)?;
        }
        self.blocks.check()?;
        Ok(Pushed {
            content,
            alive: content || reasons,
        })
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
        let parts = delta.parts()?;
        let thinks = |part: &&Part<'_>| matches!(part, Part::Thinking(_));
        let (thoughts, said) = parts.split_at(parts.iter().take_while(thinks).count());
        self.say(thoughts, pieces.is_empty(), out);
        for block in read_list::<&RawValue>(delta.content_blocks, "content_blocks")? {
            self.blocks.whole(without_index(block)?, out);
        }
        self.say(said, pieces.is_empty(), out);
        for citation in citations::own(delta)? {
            self.blocks.cite(&citation, out);
        }
        for citation in citations::of_annotations(delta)? {
            self.blocks.annotate(&citation, out);
        }
        for piece in read_list::<CallPiece<'_>>(delta.tool_calls, "tool_calls")? {
            self.blocks.call(&piece, out)?;
        }
        Ok(self.blocks.pieces() > before)
    }

    /// `aloud`: thinking is not repeated with its signature.
    fn say(&mut self, parts: &[Part<'_>], aloud: bool, out: &mut Vec<u8>) {
        for part in parts {
            match part {
                Part::Text(text) => self.blocks.say(text, out),
                Part::Thinking(text) if aloud => self.blocks.think_aloud(text, out),
                Part::Thinking(_) | Part::Other => {}
            }
        }
    }

    /// Returns whether the choice ends here.
    fn note_end(&mut self, choice: &Choice<'_>, out: &mut Vec<u8>) -> Result<bool, StreamFault> {
        let Some(ending) = Ending::of(choice, &self.stop_sequences) else {
            return Ok(false);
        };
        // Calls that waited for an earlier one need not wait any longer.
        self.blocks.close_all(ending.is_cut_off(), out)?;
        match &mut self.ending {
            Some(known) => known.complete(ending),
            None => self.ending = Some(ending),
        }
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
                return content;
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
        let Some(ending) = &self.ending else {
            return Err(StreamFault::without_end("a finish_reason", self.done));
        };
        self.blocks.close_all(ending.is_cut_off(), out)?;
        (self.done, self.finished) = (true, true);
        let calls_tools = self.blocks.call_tools();
        write_named(out, "message_delta", |event| {
            event.object("delta", |delta| ending.write(delta, calls_tools));
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
