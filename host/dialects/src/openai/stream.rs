//! A canonical stream on its way to the client: chunks in, server-sent events out.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::chunk::Chunk;
use super::envelope::{Places, Stamp, set_latency};
use super::plain::completed;
use super::repeats::Repeats;
use crate::bounds::{CHOICES, ENDING_BYTES, ENTRY_BYTES, check};
use crate::facts::StreamFacts;
use crate::fault::StreamFault;
use crate::json::{Members, set_members};
use crate::produced::string_bytes;
use crate::reader::{Pushed, StreamReader};
use crate::sse::write_event;
use crate::words::usage::Usage;

/// The last event of a stream that is complete, or that its user ended.
pub(super) const DONE: &[u8] = b"data: [DONE]\n\n";

/// Reads one canonical stream.
///
/// Once every choice that was seen has its finish reason, chunks are held back: the usage may follow, the last one
/// before `[DONE]` carries `latency_ms` and `provider`, and a stream that breaks off must not look finished. If content
/// follows after all, it was not the end, and what was held goes out before it.
#[derive(Debug)]
pub(super) struct ChatReader {
    stamp: Stamp,
    include_usage: bool,
    /// The choices seen so far by index, and whether each has its finish reason.
    choices: BTreeMap<u64, bool>,
    /// How many of them have none yet.
    unfinished: usize,
    /// The chunks since the stream was complete. Not empty whenever it could end here.
    held: Vec<Held>,
    held_bytes: usize,
    usage: Usage,
    /// The last usage object that told anything, as text.
    usage_text: Option<String>,
    /// The upstream sent the usage in a chunk of its own.
    has_usage_chunk: bool,
    produced_bytes: u64,
    repeats: Repeats,
    done: bool,
}

#[derive(Debug)]
struct Held {
    text: String,
    places: Places,
}

// === impl ChatReader ===

impl ChatReader {
    /// A reader for one attempt's stream.
    pub(super) fn new(facts: &StreamFacts<'_>) -> Self {
        Self {
            stamp: Stamp::new(facts.model, facts.provider, facts.created).of_completion(facts.request_id),
            include_usage: facts.include_usage,
            choices: BTreeMap::new(),
            unfinished: 0,
            held: Vec::new(),
            held_bytes: 0,
            usage: Usage::default(),
            usage_text: None,
            has_usage_chunk: false,
            produced_bytes: 0,
            repeats: Repeats::default(),
            done: false,
        }
    }

    fn is_complete(&self) -> bool {
        self.unfinished == 0 && !self.choices.is_empty()
    }

    fn note(&mut self, chunk: &Chunk<'_>) -> Result<(), StreamFault> {
        self.produced_bytes += chunk.produced_bytes();
        if self.usage.served_model.is_none() {
            self.usage.served_model = chunk.served_model();
        }
        if let Some(text) = chunk.told_usage() {
            let usage = chunk.served(&Usage::from_canonical(text));
            self.usage.merge(usage);
            if usage.is_told() || self.usage_text.is_none() {
                self.usage_text = Some(completed(text, &usage).unwrap_or_else(|| text.to_owned()));
            }
        }
        for choice in chunk.choices() {
            let finished = self.choices.entry(choice.index()).or_insert_with(|| {
                self.unfinished += 1;
                false
            });
            if !*finished && choice.finish_reason().is_some() {
                *finished = true;
                self.unfinished -= 1;
            }
        }
        check(self.choices.len(), CHOICES, "choices")
    }

    fn pass(&mut self, text: &str, chunk: &Chunk<'_>, out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let is_usage = chunk.is_usage_only();
        if self.held_bytes > ENDING_BYTES {
            return Err(StreamFault::malformed("it goes on after its last finish_reason"));
        }
        self.note(chunk)?;
        let pushed = Pushed {
            content: chunk.is_content(),
            alive: chunk.is_alive(),
        };
        if is_usage && !self.include_usage {
            return Ok(pushed);
        }
        self.has_usage_chunk |= is_usage;
        if chunk.goes_on() || !self.is_complete() {
            self.held_bytes = 0;
            for held in std::mem::take(&mut self.held) {
                self.write(&held.text, &held.places, out);
            }
        }
        let places = chunk.places(text);
        if self.is_complete() {
            self.held_bytes += text.len() + ENTRY_BYTES;
            self.held.push(Held {
                text: text.to_owned(),
                places,
            });
        } else {
            let start = out.len();
            self.write(text, &places, out);
            self.repeats.keep(text, chunk, &out[start..]);
        }
        Ok(pushed)
    }

    fn write(&self, text: &str, places: &Places, out: &mut Vec<u8>) {
        let edits = [self.stamp.set_model(places), self.stamp.set_created(text, places)];
        let Some(id) = self.stamp.set_id(text, places) else {
            return write_event(out, None, |out| set_members(text, &edits, out));
        };
        let [model, created] = edits;
        write_event(out, None, |out| set_members(text, &[model, created, id], out));
    }

    /// The usage chunk that the client asked for and the upstream left out, if it reported the usage elsewhere.
    fn missing_usage_chunk(&self, text: &str, places: &Places, latency_ms: &str) -> Option<String> {
        if !self.include_usage || self.has_usage_chunk {
            return None;
        }
        let usage = self.usage_text.as_deref()?;
        let id = self.stamp.id_of(text, places);
        let created = self.stamp.created_of(text, places);
        let Stamp { model, provider, .. } = &self.stamp;
        Some(format!(
            r#"{{"id":{id},"object":"chat.completion.chunk","created":{created},"model":{model},"choices":[],"usage":{usage},"latency_ms":{latency_ms},"provider":{provider}}}"#
        ))
    }
}

impl StreamReader for ChatReader {
    /// The chunk's text stays as it is but for `model`, a missing `created`, an empty `id`, line breaks between members, and what
    /// OpenAI's SDKs could not read. An object that has nothing of a chunk is left out.
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let (nothing, data) = (Pushed::NOTHING, data.trim_ascii());
        match data {
            _ if self.done => return Ok(nothing),
            b"" => return Ok(nothing),
            b"[DONE]" => {
                self.done = true;
                return Ok(nothing);
            }
            _ => {}
        }
        if !self.is_complete()
            && let Some(differing) = self.repeats.differing(data)
        {
            self.produced_bytes += string_bytes(differing.text);
            self.repeats.write(differing, out);
            return Ok(Pushed::content(true));
        }
        let (text, chunk) = Chunk::read(data)?;
        if !chunk.has_choices() {
            return match chunk.usage() {
                _ if chunk.says_what_went_wrong() => Err(StreamFault::from_error(text)),
                None => Ok(nothing),
                Some(_) => self.push(&with_choices(text)?, out),
            };
        }
        chunk.check()?;
        match chunk.in_plain_words(text)? {
            None => self.pass(text, &chunk, out),
            Some(plain) => {
                let (text, chunk) = Chunk::read(&plain)?;
                self.pass(text, &chunk, out)
            }
        }
    }

    /// Appends the last chunk, with `latency_ms` and `provider`, and `[DONE]`. The stream is complete if at least one
    /// choice was seen and each has its finish reason.
    fn finish(&mut self, latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if !self.is_complete() {
            return Err(StreamFault::without_end("a finish_reason", self.done));
        }
        self.done = true;
        let mut held = std::mem::take(&mut self.held);
        let Some(Held { text, places }) = held.pop() else {
            return Ok(());
        };
        for held in held {
            self.write(&held.text, &held.places, out);
        }
        let latency_ms = latency_ms.to_string();
        if let Some(usage) = self.missing_usage_chunk(&text, &places, &latency_ms) {
            self.write(&text, &places, out);
            write_event(out, None, |out| out.extend_from_slice(usage.as_bytes()));
        } else {
            let mut edits = vec![
                self.stamp.set_model(&places),
                self.stamp.set_created(&text, &places),
                set_latency(&latency_ms, &places),
                self.stamp.set_provider(&places),
            ];
            edits.extend(self.stamp.set_id(&text, &places));
            write_event(out, None, |out| set_members(&text, &edits, out));
        }
        out.extend_from_slice(DONE);
        Ok(())
    }

    fn done(&self) -> bool {
        self.done
    }

    fn usage(&self) -> Usage {
        self.usage
    }

    fn produced_bytes(&self) -> u64 {
        self.produced_bytes
    }
}

/// The chunk with an empty list of choices, as OpenAI's usage chunk has it.
fn with_choices(text: &str) -> Result<Vec<u8>, StreamFault> {
    Members::of(text)
        .map(|members| members.with(&[("choices", Some("[]"))]))
        .map_err(|error| StreamFault::malformed(error.to_string()))
}
