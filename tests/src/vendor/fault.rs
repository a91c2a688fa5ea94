//! Why a double refuses a request, in nobody's dialect.

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of refusal.
    pub kind: FaultKind,
    /// The vendor's sentence.
    pub message: String,
}

/// The refusals that both vendors have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The request is wrong: 400.
    Invalid,
    /// The credential is missing or wrong: 401.
    Unauthenticated,
    /// There is no such path or model: 404.
    NotFound,
    /// Too many requests: 429.
    RateLimited,
    /// The vendor failed: 500.
    Internal,
}

// === impl Fault ===

impl Fault {
    /// A fault of this kind.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// The request is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Invalid, message)
    }
}

// === impl FaultKind ===

impl FaultKind {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unauthenticated => 401,
            Self::NotFound => 404,
            Self::RateLimited => 429,
            Self::Internal => 500,
        }
    }
}

/// `Ok` if the condition holds, otherwise a fault of the request with this message.
pub(super) fn demand(condition: bool, message: impl Into<String>) -> Result<(), Fault> {
    if condition {
        Ok(())
    } else {
        Err(Fault::invalid(message))
    }
}
