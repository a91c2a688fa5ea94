//! Who calls: keys, access tokens, and the directory that knows the callers without asking the database.
//!
//! In reading order: [`Caller`] is what all of this leads to; [`secret`] makes and hashes keys, [`token`] checks access
//! tokens; [`Directory`] looks callers up, with `flight` and `shelf` as its parts; [`issue`] makes a new key.

mod caller;
mod directory;
mod flight;
mod issue;
pub mod secret;
mod shelf;
pub mod token;

pub use caller::{Caller, CredentialKind};
pub use directory::{Directory, Observer, Unavailable};
pub use issue::{IssueError, Issued, issue};
