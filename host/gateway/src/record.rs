//! The record of a request: filled as the request goes through, read by every sink once it has ended.
//!
//! Reading order: [`RequestRecord`], `attempts` (what was tried), `costs` (quota and credits), `cached` (what the cache had to do with it), `outcome` (how it ended, in
//! few words), `spent` (where its time went).

mod attempts;
mod cached;
mod costs;
mod outcome;
mod spent;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jackfield_accounting::callers::Caller;
use jackfield_accounting::clock::millis;
use jackfield_accounting::credits::{Served, Used};
use jackfield_dialects::Operation;
use jackfield_dialects::words::name::{ImageKind, ServedModel, ServiceTier};
use jackfield_dialects::words::usage::Usage;
use tokio::time::Instant;

pub(crate) use attempts::{AttemptRecord, Attempts, OK};
pub(crate) use cached::{CacheUse, Cached};
pub(crate) use costs::{Asked, Ceiling, Costs, CountedTokens, MS_PER_TOKEN};
pub(crate) use spent::Spent;

use self::costs::Sizes;

use crate::error::{Class, ErrorKind, GatewayError, Severity};

/// Everything known about a request. It never contains a prompt or a secret.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct RequestRecord {
    /// The request's id.
    pub(crate) id: Arc<str>,
    /// The path of its endpoint, as the API lists it.
    pub(crate) endpoint: &'static str,
    /// The requested operation.
    pub(crate) operation: Operation,
    /// The generation of the snapshot that serves the request.
    pub(crate) generation: u64,
    /// When the request arrived, for measuring durations.
    pub(crate) received: Instant,
    /// The same moment in wall-clock time, for the ledger.
    pub(crate) received_at: SystemTime,
    /// The caller; `None` if authentication is off or failed.
    pub(crate) caller: Option<Arc<Caller>>,
    /// The requested model, once it is known to exist.
    pub(crate) model: Option<Arc<str>>,
    /// What the configuration calls that model: its id, or the pattern that stands for it.
    pub(crate) listed_model: Option<Arc<str>>,
    /// The id of the model that the client asked for, if another serves because the budget of its key is spent.
    pub(crate) asked_model: Option<Arc<str>>,
    /// True if the client wants a stream.
    pub(crate) stream: bool,
    /// Size of the request's body in bytes, for an estimate if the upstream reports no usage.
    pub(crate) prompt_bytes: u64,
    /// The attempts, in order.
    pub(crate) attempts: Attempts,
    /// The stream broke off, and another target went on with it.
    pub(crate) continued: bool,
    /// What the cache had to do with it; `None` if it was not asked.
    pub(crate) cached: Option<Cached>,
    /// When the first content of a stream arrived.
    pub(crate) first_content: Option<Instant>,
    /// The tokens that the upstream reported.
    pub(crate) usage: Usage,
    /// Bytes of text that the model produced.
    pub(crate) produced_bytes: u64,
    /// True if the client got an answer, complete or partial.
    pub(crate) answered: bool,
    /// True if the answer came to its own end: what the upstream reports of its usage is final.
    pub(crate) finished: bool,
    /// Where its time went.
    pub(crate) spent: Arc<Spent>,
    /// How many events of its stream had a text.
    pub(crate) chunks: u32,
    /// When the latest of them arrived.
    pub(crate) last_text: Option<Instant>,
    /// How long shapers have taken, if there were any.
    pub(crate) shaping: Option<Duration>,
    /// The status sent; `None` if the client hung up first.
    pub(crate) status: Option<u16>,
    /// How the request ended.
    pub(crate) end: End,
    /// The code of the error that the client got, if it is one of the gateway's own kinds.
    pub(crate) error_code: Option<&'static str>,
    /// The class of the failure that ended a stream.
    pub(crate) broken_by: Option<Class>,
    /// From which time on the request is slow, if there is a line for that.
    pub(crate) slow: Option<Duration>,
    /// What admission took; `None` before admission and after settlement.
    pub(crate) costs: Option<Costs>,
    /// The price charged, in micro-credits; 0 until settlement.
    pub(crate) charge: i64,
}

/// How a request ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// The client hung up. The default until something else is known.
    #[default]
    HungUp,
    /// The answer was sent in full.
    Complete,
    /// The stream broke off after its head was sent, for this reason.
    BrokeOff(String),
    /// The client did not take the answer in full, for this reason.
    Untaken(&'static str),
    /// The user or an operator killed the stream.
    Killed,
    /// The client got a shaper's refusal in place of the answer, or of the rest of it.
    Refused(String),
    /// The client got an error, for this reason.
    Failed(String, Severity),
}

// === impl RequestRecord ===

impl RequestRecord {
    /// The record of a request that arrived at `received`.
    pub(crate) fn new(id: &Arc<str>, operation: Operation, generation: u64, received: Instant) -> Self {
        Self {
            id: Arc::clone(id),
            endpoint: "",
            operation,
            generation,
            received,
            received_at: SystemTime::now(),
            caller: None,
            model: None,
            listed_model: None,
            asked_model: None,
            stream: false,
            prompt_bytes: 0,
            attempts: Attempts::default(),
            continued: false,
            cached: None,
            first_content: None,
            usage: Usage::default(),
            produced_bytes: 0,
            answered: false,
            finished: false,
            spent: Arc::default(),
            chunks: 0,
            last_text: None,
            shaping: None,
            status: None,
            end: End::default(),
            error_code: None,
            broken_by: None,
            slow: None,
            costs: None,
            charge: 0,
        }
    }

    /// Records what the upstream has produced so far, whether or not more follows.
    pub(crate) fn produced(&mut self, usage: &Usage, bytes: u64) {
        self.answered = true;
        self.usage = *usage;
        self.produced_bytes = bytes;
    }

    /// Records the error that the client got, with its source, for the one log line of the request. If the head of a
    /// stream was sent before, its status stays: the error came as an event.
    pub(crate) fn failed(&mut self, error: &GatewayError) {
        let (_, _, severity) = error.kind.row();
        self.status.get_or_insert(error.status().as_u16());
        self.error_code = Some(error.kind.code());
        let reason = match &error.source {
            Some(source) => format!("{error} ({source})"),
            None => error.to_string(),
        };
        self.end = match error.kind {
            ErrorKind::Refused => End::Refused(reason),
            _ => End::Failed(reason, severity),
        };
    }

    /// The model's id; empty if unknown.
    pub(crate) fn model(&self) -> &str {
        self.model.as_deref().unwrap_or_default()
    }

    /// The model that the reply names; `None` if it names none, or if several models gave the answer together.
    pub(crate) fn served_model(&self) -> Option<&str> {
        let named = self.usage.served_model.as_ref().filter(|_| !self.continued);
        named.map(ServedModel::as_str)
    }

    /// The price of a whole answer with this usage, in micro-credits: 0 if the request was not admitted or only counts
    /// tokens, `None` if it is unknown.
    pub(crate) fn charge_for(&self, usage: &Usage, produced_bytes: u64) -> Option<i64> {
        let costs = self.costs.as_ref().filter(|_| self.operation != Operation::CountTokens);
        costs.map_or(Some(0), |costs| {
            let tokens = self.count(usage, produced_bytes, true);
            self.price_of(&tokens.used(usage, &costs.asked), usage, &costs.asked)
        })
    }

    /// What this costs at the target that served the request, in the tier that its upstream named, in micro-credits;
    /// `None` if that is unknown.
    pub(crate) fn price_of(&self, used: &Used, usage: &Usage, asked: &Asked) -> Option<i64> {
        if self.is_from_cache() {
            return Some(0);
        }
        let served = Served {
            tier: usage.service_tier.as_ref().map(ServiceTier::as_str),
            image: asked.image_kind.as_ref().map(ImageKind::as_str),
        };
        self.attempts.price().map(|price| price.charge(used, served))
    }

    /// The tokens that the caller pays for: of the answer, or of what an upstream was at work on when the client ended
    /// the request. `None` if there is neither, and for counts of tokens, which cost none.
    pub(crate) fn counted_tokens(&self) -> Option<CountedTokens> {
        if self.operation == Operation::CountTokens {
            return None;
        }
        if self.answered {
            return Some(self.count(&self.usage, self.produced_bytes, self.finished));
        }
        let (usage, produced_bytes) = self.attempts.in_flight().filter(|_| self.end.is_clients())?;
        Some(self.count(&usage, produced_bytes, false))
    }

    /// True if the quota that was taken stays used: an attempt has spent it, the answer came from the cache, or the gateway
    /// counted tokens itself, which is as much work as any other request.
    pub(crate) fn keeps_quota(&self) -> bool {
        self.attempts.spent() || self.is_from_cache() || self.operation == Operation::CountTokens && self.answered
    }

    fn count(&self, usage: &Usage, produced: u64, finished: bool) -> CountedTokens {
        let costs = self.costs.as_ref();
        let sizes = Sizes {
            prompt: self.prompt_bytes,
            produced,
            recording: costs.map_or(0, |costs| costs.asked.recording_bytes),
        };
        let ceiling = costs.map(|costs| costs.ceiling).unwrap_or_default();
        CountedTokens::new(self.operation, usage, sizes, ceiling, finished)
    }

    /// Milliseconds since the request arrived.
    pub(crate) fn latency_ms(&self) -> u64 {
        millis(self.received.elapsed())
    }

    /// Milliseconds from the request's arrival to the first content of its stream.
    pub(crate) fn first_content_ms(&self) -> Option<u64> {
        self.first_content
            .map(|moment| millis(moment.duration_since(self.received)))
    }
}

// === impl End ===

impl End {
    /// True if the client ended the request before its answer did.
    fn is_clients(&self) -> bool {
        matches!(self, Self::HungUp | Self::Untaken(_) | Self::Killed)
    }

    /// The level of the request's log line.
    pub(crate) fn severity(&self) -> Severity {
        match self {
            Self::HungUp | Self::Complete | Self::Killed | Self::Refused(_) => Severity::Info,
            Self::BrokeOff(_) | Self::Untaken(_) => Severity::Warn,
            Self::Failed(_, severity) => *severity,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HungUp => f.write_str("client hung up"),
            Self::Complete => f.write_str("ok"),
            Self::BrokeOff(reason) => write!(f, "stream broke off: {reason}"),
            Self::Untaken(reason) => write!(f, "not taken in full: {reason}"),
            Self::Killed => f.write_str("killed by its user or an operator"),
            Self::Refused(reason) => write!(f, "refused: {reason}"),
            Self::Failed(reason, _) => f.write_str(reason),
        }
    }
}
