//! What a plugin's log lines must not show.

use std::borrow::Cow;

/// Takes secrets out of the lines that a plugin logs. No plugin has a secret, but an upstream may repeat one to it.
pub trait Censor: Send + Sync {
    /// The line without secrets.
    fn censored<'l>(&self, line: &'l str) -> Cow<'l, str>;
}
