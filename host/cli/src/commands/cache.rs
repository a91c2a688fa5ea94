//! Where the gateway keeps compiled code, and the plugins that it fetched or had in force.

use std::path::PathBuf;

use jackfield_config::PluginsConfig;

/// The folder of compiled code; `None` if the user has no cache folder.
pub(super) fn code(config: &PluginsConfig) -> Option<PathBuf> {
    config.cache_dir.clone().or_else(default_cache)
}

/// The variable that names a folder of compiled code which came with the program.
const SHIPPED: &str = "JACKFIELD_CODE";

/// The folder of compiled code that came with the program, as in an image; `None` if there is none.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is read"
)]
pub(super) fn shipped() -> Option<PathBuf> {
    let named = std::env::var(SHIPPED).ok().filter(|value| !value.is_empty());
    named.map(PathBuf::from)
}

/// The folder of plugins, inside that of compiled code.
pub(super) fn plugins(config: &PluginsConfig) -> Option<PathBuf> {
    code(config).map(|dir| dir.join("plugins"))
}

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
