//! What a stream tells whoever keeps it for later: its pieces as they go out, and what it was once it has ended well.

use std::fmt;

use bytes::Bytes;
use jackfield_dialects::StreamReader;
use jackfield_dialects::words::usage::Usage;

use crate::attempt::Then;

/// Keeps a stream. Dropped if the stream does not end well.
pub(crate) trait Keeper: fmt::Debug + Send {
    /// These events have gone out.
    fn piece(&mut self, events: &Bytes);

    /// The stream has come to its own end.
    fn ended(self: Box<Self>, said: Said);
}

/// What a stream was, once it has ended well.
#[derive(Debug)]
pub(crate) struct Said {
    /// The tokens that the upstream reported.
    pub(crate) usage: Usage,
    /// Bytes of text that the model produced.
    pub(crate) produced_bytes: u64,
    /// What it said in the form of a whole reply, if later requests may refer to it.
    pub(crate) whole: Option<Vec<u8>>,
}

/// Who keeps a stream, if anybody does.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    keeper: Option<Box<dyn Keeper>>,
    /// What the finished stream said, which its reader tells once.
    whole: Option<Vec<u8>>,
}

// === impl Keeping ===

impl Keeping {
    /// Somebody keeps it.
    pub(super) fn by(keeper: Box<dyn Keeper>) -> Self {
        Self {
            keeper: Some(keeper),
            whole: None,
        }
    }

    /// Nobody does any longer.
    pub(super) fn stop(&mut self) {
        self.keeper = None;
    }

    /// Tells of events that go out, and of what follows them.
    pub(super) fn take(&mut self, events: &Bytes, then: &Then, reader: &mut dyn StreamReader) {
        let Some(mut keeper) = self.keeper.take() else { return };
        if !events.is_empty() {
            keeper.piece(events);
        }
        match then {
            Then::More => self.keeper = Some(keeper),
            Then::Broke(_) => {}
            Then::End => {
                self.whole = reader.whole();
                keeper.ended(Said {
                    usage: reader.usage(),
                    produced_bytes: reader.produced_bytes(),
                    whole: self.whole.clone(),
                });
            }
        }
    }

    /// What the finished stream said; told once.
    pub(super) fn whole(&mut self) -> Option<Vec<u8>> {
        self.whole.take()
    }
}
