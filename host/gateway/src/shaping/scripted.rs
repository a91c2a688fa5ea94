//! Shapers for tests, which do as they are told.

use std::fmt::{self, Debug, Formatter};
use std::future::ready;
use std::sync::Arc;

use bytes::Bytes;
use jackfield_config::{Grant, OnFailure};
use jackfield_dialects::Operation;

use super::shaper::{Answer, Call, Calls, Hold, Runner, Shaper};
use super::verdict::{Decided, Fragment, Part, Refusal, Released, Told, Trouble, Verdict};

type Shape = dyn Fn(&[Part<'_>]) -> Result<Verdict, Trouble> + Send + Sync;
type ShapeText = dyn Fn(&[u8], Fragment<'_>) -> Result<Released, Trouble> + Send + Sync;

/// What a shaper does.
pub(crate) struct Script {
    /// With requests and buffered replies.
    pub(crate) shape: Box<Shape>,
    /// With pieces of streams.
    pub(crate) text: Box<ShapeText>,
    /// Whether it does so with every such request.
    pub(crate) repeatable: bool,
}

impl Calls for Script {
    fn request<'a>(&'a self, _: Call<'a>, parts: &'a [Part<'a>]) -> Answer<'a, Decided> {
        let verdict = (self.shape)(parts);
        Box::pin(ready(verdict.map(|verdict| Decided {
            verdict,
            repeatable: self.repeatable,
        })))
    }

    fn reply<'a>(&'a self, _: Call<'a>, _: &'a Bytes, parts: &'a [Part<'a>]) -> Answer<'a, Verdict> {
        Box::pin(ready((self.shape)(parts)))
    }

    fn text<'a>(&'a self, _: Call<'a>, state: &'a Bytes, piece: Fragment<'a>) -> Answer<'a, Released> {
        Box::pin(ready((self.text)(state, piece)))
    }
}

impl Debug for Script {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

/// A shaper of this name that does this, and sees everything.
pub(crate) fn shaper(name: &str, script: Script) -> Shaper {
    Shaper {
        name: name.into(),
        runner: Runner::Plugin(Arc::new(script)),
        settings: Bytes::from_static(b"{}"),
        sees: vec![Grant::Texts, Grant::Reply, Grant::ToolArguments, Grant::Reasoning],
        sees_parameters: true,
        operations: Vec::new(),
        hold: Hold::Window(64),
        on_failure: OnFailure::Refuse,
        memo: None,
        tally: Arc::default(),
    }
}

/// Does this with requests and buffered replies, and leaves streams alone.
pub(crate) fn shapes(shape: impl Fn(&[Part<'_>]) -> Result<Verdict, Trouble> + Send + Sync + 'static) -> Script {
    Script {
        shape: Box::new(shape),
        text: Box::new(|_, piece| Ok(released(piece, piece.text.len(), piece.text))),
        repeatable: true,
    }
}

/// Does this with pieces of streams, and lets requests pass.
pub(crate) fn streams(
    text: impl Fn(&[u8], Fragment<'_>) -> Result<Released, Trouble> + Send + Sync + 'static,
) -> Script {
    Script {
        shape: Box::new(|_| Ok(Verdict::Pass)),
        text: Box::new(text),
        repeatable: true,
    }
}

/// Puts another word in place of one, wherever a text is cut.
pub(crate) fn replaces(word: &'static str, other: &'static str) -> Script {
    streams(move |_, piece| {
        let mut taken = piece.text.rfind(word).map_or(0, |at| at + word.len());
        let rest = &piece.text[taken..];
        let may_go_on = |at: &usize| word.starts_with(&rest[*at..]);
        let starts = rest.char_indices().map(|(at, _)| at);
        let held = starts.filter(may_go_on).find(|_| !piece.last);
        taken += held.unwrap_or(rest.len());
        Ok(released(piece, taken, &piece.text[..taken].replace(word, other)))
    })
}

/// This much is taken, and this text given for it.
pub(crate) fn released(piece: Fragment<'_>, taken: usize, text: &str) -> Released {
    let _ = piece;
    Released {
        taken,
        text: text.to_owned(),
        ..Released::default()
    }
}

/// A refusal.
pub(crate) fn refusal() -> Refusal {
    Refusal::new("Not here.".to_owned(), "not_here", 403)
}

/// What shapers are told of some request.
pub(crate) fn told(operation: Operation) -> Told {
    Told {
        id: "r".into(),
        operation,
        dialect: jackfield_dialects::canonical().name(),
        model: "m".into(),
        stream: false,
        plan: String::new(),
        user: String::new(),
        parameters: Bytes::from_static(b"{}"),
        spent: Arc::default(),
    }
}
