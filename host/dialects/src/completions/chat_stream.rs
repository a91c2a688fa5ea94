//! A chat's stream as that of a completion.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::reply::{ChatChoice, rewritten};
use crate::fault::StreamFault;
use crate::json::raw::is_given;
use crate::reader::{Pushed, StreamReader};
use crate::sse::{data, write_event};
use crate::words::usage::Usage;

/// The last event of a stream.
const DONE: &str = "[DONE]";

/// Reads a chat's stream, and writes what it says as chunks of a completion.
#[derive(Debug)]
pub(super) struct ChatAsCompletion {
    chat: Box<dyn StreamReader>,
    /// The chat's events, until they are rewritten.
    events: Vec<u8>,
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    choices: Vec<ChatChoice<'a>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
}

// === impl ChatAsCompletion ===

impl ChatAsCompletion {
    /// Writes what `chat` reads.
    pub(super) fn new(chat: Box<dyn StreamReader>) -> Self {
        Self {
            chat,
            events: Vec::new(),
        }
    }

    fn rewrite(&mut self, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        let (events, mut written) = (std::mem::take(&mut self.events), Vec::new());
        let text = std::str::from_utf8(&events).map_err(|_| StreamFault::malformed("it is not UTF-8"))?;
        for event in text.split_inclusive("\n\n") {
            match data(event.as_bytes()) {
                Some((_, DONE)) => written.extend_from_slice(event.as_bytes()),
                Some((_, chunk)) if says_something(chunk) => {
                    let chunk = rewritten(chunk.as_bytes(), "")?;
                    write_event(&mut written, None, |out| out.extend_from_slice(&chunk));
                }
                _ => {}
            }
        }
        out.append(&mut written);
        Ok(())
    }
}

/// False for a chunk that tells of nothing but a role, of thinking, or of calls.
fn says_something(chunk: &str) -> bool {
    let chunk: Option<Chunk<'_>> = serde_json::from_str(chunk).ok();
    chunk.is_some_and(|chunk| chunk.usage.is_some_and(is_given) || chunk.choices.iter().any(ChatChoice::says_something))
}

impl StreamReader for ChatAsCompletion {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        let pushed = self.chat.push(data, &mut self.events)?;
        self.rewrite(out)?;
        Ok(pushed)
    }

    fn finish(&mut self, latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        self.chat.finish(latency_ms, &mut self.events)?;
        self.rewrite(out)
    }

    fn next_leg(&mut self) -> Option<Vec<u8>> {
        self.chat.next_leg()
    }

    fn done(&self) -> bool {
        self.chat.done()
    }

    fn usage(&self) -> Usage {
        self.chat.usage()
    }

    fn produced_bytes(&self) -> u64 {
        self.chat.produced_bytes()
    }
}
