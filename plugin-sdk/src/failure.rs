//! Why a call failed. The class decides what the host does next.

mod detail;
mod message;
mod upstream;
mod words;

use std::fmt;
use std::time::Duration;

pub use detail::FailureDetail;

use crate::Operation;

/// Why a call failed.
///
/// ```
/// use jackfield_plugin_sdk::{Failure, FailureClass, Reply};
///
/// let body = br#"{"error": {"message": "slow down", "code": "rate_limit_exceeded"}}"#.to_vec();
/// let mut reply = Reply::default();
/// (reply.status, reply.body) = (429, body);
/// reply.headers.push(("retry-after".into(), "2".into()));
/// let failure = Failure::from_reply(&reply);
/// assert_eq!(failure.class, FailureClass::RateLimited);
/// assert_eq!(failure.retry_after.unwrap().as_secs(), 2);
///
/// let own = Failure::client("n: must be 1");
/// assert_eq!(own.to_string(), "client: n: must be 1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Decides whether the host stops, waits or moves on to the next target.
    pub class: FailureClass,
    /// One human-readable sentence. If the [client is at fault](FailureClass::is_clients), it is sent to the client;
    /// otherwise it is only logged.
    pub message: String,
    /// How long the upstream asked us to wait, if it did.
    pub retry_after: Option<Duration>,
    /// What the upstream's error says to programs. It goes where the message goes.
    pub detail: Box<FailureDetail>,
}

/// Who is at fault, and whether another target may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// The request itself is at fault: the chain stops, and the client gets the message.
    Client,
    /// The request is too long for this model. As [`Client`](Self::Client), unless the operator lets the chain go on:
    /// a larger model may take it.
    ContextLength,
    /// The provider does not accept what the request says. As [`Client`](Self::Client), unless the operator lets the
    /// chain go on: another provider may judge otherwise.
    ContentPolicy,
    /// This upstream cannot be sent the request, and was not; the next target may be. Only for `prepare`.
    Unsupported,
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
    /// A failure of this class, without `retry_after` and `detail`.
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            retry_after: None,
            detail: Box::default(),
        }
    }

    /// A failure of class client; the message is sent to the client.
    pub fn client(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Client, message)
    }

    /// A failure of class context-length; the message is sent to the client.
    pub fn context_length(message: impl Into<String>) -> Self {
        Self::new(FailureClass::ContextLength, message)
    }

    /// A failure of class content-policy; the message is sent to the client.
    pub fn content_policy(message: impl Into<String>) -> Self {
        Self::new(FailureClass::ContentPolicy, message)
    }

    /// A failure of class unsupported; the message is sent to the client if no target can take the request.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Unsupported, message)
    }

    /// A failure of class unsupported, for an operation that the adapter does not have. The host does not ask for one
    /// that the manifest does not list; this is for the arm that the compiler asks for.
    ///
    /// ```
    /// use jackfield_plugin_sdk::{Call, Failure, Operation};
    ///
    /// fn path(call: &Call<()>) -> Result<&'static str, Failure> {
    ///     match &call.operation {
    ///         Operation::Chat => Ok("/chat"),
    ///         other => Err(Failure::unsupported_operation(other)),
    ///     }
    /// }
    /// ```
    pub fn unsupported_operation(operation: &Operation) -> Self {
        let name = operation.as_str();
        Self::unsupported(format!("this adapter does not support the operation `{name}`"))
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

    /// Sets what the upstream's error says to programs.
    #[must_use]
    pub fn detail(mut self, detail: FailureDetail) -> Self {
        *self.detail = detail;
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
    pub const ALL: [Self; 9] = [
        Self::Client,
        Self::ContextLength,
        Self::ContentPolicy,
        Self::Unsupported,
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
            Self::ContextLength => "context-length",
            Self::ContentPolicy => "content-policy",
            Self::Unsupported => "unsupported",
            Self::Refused => "refused",
            Self::RateLimited => "rate-limited",
            Self::Overloaded => "overloaded",
            Self::Timeout => "timeout",
            Self::Malformed => "malformed",
        }
    }

    /// Whether the request is at fault, rather than the provider.
    pub fn is_clients(self) -> bool {
        matches!(self, Self::Client | Self::ContextLength | Self::ContentPolicy)
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
