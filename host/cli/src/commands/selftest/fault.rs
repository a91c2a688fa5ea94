//! What may be wrong with an upstream.

use serde::Serialize;

/// What is wrong with an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// It refuses connections.
    Refused,
    /// Connecting to it neither succeeds nor fails.
    SilentConnect,
    /// It takes the request and never answers.
    Silent,
    /// It answers rightly, after long.
    SlowFirstByte,
    /// It answers 429, and names a pause.
    RateLimited,
    /// It answers 500.
    ServerError,
    /// It answers 503.
    Unavailable,
    /// It closes the connection in the middle of its reply.
    Cut,
    /// It goes silent in the middle of its reply.
    Stall,
    /// What follows in the middle of its reply is not HTTP.
    BrokenChunk,
}

// === impl Fault ===

impl Fault {
    /// All of them, in the order of a report.
    pub(super) const ALL: [Self; 11] = [
        Self::None,
        Self::Refused,
        Self::SilentConnect,
        Self::Silent,
        Self::SlowFirstByte,
        Self::RateLimited,
        Self::ServerError,
        Self::Unavailable,
        Self::Cut,
        Self::Stall,
        Self::BrokenChunk,
    ];

    /// How long a slow upstream takes, and how long the pause is that a busy one names: in seconds, in earnest.
    pub(super) const SLOW: u32 = 30;

    /// Its name in a report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "nothing wrong",
            Self::Refused => "connection refused",
            Self::SilentConnect => "silent connect",
            Self::Silent => "no answer",
            Self::SlowFirstByte => "first byte after 30 s",
            Self::RateLimited => "429, retry-after",
            Self::ServerError => "500",
            Self::Unavailable => "503",
            Self::Cut => "cut in the middle",
            Self::Stall => "stall in the middle",
            Self::BrokenChunk => "broken chunk",
        }
    }

    /// Whether there is no right answer.
    pub(super) fn is_outage(self) -> bool {
        !matches!(self, Self::None | Self::SlowFirstByte)
    }

    /// Whether a reply has begun before it happens.
    pub(super) fn is_in_the_middle(self) -> bool {
        matches!(self, Self::Cut | Self::Stall | Self::BrokenChunk)
    }
}
