//! Why a call failed. The class decides what the host does next.

mod upstream;
mod words;

use std::fmt;
use std::time::Duration;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Decides whether the host stops, waits or moves on to the next target.
    pub class: FailureClass,
    /// One human-readable sentence. For class client it is sent to the client; otherwise it is only logged.
    pub message: String,
    /// How long the upstream asked us to wait, if it did.
    pub retry_after: Option<Duration>,
}

/// Who is at fault, and whether another target may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// The request itself is at fault: the chain stops, and the client gets the message.
    Client,
    /// The provider will not serve us because of the key, the account or the model. The next target may.
    Refused,
    /// We sent too many requests.
    RateLimited,
    /// The provider cannot serve anyone at the moment.
    Overloaded,
    /// The provider itself timed out.
    Timeout,
    /// The reply makes no sense.
    Malformed,
}

// === impl Failure ===

impl Failure {
    /// A failure of this class, without `retry_after`.
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            retry_after: None,
        }
    }

    /// A failure of class client; the message is sent to the client.
    pub fn client(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Client, message)
    }

    /// A failure of class refused.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Refused, message)
    }

    /// A failure of class rate-limited.
    pub fn rate_limited(message: impl Into<String>) -> Self {
        Self::new(FailureClass::RateLimited, message)
    }

    /// A failure of class overloaded.
    pub fn overloaded(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Overloaded, message)
    }

    /// A failure of class timeout.
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Timeout, message)
    }

    /// A failure of class malformed.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Malformed, message)
    }

    /// Sets how long the upstream asked us to wait.
    #[must_use]
    pub fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class.as_str(), self.message)
    }
}

impl std::error::Error for Failure {}

/// Upstream JSON that does not parse, or has an unexpected shape, is malformed.
impl From<serde_json::Error> for Failure {
    #[cold]
    fn from(error: serde_json::Error) -> Self {
        let fault = without_content(&error);
        Self::malformed(format!("unexpected JSON: {fault}"))
    }
}

/// The error's text without what it quotes: the quote may be part of a conversation, and messages are logged.
pub(crate) fn without_content(error: &serde_json::Error) -> String {
    let words = error.to_string();
    match (words.find('"'), words.rfind('"')) {
        (Some(start), Some(end)) if start < end => {
            format!("{}…{}", &words[..start], &words[end + 1..])
        }
        _ => words,
    }
}

// === impl FailureClass ===

impl FailureClass {
    /// All classes, in order of declaration.
    pub const ALL: [Self; 6] = [
        Self::Client,
        Self::Refused,
        Self::RateLimited,
        Self::Overloaded,
        Self::Timeout,
        Self::Malformed,
    ];

    /// The class's name in the contract, such as `rate-limited`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Refused => "refused",
            Self::RateLimited => "rate-limited",
            Self::Overloaded => "overloaded",
            Self::Timeout => "timeout",
            Self::Malformed => "malformed",
        }
    }

    /// The class with this name in the contract; `None` if there is none.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_found_by_its_name() {
        for class in FailureClass::ALL {
            assert_eq!(FailureClass::named(class.as_str()), Some(class));
        }
        assert_eq!(FailureClass::named("unlucky"), None);
    }

    #[test]
    fn a_fault_in_json_never_quotes_the_text() {
        let error = serde_json::from_str::<u64>(r#""my \"secret\" thoughts""#).unwrap_err();
        assert_eq!(
            Failure::from(error).message,
            "unexpected JSON: invalid type: string …, expected u64 at line 1 column 24",
        );
    }
}
