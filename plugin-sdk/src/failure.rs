//! Why a call did not succeed. The class decides what the host does next.

mod upstream;

use std::fmt;
use std::time::Duration;

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Decides whether the host stops, waits or moves on to the next target.
    pub class: FailureClass,
    /// One sentence for a person. Of class client it reaches the client; otherwise only the log.
    pub message: String,
    /// How long the upstream asked us to wait.
    pub retry_after: Option<Duration>,
}

/// Whose fault it is, and whether another target may do better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// The request itself is at fault: the chain ends, the client is told.
    Client,
    /// The provider will not serve us: the key, the account, the model. The next target may.
    Refused,
    /// We asked too often.
    RateLimited,
    /// The provider cannot serve anybody just now.
    Overloaded,
    /// The provider gave up waiting for itself.
    Timeout,
    /// The reply makes no sense.
    Malformed,
}

// === impl Failure ===

impl Failure {
    /// A failure of this class, without a time to wait.
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            retry_after: None,
        }
    }

    /// The request itself is at fault; the message reaches the client.
    pub fn client(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Client, message)
    }

    /// The provider will not serve us.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Refused, message)
    }

    /// We asked too often.
    pub fn rate_limited(message: impl Into<String>) -> Self {
        Self::new(FailureClass::RateLimited, message)
    }

    /// The provider cannot serve anybody just now.
    pub fn overloaded(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Overloaded, message)
    }

    /// The provider gave up waiting for itself.
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Timeout, message)
    }

    /// The reply makes no sense.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Malformed, message)
    }

    /// Adds how long the upstream asked us to wait.
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

/// JSON of the upstream's that does not parse, or has another shape than expected, is malformed.
impl From<serde_json::Error> for Failure {
    #[cold]
    fn from(error: serde_json::Error) -> Self {
        let fault = without_content(&error);
        Self::malformed(format!("JSON does not have the expected shape: {fault}"))
    }
}

/// The error's words without the text that it quotes: that may be a part of a conversation, and messages are logged.
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
    /// All the classes.
    pub const ALL: [Self; 6] = [
        Self::Client,
        Self::Refused,
        Self::RateLimited,
        Self::Overloaded,
        Self::Timeout,
        Self::Malformed,
    ];

    /// The class's name in the contract.
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

    /// The class of this name in the contract.
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
            "JSON does not have the expected shape: invalid type: string …, expected u64 at line 1 column 24",
        );
    }
}
