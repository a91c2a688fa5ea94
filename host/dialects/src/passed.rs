//! A reply that is no JSON, such as sound: what comes is passed on as it comes.

use memchr::memmem;

use crate::fault::StreamFault;
use crate::json::Members;
use crate::reader::{Pushed, StreamReader};
use crate::subtitles::Transcript;
use crate::words::usage::Usage;

/// The media type of events.
const EVENTS: &str = "text/event-stream";

/// The media type of subtitles that is not one of texts.
const SUBRIP: &str = "application/x-subrip";

/// What the last event of such a stream says of itself: `speech.audio.done` and `transcript.text.done`.
///
/// Source: <https://platform.openai.com/docs/api-reference/audio/speech-audio-done-event>.
const DONE: &[u8] = b".done\"";

/// The most bytes of a stream's end that are kept, in search of what it says of itself.
const ENDING: usize = 256 << 10;

/// Passes one reply on.
#[derive(Debug)]
pub struct Passed {
    is_events: bool,
    /// What is read if it is text; `None` if it is anything else.
    transcript: Option<Transcript>,
    /// The end of a stream of events.
    ending: Vec<u8>,
    is_done: bool,
    is_empty: bool,
    /// What the adapter knows of its usage.
    told: Usage,
}

// === impl Passed ===

impl Passed {
    /// Passes a reply of this media type.
    #[must_use]
    pub fn new(media_type: &str) -> Self {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let is_events = essence.eq_ignore_ascii_case(EVENTS);
        let kind = essence.split('/').next().unwrap_or_default();
        let is_text = !is_events && (kind.eq_ignore_ascii_case("text") || essence.eq_ignore_ascii_case(SUBRIP));
        Self {
            is_events,
            transcript: is_text.then(Transcript::default),
            ending: Vec::new(),
            is_done: false,
            is_empty: true,
            told: Usage::default(),
        }
    }

    /// The same of a reply whose adapter knows what it used. What the reply says of itself counts more.
    #[must_use]
    pub fn telling(self, usage: Usage) -> Self {
        Self { told: usage, ..self }
    }

    /// What the last event says of itself, or how long the recording of subtitles is.
    fn said(&self) -> Usage {
        if let Some(transcript) = &self.transcript {
            return Usage {
                recording_ms: transcript.length_ms,
                ..Usage::default()
            };
        }
        let text = String::from_utf8_lossy(&self.ending);
        let at = text.rfind("\"usage\":").filter(|_| self.is_done);
        let object = at.map(|at| &text[at + "\"usage\":".len()..]);
        let object = object.and_then(|object| {
            serde_json::Deserializer::from_str(object)
                .into_iter::<Box<serde_json::value::RawValue>>()
                .next()
        });
        match object {
            Some(Ok(usage)) if Members::of(usage.get()).is_ok() => Usage::from_canonical(usage.get()),
            _ => Usage::default(),
        }
    }

    /// Keeps the end of a stream of events from where its last event may begin.
    fn keep(&mut self, data: &[u8]) {
        self.ending.extend_from_slice(data);
        self.is_done |= memmem::find(&self.ending, DONE).is_some();
        if !self.is_done {
            let kept = self.ending.len().min(DONE.len() - 1);
            self.ending.drain(..self.ending.len() - kept);
        } else if self.ending.len() > ENDING {
            self.ending.drain(..self.ending.len() - ENDING);
        }
    }
}

impl StreamReader for Passed {
    fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        self.is_empty &= data.is_empty();
        if self.is_events {
            self.keep(data);
        }
        if let Some(transcript) = &mut self.transcript {
            transcript.push(data);
        }
        out.extend_from_slice(data);
        Ok(Pushed::content(!data.is_empty()))
    }

    fn finish(&mut self, _latency_ms: u64, _out: &mut Vec<u8>) -> Result<(), StreamFault> {
        if self.is_empty {
            return Err(StreamFault::malformed("it is empty"));
        }
        if self.is_events && !self.is_done {
            return Err(StreamFault::Truncated);
        }
        Ok(())
    }

    fn done(&self) -> bool {
        false
    }

    fn usage(&self) -> Usage {
        let mut usage = self.told;
        usage.merge(self.said());
        usage
    }

    fn produced_bytes(&self) -> u64 {
        self.transcript.as_ref().map_or(0, |transcript| transcript.said_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Passed;
    use crate::fault::StreamFault;
    use crate::reader::StreamReader;
    use crate::words::usage::Usage;

    /// The outcome of a reply of this media type that comes in these pieces, and what it used.
    fn passed(media_type: &str, pieces: &[&str]) -> (Result<(), StreamFault>, Option<u64>) {
        let (mut reader, mut out) = (Passed::new(media_type), Vec::new());
        for piece in pieces {
            reader.push(piece.as_bytes(), &mut out).unwrap();
        }
        assert_eq!(out, pieces.concat().as_bytes());
        (reader.finish(1, &mut out), reader.usage().output_tokens)
    }

    #[test]
    fn sound_passes_as_it_comes_unless_there_is_none() {
        assert_eq!(passed("audio/mpeg", &["\u{1}", "ID3.done\""]), (Ok(()), None));
        assert!(matches!(passed("audio/mpeg", &[""]).0, Err(StreamFault::Malformed(_))));
    }

    #[test]
    fn a_text_tells_what_is_said_and_subtitles_how_long_it_takes() {
        let told = |media_type: &str, text: &str| {
            let mut reader = Passed::new(media_type);
            reader.push(text.as_bytes(), &mut Vec::new()).unwrap();
            (reader.produced_bytes(), reader.usage().recording_ms)
        };
        let cue = "1\n00:00:00,000 --> 00:00:04,500\nHi\n";
        assert_eq!(told("text/plain; charset=utf-8", cue), (5, Some(4_500)));
        assert_eq!(told("application/x-subrip", cue), (5, Some(4_500)));
        assert_eq!(told("Text/plain", "Hello"), (5, None));
        assert_eq!(told("audio/mpeg", cue), (0, None));
        let known = Usage {
            input_tokens: Some(7),
            ..Usage::default()
        };
        let usage = Passed::new("text/plain").telling(known).usage();
        assert_eq!(usage, known);
    }

    #[test]
    fn events_end_with_one_that_says_so_and_what_it_used_is_read() {
        let first = "data: {\"type\":\"transcript.text.delta\",\"delta\":\"a\"}\n\n";
        let last = "data: {\"type\":\"transcript.text.done\",\"text\":\"a\",\"usage\":{\"input_tokens\":1,\"output_tokens\":7}}\n\n";
        let media_type = "text/event-stream; charset=utf-8";
        assert_eq!(passed(media_type, &[first, last]), (Ok(()), Some(7)));
        let (begin, end) = last.split_at(last.find("one\"").unwrap());
        assert_eq!(passed(media_type, &[first, begin, end]), (Ok(()), Some(7)));
        assert_eq!(passed(media_type, &[first]), (Err(StreamFault::Truncated), None));
    }
}
