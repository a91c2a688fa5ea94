//! Where the gateway keeps compiled code, and the plugins that it fetched or had in force.

use std::path::PathBuf;

use jackfield_config::PluginsConfig;
use jackfield_sandbox::CodeCache;

/// The variable that names a folder of compiled code which came with the program.
const SHIPPED: &str = "JACKFIELD_CODE";

/// The folder of compiled code; `None` if the user has no cache folder.
pub(super) fn code(config: &PluginsConfig) -> Option<PathBuf> {
    config.cache_dir.clone().or_else(default_cache)
}

/// The same for a command that serves nothing: the gateway's folder if it exists and is this user's, or else this user's own.
/// So a check compiles nothing that the gateway has compiled, and creates nothing where the gateway keeps its state.
pub(super) fn code_at_hand(config: &PluginsConfig) -> Option<PathBuf> {
    let gateways = code(config).filter(|dir| dir.is_dir() && CodeCache::open(dir).is_ok());
    gateways.or_else(default_cache)
}

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

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_check_uses_the_gateways_code_only_if_that_is_there_and_private() {
        let folder = TempDir::new().unwrap();
        let dir = folder.path().join("code");
        let config = PluginsConfig {
            cache_dir: Some(dir.clone()),
            ..PluginsConfig::default()
        };
        assert_eq!(code_at_hand(&config), default_cache());
        assert!(!dir.exists());
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, Permissions::from_mode(0o700)).unwrap();
        assert_eq!(code_at_hand(&config), Some(dir.clone()));
        fs::set_permissions(&dir, Permissions::from_mode(0o777)).unwrap();
        assert_eq!(code_at_hand(&config), default_cache());
    }
}
