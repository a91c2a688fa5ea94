//! Why the texts of a request or a reply cannot be told for sure.

use crate::fault::{RequestFault, StreamFault};

/// Why the texts cannot be told for sure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where: a JSON Pointer.
    pub(crate) path: String,
    /// What is wrong there, as a predicate.
    pub(crate) what: &'static str,
}

// === impl Problem ===

impl From<Problem> for StreamFault {
    fn from(problem: Problem) -> Self {
        Self::Malformed(format!("{} {}", problem.path, problem.what))
    }
}

impl From<Problem> for RequestFault {
    fn from(problem: Problem) -> Self {
        let path = problem.path.trim_start_matches('/').replace('/', ".");
        let field = if path.is_empty() { "body".to_owned() } else { path };
        Self::new(field, problem.what)
    }
}
