//! A kept answer, and how it is given again.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jackfield_config::CacheReplay;
use jackfield_dialects::words::usage::Usage;
use tokio::time::Instant;

use super::replay::Replay;
use crate::attempt::UpstreamStream;
use crate::record::{CacheUse, Cached};
use crate::routing::{Answer, ClientStream, WholeAnswer};

/// What an answer takes beside its text, about.
const ENTRY_BYTES: usize = 512;

/// An upstream's answer in its client's dialect, before the shapers of any request have seen it.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The reply, or all events of the stream.
    pub(super) text: Bytes,
    /// What it is besides.
    pub(super) form: Form,
    /// The tokens that the upstream reported.
    pub(super) usage: Usage,
    /// Bytes of text that the model produced.
    pub(super) produced_bytes: u64,
    /// What its upstream was not sent of the request.
    pub(super) dropped: String,
    /// When it was answered.
    pub(super) at: SystemTime,
}

/// In how many pieces an answer came.
#[derive(Debug)]
pub(super) enum Form {
    /// In one.
    Whole,
    /// As a stream.
    Stream {
        /// Its pieces.
        marks: Vec<Mark>,
        /// What it said in the form of a whole reply, if later requests may refer to it.
        whole: Option<Bytes>,
    },
}

/// One piece of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// How long after the first piece it came.
    pub(super) after: Duration,
    /// Where it ends in the text.
    pub(super) end: usize,
}

// === impl Kept ===

impl Kept {
    /// A reply in one piece.
    pub(super) fn whole(answer: &WholeAnswer, dropped: String) -> Self {
        Self {
            text: Bytes::copy_from_slice(&answer.body),
            form: Form::Whole,
            usage: answer.usage,
            produced_bytes: answer.produced_bytes,
            dropped,
            at: SystemTime::now(),
        }
    }

    /// How many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let form = match &self.form {
            Form::Whole => 0,
            Form::Stream { marks, whole } => size_of_val(&**marks) + whole.as_ref().map_or(0, Bytes::len),
        };
        self.text.len() + form + self.dropped.len() + ENTRY_BYTES
    }

    /// What is told of it to those who get it.
    pub(crate) fn told(&self, by: CacheUse) -> Cached {
        Cached {
            by,
            age: self.at.elapsed().unwrap_or_default(),
            dropped: self.dropped.clone(),
        }
    }

    /// The answer once more, for a request that arrived at `received`.
    pub(crate) fn answer(&self, replay: CacheReplay, received: Instant) -> Answer<UpstreamStream> {
        let (usage, produced_bytes) = (self.usage, self.produced_bytes);
        match &self.form {
            Form::Whole => Answer::Whole(WholeAnswer {
                body: self.text.to_vec(),
                usage,
                produced_bytes,
                told: None,
            }),
            Form::Stream { marks, whole } => {
                let reader = Replay::new(&usage, produced_bytes, whole.clone());
                let pieces = UpstreamStream::kept(self.pieces(marks, replay));
                let stream = ClientStream::replayed(pieces, Box::new(reader), received);
                Answer::Stream(Box::new(stream))
            }
        }
    }

    /// The pieces of a stream, each with the time when it is due.
    fn pieces(&self, marks: &[Mark], replay: CacheReplay) -> VecDeque<(Instant, Bytes)> {
        let now = Instant::now();
        if replay == CacheReplay::AtOnce {
            return VecDeque::from([(now, self.text.clone())]);
        }
        let mut begin = 0;
        let piece = |mark: &Mark| {
            let piece = self.text.slice(begin..mark.end);
            begin = mark.end;
            (now + mark.after, piece)
        };
        marks.iter().map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::Then;

    const FIRST: &str = "data: a\n\n";
    const SECOND: &str = "data: b\n\n";

    fn kept() -> Kept {
        let mark = |millis, end| Mark {
            after: Duration::from_millis(millis),
            end,
        };
        Kept {
            text: Bytes::from([FIRST, SECOND].concat()),
            form: Form::Stream {
                marks: vec![mark(0, FIRST.len()), mark(300, FIRST.len() + SECOND.len())],
                whole: Some(Bytes::from_static(b"{}")),
            },
            usage: Usage {
                output_tokens: Some(7),
                ..Usage::default()
            },
            produced_bytes: 2,
            dropped: "top_k".to_owned(),
            at: SystemTime::now(),
        }
    }

    /// The pieces, each with the milliseconds after which it came.
    async fn replayed(replay: CacheReplay) -> Vec<(u128, String)> {
        let began = Instant::now();
        let Answer::Stream(mut stream) = kept().answer(replay, began) else {
            return Vec::new();
        };
        let mut pieces = Vec::new();
        loop {
            let piece = stream.next().await;
            let text = String::from_utf8_lossy(&piece.events).into_owned();
            pieces.push((began.elapsed().as_millis(), text));
            if piece.then != Then::More {
                assert_eq!(piece.then, Then::End);
                break;
            }
        }
        let said = (stream.usage().output_tokens, stream.whole());
        assert_eq!(said, (Some(7), Some(b"{}".to_vec())));
        assert!(stream.first_content().is_some());
        pieces
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_comes_again_at_once_or_in_its_rhythm() {
        let at_once = replayed(CacheReplay::AtOnce).await;
        assert_eq!(at_once.len(), 1);
        assert!(
            at_once[0].0 < 5 && at_once[0].1 == [FIRST, SECOND].concat(),
            "{at_once:?}"
        );
        let in_rhythm = replayed(CacheReplay::InRhythm).await;
        let texts: Vec<&str> = in_rhythm.iter().map(|(_, text)| &**text).collect();
        assert_eq!(texts, [FIRST, SECOND]);
        assert!(
            in_rhythm[0].0 < 5 && (300..305).contains(&in_rhythm[1].0),
            "{in_rhythm:?}"
        );
    }

    #[test]
    fn it_tells_its_age_and_what_was_left_out() {
        let told = kept().told(CacheUse::Hit);
        assert_eq!((told.by, &*told.dropped), (CacheUse::Hit, "top_k"));
        assert!(told.age < Duration::from_mins(1));
    }
}
