//! One shaper of the configuration, whoever runs it.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use jackfield_config::{Grant, OnFailure};
use jackfield_dialects::{Operation, TextKind};

use super::guard::Guard;
use super::tally::{Called, Tally};
use super::verdict::{Decided, Fragment, Part, Released, Told, Trouble, Verdict};
use crate::error::{ErrorKind, GatewayError};
use crate::memo::Memo;
use tokio::time::Instant;

/// The parameters of a request, for a shaper that does not see them.
static NOTHING: Bytes = Bytes::from_static(b"{}");

/// A shaper, built with the snapshot and shared by all its requests.
#[derive(Debug)]
pub(crate) struct Shaper {
    /// Its name in the configuration.
    pub(crate) name: Arc<str>,
    /// Who runs it.
    pub(crate) runner: Runner,
    /// Its settings as JSON text.
    pub(crate) settings: Bytes,
    /// What it sees. Granted by the operator.
    pub(crate) sees: Vec<Grant>,
    /// Whether it sees the request's parameters, for which it needs no grant.
    pub(crate) sees_parameters: bool,
    /// The operations that it is for; empty for all.
    pub(crate) operations: Vec<String>,
    /// How much of a streamed text it leaves over.
    pub(crate) hold: Hold,
    /// What becomes of a request that it fails over.
    pub(crate) on_failure: OnFailure,
    /// What it has decided before, if that may decide other requests.
    pub(crate) memo: Option<Arc<Memo<Verdict>>>,
    /// What is counted of it.
    pub(crate) tally: Arc<Tally>,
}

/// Who runs a shaper.
#[derive(Debug)]
pub(crate) enum Runner {
    /// A plugin, in the sandbox.
    Plugin(Arc<dyn Calls>),
    /// A server that is asked by HTTP.
    Guard(Guard),
    /// Nobody: its plugin is not in force, for this reason.
    Nobody(String),
}

/// How much of a streamed text a shaper leaves over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Up to this many bytes.
    Window(usize),
    /// It gets each text in one piece, at its end.
    Whole,
}

/// What a call of a shaper's plugin will return.
pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send + 'a>>;

/// The three calls of a shaper's plugin. None takes longer than its deadline, besides the wait for a thread.
pub(crate) trait Calls: Debug + Send + Sync {
    /// Looks at a request.
    fn request<'a>(&'a self, call: Call<'a>, parts: &'a [Part<'a>]) -> Answer<'a, Decided>;

    /// Looks at a buffered reply.
    fn reply<'a>(&'a self, call: Call<'a>, state: &'a Bytes, parts: &'a [Part<'a>]) -> Answer<'a, Verdict>;

    /// Looks at a piece of a streamed reply.
    fn text<'a>(&'a self, call: Call<'a>, state: &'a Bytes, piece: Fragment<'a>) -> Answer<'a, Released>;
}

/// What all calls for a request have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    /// What the shaper is told of the request.
    pub(crate) told: &'a Arc<Told>,
    /// The shaper's settings as JSON text.
    pub(crate) settings: &'a Bytes,
    /// The request's parameters, as far as the shaper sees them.
    pub(crate) parameters: &'a Bytes,
}

// === impl Shaper ===

impl Shaper {
    /// Whether it looks at requests for this operation, and at their replies.
    pub(crate) fn is_for(&self, operation: Operation) -> bool {
        self.operations.is_empty() || self.operations.iter().any(|known| known == operation.as_str())
    }

    /// Whether it was granted this.
    pub(crate) fn sees(&self, what: Grant) -> bool {
        self.sees.contains(&what)
    }

    /// Whether it sees texts of this kind, in requests or replies of which it sees anything.
    pub(crate) fn sees_kind(&self, kind: TextKind) -> bool {
        match kind {
            TextKind::ToolArguments => self.sees(Grant::ToolArguments),
            TextKind::Reasoning => self.sees(Grant::Reasoning),
            _ => true,
        }
    }

    /// Whether it looks at the texts of replies.
    pub(crate) fn reads_replies(&self) -> bool {
        self.sees(Grant::Reply) && !matches!(self.runner, Runner::Nobody(_))
    }

    /// Refuses requests that need it while it is not in force.
    ///
    /// # Errors
    /// `SHAPER_UNAVAILABLE`, unless requests pass without it.
    pub(crate) fn check_in_force(&self) -> Result<(), GatewayError> {
        let Runner::Nobody(reason) = &self.runner else {
            return Ok(());
        };
        if self.on_failure == OnFailure::Pass {
            return Ok(());
        }
        let message = "A check that requests for this model need is not in force on this gateway.";
        let error = GatewayError::new(ErrorKind::ShaperUnavailable, message);
        Err(error.because(format!("shaper {}: {reason}", self.name)))
    }

    /// Looks at a request.
    pub(super) async fn request(&self, told: &Arc<Told>, parts: &[Part<'_>]) -> Result<Arc<Verdict>, Trouble> {
        let began = Instant::now();
        let verdict = match &self.runner {
            Runner::Plugin(plugin) => self.decided(&**plugin, self.call(told), parts).await,
            Runner::Guard(guard) if !parts.is_empty() => guard.judge("request", told, parts).await.map(Arc::new),
            Runner::Guard(_) | Runner::Nobody(_) => Ok(Arc::new(Verdict::Pass)),
        };
        self.judged(("request", told), began, verdict.as_deref());
        verdict
    }

    /// Looks at a buffered reply.
    pub(super) async fn reply(&self, told: &Arc<Told>, state: &Bytes, parts: &[Part<'_>]) -> Result<Verdict, Trouble> {
        let began = Instant::now();
        let verdict = match &self.runner {
            Runner::Plugin(plugin) => plugin.reply(self.call(told), state, parts).await,
            Runner::Guard(guard) => guard.judge("response", told, parts).await,
            Runner::Nobody(_) => Ok(Verdict::Pass),
        };
        self.judged(("reply", told), began, verdict.as_ref());
        verdict
    }

    /// Looks at a piece of a streamed reply, and checks what it says of it.
    pub(super) async fn text(&self, told: &Arc<Told>, state: &Bytes, piece: Fragment<'_>) -> Result<Released, Trouble> {
        let began = Instant::now();
        let released = match &self.runner {
            Runner::Plugin(plugin) => plugin.text(self.call(told), state, piece).await,
            Runner::Guard(guard) => guard.text(told, piece).await,
            Runner::Nobody(_) => Ok(Released {
                taken: piece.text.len(),
                text: piece.text.to_owned(),
                ..Released::default()
            }),
        };
        let released = released.and_then(|released| self.check(&released, piece).map(|()| released));
        let called = match &released {
            Ok(released) if released.refusal.is_none() => Called::Passed,
            Ok(_) => Called::Refused,
            Err(_) => Called::Failed,
        };
        self.noted(("text", told), began, called);
        released
    }

    fn judged(&self, call: (&'static str, &Told), began: Instant, verdict: Result<&Verdict, &Trouble>) {
        let called = match verdict {
            Ok(Verdict::Pass | Verdict::Patch(_)) => Called::Passed,
            Ok(Verdict::Refuse(_)) => Called::Refused,
            Err(_) => Called::Failed,
        };
        self.noted(call, began, called);
    }

    /// Counts a call of this function, and notes it for the request's trace.
    fn noted(&self, (function, told): (&'static str, &Told), began: Instant, called: Called) {
        let took = began.elapsed();
        if let Some(trace) = told.spent.trace() {
            let failed = matches!(called, Called::Failed).then_some("shaper");
            trace.shaped(&self.name, function, took, failed);
        }
        self.tally.count(took, called);
    }

    fn call<'a>(&'a self, told: &'a Arc<Told>) -> Call<'a> {
        Call {
            told,
            settings: &self.settings,
            parameters: if self.sees_parameters {
                &told.parameters
            } else {
                &NOTHING
            },
        }
    }

    fn check(&self, released: &Released, piece: Fragment<'_>) -> Result<(), Trouble> {
        let Some(left) = piece.text.len().checked_sub(released.taken) else {
            return Err(Trouble::Failed("took more of a text than there is".to_owned()));
        };
        if !piece.text.is_char_boundary(released.taken) {
            return Err(Trouble::Failed(
                "took a text up to the middle of a character".to_owned(),
            ));
        }
        if piece.last && left > 0 && released.refusal.is_none() {
            return Err(Trouble::Failed("left something over at the end of a text".to_owned()));
        }
        match self.hold {
            Hold::Window(window) if left > window && released.refusal.is_none() => Err(Trouble::Failed(format!(
                "left {left} bytes over, and its window is {window}"
            ))),
            _ => Ok(()),
        }
    }
}
