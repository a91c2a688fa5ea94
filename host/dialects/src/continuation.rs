//! Continuing a plain-text stream that broke off: another target gets the text so far as a prefill, and the client reads
//! one stream.
//!
//! [`Continuation`] knows the request and writes the one that continues it. `leg` reads the chunks of a continued
//! stream, and `seam` joins the texts.

mod leg;
mod seam;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use self::leg::Leg;
use crate::fault::StreamFault;
use crate::interruption::Interruption;
use crate::json::Members;
use crate::reader::{Pushed, StreamReader};
use crate::request::max_tokens;
use crate::words::tokens::estimate_tokens;
use crate::words::usage::Usage;

/// The members of a request that make its answer more than plain text, or need the state of one upstream.
const MORE_THAN_TEXT: [&str; 11] = [
    "audio",
    "function_call",
    "functions",
    "logprobs",
    "modalities",
    "prediction",
    "reasoning",
    "reasoning_effort",
    "response_format",
    "thinking",
    "tools",
];

/// A chat request whose answer can be continued elsewhere if its stream breaks off.
#[derive(Debug, Clone)]
pub struct Continuation {
    /// The canonical request.
    request: Arc<[u8]>,
    /// Its limit of output tokens.
    max_tokens: Option<u64>,
}

/// Reads the streams of several attempts as one.
#[derive(Debug)]
pub struct ContinuedReader {
    client: Box<dyn StreamReader>,
    continuation: Continuation,
    leg: Leg,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    role: Option<&'a RawValue>,
}

// === impl Continuation ===

impl Continuation {
    /// The continuation of a canonical chat request; `None` if its answer may be anything but one plain text: with
    /// tools, reasoning, structured output or several choices, or if the conversation ends with a prefill already.
    pub fn of(canonical: &[u8]) -> Option<Self> {
        let members = Members::parse(canonical).ok()?;
        let given = |key: &&str| members.get(key).is_some_and(|value| value.get() != "null");
        let one = members.get("n").is_none_or(|n| matches!(n.get(), "null" | "1"));
        if MORE_THAN_TEXT.iter().any(given) || !one {
            return None;
        }
        let messages: Vec<Message<'_>> = serde_json::from_str(members.get("messages")?.get()).ok()?;
        let last = messages.last()?.role?.get();
        (last == "\"user\"").then(|| Self {
            max_tokens: max_tokens(&members),
            request: canonical.into(),
        })
    }

    /// A reader for the stream that answers the request. `client` writes what the client gets, from canonical chunks.
    pub fn reader(self, client: Box<dyn StreamReader>) -> ContinuedReader {
        ContinuedReader {
            client,
            continuation: self,
            leg: Leg::default(),
        }
    }

    /// The canonical request that continues after `text`: with a last message of the assistant, and a limit of output
    /// tokens without those that were produced. `None` if no tokens are left.
    fn request(&self, text: &str) -> Option<Vec<u8>> {
        let members = Members::parse(&self.request).ok()?;
        let messages = members.get("messages")?.get().trim_end().strip_suffix(']')?;
        let prefill = serde_json::to_string(seam::prefill(text)).ok()?;
        let messages = format!(r#"{messages},{{"role":"assistant","content":{prefill}}}]"#);
        let left = match self.max_tokens {
            None => None,
            Some(limit) => Some(
                limit
                    .checked_sub(estimate_tokens(text.len() as u64))
                    .filter(|left| *left > 0)?,
            ),
        };
        let left = left.map(|left| left.to_string());
        let limit = |key| {
            let given = members.get(key).is_some_and(|value| value.get() != "null");
            left.as_deref().filter(|_| given).map(|left| (key, Some(left)))
        };
        let edits = [
            Some(("messages", Some(messages.as_str()))),
            limit("max_tokens"),
            limit("max_completion_tokens"),
        ];
        let edits: Vec<_> = edits.into_iter().flatten().collect();
        Some(members.with(&edits))
    }
}

// === impl ContinuedReader ===

impl StreamReader for ContinuedReader {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        if self.client.done() {
            return Ok(Pushed::NOTHING);
        }
        let Some(chunks) = self.leg.read(data) else {
            return self.client.push(data, out);
        };
        // Even a chunk that the client gets nothing of shows that the model is at work.
        let mut all = Pushed {
            alive: true,
            ..Pushed::NOTHING
        };
        for chunk in chunks {
            all.content |= self.client.push(chunk.as_bytes(), out)?.content;
        }
        Ok(all)
    }

    fn finish(&mut self, latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if let Some(chunk) = self.leg.rest() {
            self.client.push(chunk.as_bytes(), out)?;
        }
        self.client.finish(latency_ms, out)
    }

    fn next_leg(&mut self) -> Option<Vec<u8>> {
        let request = self.continuation.request(self.leg.text()?)?;
        let prompt_tokens = estimate_tokens(self.continuation.request.len() as u64);
        self.leg.begin(&self.client.usage(), prompt_tokens);
        Some(request)
    }

    fn interrupted(&mut self, by: Interruption<'_>) -> Option<Vec<u8>> {
        self.client.interrupted(by)
    }

    fn whole(&mut self) -> Option<Vec<u8>> {
        self.client.whole()
    }

    fn done(&self) -> bool {
        self.client.done()
    }

    /// The usage of all attempts together. What broke off without reporting its own is estimated.
    fn usage(&self) -> Usage {
        self.leg.usage(&self.client.usage())
    }

    fn produced_bytes(&self) -> u64 {
        self.client.produced_bytes()
    }
}
