//! A canonical stream on its way to the client: chunks in, server-sent events out.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::chunk::Chunk;
use super::envelope::{Places, Stamp, set_latency};
use crate::fault::StreamFault;
use crate::json::set_members;
use crate::sse::write_event;
pub use crate::summary::Pushed;
use crate::words::usage::Usage;

/// What the client of a stream is to see.
#[derive(Debug, Clone)]
pub struct StreamOptions {
    /// The model as the client named it; it replaces the upstream's name in every chunk.
    pub model: String,
    /// The provider's name, for the last chunk.
    pub provider: String,
    /// The client asked for `stream_options.include_usage`.
    pub include_usage: bool,
    /// The time to give where the upstream gives none, in seconds since 1970.
    pub created: u64,
}

/// Reads one canonical stream.
///
/// Once every choice that was seen has its finish reason, one chunk is held back: the last one before
/// `[DONE]` carries `latency_ms` and `provider`, and a stream that breaks off must not look finished.
#[derive(Debug)]
pub struct StreamReader {
    stamp: Stamp,
    include_usage: bool,
    /// The finish reason of each choice that was seen, by index.
    choices: BTreeMap<u64, Option<String>>,
    /// How many of them have none yet.
    unfinished: usize,
    /// Present whenever the stream could end here.
    held: Option<Held>,
    /// The last usage object, as text.
    usage: Option<String>,
    /// The upstream sent the usage in a chunk of its own.
    has_usage_chunk: bool,
    produced_bytes: u64,
    done: bool,
}

#[derive(Debug)]
struct Held {
    text: String,
    places: Places,
}

// === impl StreamReader ===

impl StreamReader {
    /// A reader for one attempt's stream.
    pub fn new(options: &StreamOptions) -> Self {
        Self {
            stamp: Stamp::new(&options.model, &options.provider, options.created),
            include_usage: options.include_usage,
            choices: BTreeMap::new(),
            unfinished: 0,
            held: None,
            usage: None,
            has_usage_chunk: false,
            produced_bytes: 0,
            done: false,
        }
    }

    /// Reads one chunk (the data of an SSE event, or a line of a plugin's chunks) and appends to `out` the
    /// events that may go to the client now. The chunk's text stays as it is but for `model`, a missing
    /// `created`, and line breaks between members. Empty data, and all after `[DONE]`, is ignored.
    /// Step 10 of a request's life (ARCHITECTURE.md).
    ///
    /// # Errors
    /// `Upstream` if the chunk reports an error, `Malformed` if it is not a chunk. Nothing was written
    /// then, and the stream must not be read on.
    pub fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let nothing = Pushed { content: false };
        match data.trim_ascii() {
            _ if self.done => return Ok(nothing),
            b"" => return Ok(nothing),
            b"[DONE]" => {
                self.done = true;
                return Ok(nothing);
            }
            _ => {}
        }
        let (text, chunk) = Chunk::read(data)?;
        self.note(&chunk);
        if chunk.is_usage_only() {
            if !self.include_usage {
                return Ok(nothing);
            }
            self.has_usage_chunk = true;
        }
        if let Some(held) = self.held.take() {
            self.write(&held.text, &held.places, out);
        }
        let places = chunk.places(text);
        if self.is_complete() {
            self.held = Some(Held {
                text: text.to_owned(),
                places,
            });
        } else {
            self.write(text, &places, out);
        }
        Ok(Pushed {
            content: chunk.is_content(),
        })
    }

    /// Ends the stream: at `[DONE]`, at the plugin's word, or at the clean end of the body. Appends the last
    /// chunk, with `latency_ms` and `provider`, and `[DONE]`.
    ///
    /// # Errors
    /// Unless at least one choice was seen and each has its finish reason: `Malformed` if the upstream
    /// said `[DONE]` all the same, else `Truncated`. Nothing was written then.
    pub fn finish(&mut self, latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if !self.is_complete() {
            return Err(if self.done {
                StreamFault::Malformed("it ends with [DONE] but without a finish_reason".to_owned())
            } else {
                StreamFault::Truncated
            });
        }
        self.done = true;
        let Some(Held { text, places }) = self.held.take() else {
            return Ok(());
        };
        let latency_ms = latency_ms.to_string();
        if let Some(usage) = self.missing_usage_chunk(&text, &places, &latency_ms) {
            self.write(&text, &places, out);
            write_event(out, None, |out| out.extend_from_slice(usage.as_bytes()));
        } else {
            let edits = [
                self.stamp.set_model(&places),
                self.stamp.set_created(&text, &places),
                set_latency(&latency_ms, &places),
                self.stamp.set_provider(&places),
            ];
            write_event(out, None, |out| set_members(&text, &edits, out));
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
        Ok(())
    }

    /// True once `[DONE]` was read: what follows it does not belong to the stream.
    pub fn done(&self) -> bool {
        self.done
    }

    /// The usage that was last reported, also if the client did not ask for it.
    pub fn usage(&self) -> Usage {
        self.usage.as_deref().map(Usage::from_openai).unwrap_or_default()
    }

    /// The finish reason of the first choice, once it has one.
    pub fn finish_reason(&self) -> Option<&str> {
        self.choices.first_key_value()?.1.as_deref()
    }

    /// Bytes of text, reasoning and arguments of calls so far, for an estimate where no usage is reported.
    pub fn produced_bytes(&self) -> u64 {
        self.produced_bytes
    }

    fn is_complete(&self) -> bool {
        self.unfinished == 0 && !self.choices.is_empty()
    }

    fn note(&mut self, chunk: &Chunk<'_>) {
        self.produced_bytes += chunk.produced_bytes();
        if let Some(usage) = chunk.usage() {
            self.usage = Some(usage.to_owned());
        }
        for choice in chunk.choices() {
            let reason = self.choices.entry(choice.index()).or_insert_with(|| {
                self.unfinished += 1;
                None
            });
            if let (None, Some(given)) = (reason.as_ref(), choice.finish_reason()) {
                *reason = Some(given.to_owned());
                self.unfinished -= 1;
            }
        }
    }

    fn write(&self, text: &str, places: &Places, out: &mut Vec<u8>) {
        let edits = [self.stamp.set_model(places), self.stamp.set_created(text, places)];
        write_event(out, None, |out| set_members(text, &edits, out));
    }

    /// The usage chunk that the client asked for and the upstream left out, if it told the usage elsewhere.
    fn missing_usage_chunk(&self, text: &str, places: &Places, latency_ms: &str) -> Option<String> {
        if !self.include_usage || self.has_usage_chunk {
            return None;
        }
        let usage = self.usage.as_deref()?;
        let id = places.id.clone().map_or("\"\"", |place| &text[place]);
        let created = self.stamp.created_of(text, places);
        let Stamp { model, provider, .. } = &self.stamp;
        Some(format!(
            r#"{{"id":{id},"object":"chat.completion.chunk","created":{created},"model":{model},"choices":[],"usage":{usage},"latency_ms":{latency_ms},"provider":{provider}}}"#
        ))
    }
}
