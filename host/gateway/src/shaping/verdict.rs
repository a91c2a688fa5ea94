//! What a shaper is told, what it is given, and what it decides.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jackfield_dialects::{Instruction, Operation, TextKind};

use crate::error::{ErrorKind, GatewayError};
use crate::record::Spent;

/// The longest code of a refusal.
const LONGEST_CODE: usize = 64;

/// The code of a refusal that names none.
const USUAL_CODE: &str = "content_blocked";

/// What every shaper of a request is told of it.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// The request's id, for log lines.
    pub(crate) id: Arc<str>,
    /// The requested operation.
    pub(crate) operation: Operation,
    /// The name of the client's dialect.
    pub(crate) dialect: &'static str,
    /// The client's name for the model.
    pub(crate) model: Arc<str>,
    /// The client asked for a stream.
    pub(crate) stream: bool,
    /// The name of the caller's plan; empty if callers have none.
    pub(crate) plan: String,
    /// The caller's pseudonym; empty if callers are unknown.
    pub(crate) user: String,
    /// The request's members that hold no texts, as JSON.
    pub(crate) parameters: Bytes,
    /// Where its calls are noted; no plugin sees it.
    pub(crate) spent: Arc<Spent>,
}

/// One text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    /// Where it stands: a JSON Pointer.
    pub(crate) path: &'a str,
    /// Who wrote it.
    pub(crate) role: &'a str,
    /// What it is.
    pub(crate) kind: TextKind,
    /// The choice it belongs to.
    pub(crate) choice: u32,
    /// The text.
    pub(crate) text: &'a str,
}

/// A piece of one text of a stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fragment<'a> {
    /// The choice it belongs to.
    pub(crate) choice: u32,
    /// What it is.
    pub(crate) kind: TextKind,
    /// What the client has not been given yet.
    pub(crate) text: &'a str,
    /// Whether the text ends here.
    pub(crate) last: bool,
}

/// What a shaper decides about a request or a buffered reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing changes.
    Pass,
    /// These changes.
    Patch(Changes),
    /// The client does not get what was asked for.
    Refuse(Refusal),
}

/// What a plugin decides about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decided {
    /// The decision.
    pub(crate) verdict: Verdict,
    /// Whether it would be the same for another request of which the plugin were told the same.
    pub(crate) repeatable: bool,
}

/// What is to change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// A merge patch for the top level; empty for none.
    pub(crate) parameters: Vec<u8>,
    /// Paths of parts, and their new texts.
    pub(crate) replacements: Vec<(String, String)>,
    /// Instructions to add.
    pub(crate) instructions: Vec<Instruction>,
    /// State for the calls about the reply.
    pub(crate) state: Bytes,
    /// The shaper need not see the reply.
    pub(crate) skips_reply: bool,
}

/// Why the client does not get what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// One sentence for the client.
    pub(crate) message: String,
    /// The code for the client's program.
    pub(crate) code: String,
    /// The HTTP status.
    pub(crate) status: u16,
}

/// What a shaper releases of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Released {
    /// How many bytes of the fragment are done with.
    pub(crate) taken: usize,
    /// What the client gets for them.
    pub(crate) text: String,
    /// State for the next fragment of the text.
    pub(crate) state: Bytes,
    /// Ends the reply here.
    pub(crate) refusal: Option<Refusal>,
}

/// Why a shaper decided nothing. The message is a predicate whose subject is the shaper; it goes to the log only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// It failed.
    #[error("{0}")]
    Failed(String),
    /// It was not called, because too many calls of slow plugins wait; a call may succeed after this time.
    #[error("was not called: too many calls of slow plugins wait")]
    Busy(Duration),
}

// === impl Verdict ===

impl Verdict {
    /// About how much memory it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let content = match self {
            Self::Pass => 0,
            Self::Patch(changes) => changes.bytes(),
            Self::Refuse(refusal) => refusal.message.len() + refusal.code.len(),
        };
        size_of::<Self>() + content
    }
}

// === impl Changes ===

impl Changes {
    fn bytes(&self) -> usize {
        let replacements = self.replacements.iter().map(|(path, text)| path.len() + text.len());
        let instructions = self.instructions.iter().map(|instruction| instruction.text.len());
        let texts: usize = replacements.chain(instructions).sum();
        self.parameters.len() + self.state.len() + texts
    }
}

// === impl Refusal ===

impl Refusal {
    /// A refusal whose status and code are what clients may get: from 400 to 499, and a short word.
    pub(crate) fn new(message: String, code: &str, status: u16) -> Self {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let is_code = !code.is_empty() && code.len() <= LONGEST_CODE && code.chars().all(legal);
        let status = if (400..500).contains(&status) { status } else { 400 };
        Self {
            message: if message.trim().is_empty() {
                "The request was refused.".to_owned()
            } else {
                message
            },
            code: if is_code { code } else { USUAL_CODE }.to_owned(),
            status,
        }
    }

    /// The error for the client. `shaper` is for the log.
    pub(crate) fn error(self, shaper: &str) -> GatewayError {
        let source = format!("shaper {shaper}: {}", self.code);
        GatewayError::new(ErrorKind::Refused, self.message)
            .refused_with(self.status, self.code)
            .because(source)
    }
}

// === impl Trouble ===

impl Trouble {
    /// The error for the client of a request that a shaper did not look at.
    pub(crate) fn error(&self, shaper: &str) -> GatewayError {
        let error = match self {
            Self::Failed(_) => GatewayError::new(
                ErrorKind::ShaperFailed,
                "A check of this gateway failed over the request, so it was not answered.",
            ),
            Self::Busy(wait) => GatewayError::new(
                ErrorKind::Overloaded,
                "The checks of this gateway are busy. Send the request again later.",
            )
            .retry_after(Some(*wait)),
        };
        error.because(format!("shaper {shaper} {self}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_a_status_and_a_code_that_clients_may_get() {
        for (code, status, expected) in [
            ("pii-found.v2", 403, ("pii-found.v2", 403)),
            ("a b", 200, (USUAL_CODE, 400)),
            ("", 503, (USUAL_CODE, 400)),
            ("ü", 499, (USUAL_CODE, 499)),
            (&"x".repeat(65), 400, (USUAL_CODE, 400)),
        ] {
            let refusal = Refusal::new("no".to_owned(), code, status);
            assert_eq!((refusal.code.as_str(), refusal.status), expected);
            let error = refusal.error("s");
            assert_eq!((error.code(), error.status().as_u16()), expected);
        }
        assert!(!Refusal::new(" ".to_owned(), "", 0).message.trim().is_empty());
    }

    #[test]
    fn a_busy_shaper_is_no_broken_one() {
        let failed = Trouble::Failed("trapped".to_owned()).error("s");
        assert_eq!((failed.code(), failed.status().as_u16()), ("SHAPER_FAILED", 502));
        let busy = Trouble::Busy(Duration::from_secs(2)).error("s");
        assert_eq!((busy.code(), busy.status().as_u16()), ("OVERLOADED", 503));
    }
}
