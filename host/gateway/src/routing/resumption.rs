//! A stream that goes on after it broke off: what is left to try, and the attempt that is being made.

use std::fmt;

use super::legs::{Legs, Opened, Opening};
use crate::error::{Class, Failure};
use crate::record::Attempts;

pub(super) use super::legs::Leg;

/// Whether and how a stream goes on after it broke off.
pub(super) struct Resumption<S> {
    /// What is left to try; `None` if the stream is not continued, or while it is being opened.
    legs: Option<Box<dyn Legs<S>>>,
    opening: Option<Opening<S>>,
    /// Why the stream broke off, for the client if nobody goes on.
    broken: Option<Failure>,
    /// The classes of the failures so far that it was to go on after.
    breaks: Vec<Class>,
    attempts: Attempts,
}

// === impl Resumption ===

impl<S> Resumption<S> {
    /// Goes on with these targets.
    pub(super) fn with(legs: Box<dyn Legs<S>>) -> Self {
        Self {
            legs: Some(legs),
            ..Self::default()
        }
    }

    /// True if there is anything left to try.
    pub(super) fn is_possible(&self) -> bool {
        self.legs.is_some()
    }

    /// Begins to open another target with this request, after this failure.
    pub(super) fn begin(&mut self, request: Vec<u8>, failure: Failure) {
        if let Some(legs) = self.legs.take() {
            self.opening = Some(legs.open(request));
            self.breaks.push(failure.class);
            self.broken = Some(failure);
        }
    }

    /// Waits for the target that is being opened. `None` if there is none. Cancel safe.
    ///
    /// # Errors
    /// Why the stream broke off, if no target goes on.
    pub(super) async fn opened(&mut self) -> Option<Result<Leg<S>, Failure>> {
        let Opened { leg, attempts, left } = self.opening.as_mut()?.await;
        self.opening = None;
        self.attempts.extend(&attempts);
        self.legs = Some(left);
        let broken = self.broken.take()?;
        Some(leg.ok_or(broken))
    }

    /// The classes of the failures by which the stream broke off so far.
    pub(super) fn breaks(&self) -> &[Class] {
        &self.breaks
    }

    /// The attempts so far.
    pub(super) fn attempts(&self) -> &Attempts {
        &self.attempts
    }
}

impl<S> Default for Resumption<S> {
    /// The stream is not continued.
    fn default() -> Self {
        Self {
            legs: None,
            opening: None,
            broken: None,
            breaks: Vec::new(),
            attempts: Attempts::default(),
        }
    }
}

impl<S> fmt::Debug for Resumption<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resumption")
            .field("legs", &self.legs)
            .field("opening", &self.opening.is_some())
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
