//! The meter that runs beside one request.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::estimate_tokens;
use crate::telemetry::{End, RequestLog};
use jackfield_accounting::callers::Caller;
use jackfield_accounting::credits::Price;
use jackfield_accounting::credits::balance::Hold;
use jackfield_accounting::ledger::{Ended, Ledger, Record};
use jackfield_accounting::limits::{Quota, Taken};
use jackfield_dialects::words::usage::Usage;

/// What is known of a request before an upstream is called.
#[derive(Debug)]
pub(crate) struct Order {
    /// Who calls; none if authentication is off.
    pub(crate) caller: Option<Arc<Caller>>,
    /// When the request came.
    pub(crate) time: SystemTime,
    /// What the caller's plan allows.
    pub(crate) quota: Quota,
    /// Whether the plan serves a user whose credits are spent.
    pub(crate) overdraft: bool,
    /// What the model takes out of the daily quota.
    pub(crate) request_cost: u64,
    /// What its tokens cost.
    pub(crate) price: Price,
    /// What the request will cost by an estimate, in micro-credits.
    pub(crate) estimate: i64,
    /// Bytes of the prompt, for an estimate where the upstream tells no usage.
    pub(crate) prompt_bytes: u64,
    /// Whether a stream is asked for.
    pub(crate) stream: bool,
}

/// What came of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The tokens that the upstream told.
    pub(crate) usage: Usage,
    /// Bytes of text that the upstream produced.
    pub(crate) produced_bytes: u64,
    /// Whether the client got an answer, in whole or in part.
    pub(crate) answered: bool,
}

/// Runs beside one request, and is settled once with it.
#[derive(Debug)]
pub(crate) struct Meter {
    pub(super) order: Order,
    pub(super) taken: Option<Taken>,
    pub(super) hold: Option<Hold>,
    ledger: Option<Arc<Ledger>>,
}

/// A usage, with what was missing filled in.
struct Counted {
    input: u64,
    output: u64,
    estimated: bool,
}

// === impl Meter ===

impl Meter {
    pub(super) fn new(order: Order, ledger: Option<Arc<Ledger>>) -> Self {
        Self {
            order,
            taken: None,
            hold: None,
            ledger,
        }
    }

    /// What the outcome costs, in micro-credits.
    #[must_use]
    pub(crate) fn charge(&self, outcome: &Outcome) -> i64 {
        if !outcome.answered {
            return 0;
        }
        let counted = self.counted(outcome);
        self.order.price.charge(counted.input, counted.output)
    }

    /// Notes the request in the ledger and charges it. To be called before the last byte goes to the client.
    /// Step 11 of a request's life (ARCHITECTURE.md).
    pub(crate) fn settle(mut self, log: &RequestLog, outcome: &Outcome) {
        let charge = self.charge(outcome);
        let sent = log.attempts.sent();
        let hold = self.hold.take();
        if let Some(ledger) = &self.ledger {
            ledger.record(self.record(log, outcome, charge, sent), hold);
        }
        if let Some(taken) = self.taken.take().filter(|_| !sent) {
            taken.refund();
        }
    }

    /// What the upstream told, and an estimate of what it did not.
    fn counted(&self, outcome: &Outcome) -> Counted {
        let Usage {
            input_tokens: input,
            output_tokens: output,
            ..
        } = outcome.usage;
        Counted {
            input: input.unwrap_or_else(|| estimate_tokens(self.order.prompt_bytes)),
            output: output.unwrap_or_else(|| estimate_tokens(outcome.produced_bytes)),
            estimated: input.is_none() || output.is_none(),
        }
    }

    fn record<'a>(&'a self, log: &'a RequestLog, outcome: &Outcome, charge: i64, sent: bool) -> Record<'a> {
        let counted = outcome.answered.then(|| self.counted(outcome));
        let caller = self.order.caller.as_deref();
        let since = self.order.time.duration_since(UNIX_EPOCH);
        Record {
            time: since.map_or(0, |since| since.as_millis() as u64),
            request_id: log.request_id().into(),
            user_id: caller.map(|caller| Cow::from(&*caller.user)),
            key_id: caller.and_then(|caller| caller.key.as_deref()).map(Cow::from),
            operation: log.operation().into(),
            model: log.model.as_deref().unwrap_or_default().into(),
            provider: log.attempts.provider().map(Cow::from),
            attempts: log.attempts.records().len() as u32,
            status: log.status.unwrap_or(499),
            input_tokens: counted.as_ref().map(|counted| counted.input),
            output_tokens: counted.as_ref().map(|counted| counted.output),
            cached_tokens: outcome.usage.cached_tokens,
            reasoning_tokens: outcome.usage.reasoning_tokens,
            estimated: counted.is_some_and(|counted| counted.estimated),
            credits: charge,
            request_cost: if sent { self.order.request_cost } else { 0 },
            latency_ms: log.latency_ms(),
            first_content_ms: log.first_content_ms(),
            stream: log.stream,
            ended: ended(log.end()),
            ..Record::default()
        }
    }
}

fn ended(end: &End) -> Ended {
    match end {
        End::Complete => Ended::Ok,
        End::HungUp => Ended::HungUp,
        End::BrokeOff(_) => Ended::BrokeOff,
        End::Killed => Ended::Killed,
        End::Failed(_) => Ended::Failed,
    }
}
