//! How a scenario is scored.

use std::fmt::{self, Display, Formatter};

use jackfield_tests::client::{Collected, Ending};

/// What a client got.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The whole answer.
    Rescued,
    /// An error that nobody takes for an answer.
    CleanError,
    /// Something that looks like an answer and is not the whole one.
    Wrong,
}

/// The score of one scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    Partial,
    Safe,
    Fail,
}

/// What was expected of the gateway besides an answer.
#[derive(Debug, Default)]
pub(super) struct Conduct {
    /// What it must not have done.
    pub(super) required: bool,
    /// What it should have done.
    pub(super) advised: bool,
}

// === impl Outcome ===

impl Outcome {
    /// What this stream is to a client who expects `answer`.
    pub(super) fn of(stream: &Collected, answer: &str) -> Self {
        let clean = stream.ending == Ending::Clean;
        let finished = stream.is_done() || stream.status == 200 && stream.finish_reason().is_some();
        match (stream.status, finished) {
            (200, true) if clean && stream.error().is_none() && stream.content() == answer => Self::Rescued,
            (200, false) if clean && stream.error().is_some() => Self::CleanError,
            // A plain error is no stream of events, so it does not end like one.
            (400.., _) if !matches!(stream.ending, Ending::Cut(_)) => Self::CleanError,
            _ => Self::Wrong,
        }
    }
}

// === impl Verdict ===

impl Verdict {
    /// The score of this outcome, where `ideal` is the best possible one.
    pub(super) fn of(outcome: &Outcome, ideal: &Outcome, conduct: &Conduct) -> Self {
        match outcome {
            _ if !conduct.required => Self::Fail,
            Outcome::Wrong => Self::Fail,
            outcome if outcome == ideal && conduct.advised => Self::Pass,
            outcome if outcome == ideal => Self::Partial,
            Outcome::Rescued => Self::Partial,
            Outcome::CleanError => Self::Safe,
        }
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Partial => "partial",
            Self::Safe => "safe",
            Self::Fail => "fail",
        })
    }
}
