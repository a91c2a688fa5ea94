//! `routing:`: how a model's chain is walked.

mod fallback;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use fallback::FallbackOn;

use crate::duration;

/// How a model's chain is walked: retries, back-off and circuit breakers.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoutingConfig {
    /// Additional passes over the chain after the first. Default 2.
    #[schemars(range(min = 0, max = 100))]
    pub retry_count: u32,
    /// The time limit for all attempts of a request combined. Default `600s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub deadline: Duration,
    /// The most that a request waits, in all, for upstreams that asked for a pause with `Retry-After`. A target whose
    /// upstream asked is skipped by all requests for up to this time, unless nothing else is left to try. Default `15s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub max_wait: Duration,
    /// How much of the chain a conversation with a tool's result may use. Default `chain`.
    pub tool_conversations: ToolConversations,
    /// Which refusals of a request let its chain go on: `context-length` (it is too long for the model) and
    /// `content-policy` (the provider does not accept what it says). A model's own `routing` overrides it. Default none:
    /// the client gets a 400 at once.
    pub fallback_on: FallbackOn,
    /// The wait between passes.
    pub backoff: BackoffConfig,
    /// The circuit breaker of each target.
    pub breaker: BreakerConfig,
    /// When streams are given out. A model's own `routing` overrides it. Default `live`.
    pub stream: StreamMode,
    /// Whether a plain-text stream that breaks off is continued by another target that can, which then gets the text so
    /// far. Both upstreams are charged for. A model's own `routing` overrides it. Default false.
    pub continuation: bool,
    /// What an event that is not JSON does to its stream. A model's own `routing` overrides it. Default `fail`.
    pub on_broken_event: BrokenEvent,
}

/// A model's own routing: each key overrides the one of the same name in `routing`.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ModelRoutingConfig {
    /// Which refusals of a request let its chain go on. Default: as in `routing`.
    pub fallback_on: Option<FallbackOn>,
    /// When streams are given out. Default: as in `routing`.
    pub stream: Option<StreamMode>,
    /// Whether a plain-text stream that breaks off is continued. Default: as in `routing`.
    pub continuation: Option<bool>,
    /// What an event that is not JSON does to its stream. Default: as in `routing`.
    pub on_broken_event: Option<BrokenEvent>,
}

/// When a stream is given out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StreamMode {
    /// As it arrives: from its first content on, no other target can take over.
    #[default]
    Live,
    /// When it is complete: a stream that breaks off is restarted at the next target. Streams of more than 16 MiB are
    /// given out from there on as they arrive.
    Whole,
}

/// What an event that is not JSON does to its stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BrokenEvent {
    /// The stream breaks off.
    #[default]
    Fail,
    /// The event is left out, up to 16 times in a stream. Whatever it said is lost.
    Skip,
}

/// How much of the chain a conversation with a tool's result may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolConversations {
    /// All of it: the first live target once more if it fails, then the others.
    #[default]
    Chain,
    /// Only the first live target, in every pass.
    SameTarget,
    /// One attempt at the first live target.
    FirstOnly,
}

/// The wait between passes: a random time up to a bound that doubles with each pass.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BackoffConfig {
    /// The bound before the second pass. It doubles with each pass. Default `250ms`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub base: Duration,
    /// The cap on the bound. Default `5s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub max: Duration,
}

/// When a target is skipped.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerConfig {
    /// The number of consecutive failures that open the breaker. Default 5.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub failures: u32,
    /// How long the target is then skipped before one request probes it, and how long that may take before another
    /// does. Default `15s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub open_for: Duration,
}

// === impl RoutingConfig ===

impl Default for RoutingConfig {
    fn default() -> Self {
        Self {
            retry_count: 2,
            deadline: Duration::from_mins(10),
            max_wait: Duration::from_secs(15),
            tool_conversations: ToolConversations::default(),
            fallback_on: FallbackOn::default(),
            backoff: BackoffConfig::default(),
            breaker: BreakerConfig::default(),
            stream: StreamMode::default(),
            continuation: false,
            on_broken_event: BrokenEvent::default(),
        }
    }
}

// === impl BackoffConfig ===

impl Default for BackoffConfig {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(250),
            max: Duration::from_secs(5),
        }
    }
}

// === impl BreakerConfig ===

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            failures: 5,
            open_for: Duration::from_secs(15),
        }
    }
}
