//! Where compiled plugins are kept unless the configuration says otherwise.

use std::path::PathBuf;

/// `$XDG_CACHE_HOME/jackfield`, or `~/.cache/jackfield` if unset (XDG Base Directory Specification).
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is read"
)]
pub(crate) fn default_cache() -> Option<PathBuf> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let base = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")))?;
    Some(base.join("jackfield"))
}
