//! Callers: keys, access tokens, and the directory that finds callers without a database query per request.
//!
//! In reading order: [`Caller`] is the result of authentication; [`secret`] generates and hashes keys, [`token`]
//! verifies access tokens; [`Directory`] looks callers up, built on `look_up` and `bounded_map`, and
//! [`KeyRefused`] is why it has none; [`issue`] creates a key.

mod bounded_map;
mod caller;
mod directory;
mod issue;
mod look_up;
mod refused;
pub mod secret;
pub mod token;
mod unavailable;

pub use caller::{Caller, CredentialKind};
pub use directory::{Directory, Observer};
pub use issue::{IssueError, Issued, Order, issue};
pub use refused::KeyRefused;
pub use unavailable::DirectoryUnavailable;
