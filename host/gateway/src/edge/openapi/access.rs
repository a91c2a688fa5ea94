//! Who may call an operation.

use jackfield_config::AdminRole;
use serde_json::{Value, json};

use super::faults::{Fault, callers};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Anyone; a credential is optional.
    Anyone,
    /// Holders of a key or a token.
    Key,
    /// Holders of an access token.
    Token,
    /// Operators with this role: with their token, if there is one.
    Operator(AdminRole),
    /// Whoever reads metrics: with their token, if there is one.
    Scraper,
}

// === impl Access ===

impl Access {
    /// The ways to show that one may call.
    pub(super) fn security(self) -> Value {
        match self {
            Self::Anyone => json!([{}, { "key": [] }, { "header": [] }, { "token": [] }]),
            Self::Key => json!([{ "key": [] }, { "header": [] }, { "token": [] }]),
            Self::Token => json!([{ "token": [] }]),
            Self::Operator(_) => json!([{}, { "operator": [] }]),
            Self::Scraper => json!([{}, { "scraper": [] }]),
        }
    }

    /// How a caller may fail to.
    pub(super) const fn faults(self) -> &'static [Fault] {
        match self {
            Self::Anyone => &[],
            Self::Key => callers::CALLER,
            Self::Token => callers::TOKEN,
            Self::Operator(_) | Self::Scraper => callers::OPERATOR,
        }
    }

    /// The error for an operator who lacks the role.
    pub(super) const fn role_fault(self) -> Option<Fault> {
        match self {
            Self::Operator(AdminRole::Accounts) => Some(callers::ACCOUNTS_ROLE),
            Self::Operator(AdminRole::Operate) => Some(callers::OPERATE_ROLE),
            _ => None,
        }
    }
}
