//! `state_dir`: the folder of what the gateway writes, apart from what it reads.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::{Config, Environment};

/// The variable in which a service manager names the folder (systemd.exec(5), `StateDirectory=`).
const VARIABLE: &str = "STATE_DIRECTORY";

/// The folder of compiled code and fetched plugins within it.
const CACHE: &str = "cache";

// === impl Config ===

impl Config {
    /// The folder of what the gateway writes: what is written as `state_dir`, else `$STATE_DIRECTORY`, else the
    /// configuration's folder. Whoever keeps something of their own makes a folder in it, such as `batches`.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        self.state_dir.as_deref().unwrap_or(Path::new("."))
    }

    /// Creates that folder if it is absent. Only this user may look into it.
    ///
    /// # Errors
    /// As the system's.
    pub fn create_state_dir(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(self.state_dir())
    }

    /// Resolves `state_dir`, and with it the places of database, journal and cache. Returns a warning if a database
    /// stays where it was before there was a `state_dir`.
    pub(crate) fn place_state(&mut self, base: &Path, environment: &dyn Environment) -> Option<String> {
        let written = self.state_dir.take().map(|dir| base.join(dir));
        let own = written.or_else(|| of_service_manager(environment));
        let left = own.as_deref().and_then(|own| self.storage.left_in(base, own));
        let storage = own.as_deref().filter(|_| left.is_none()).unwrap_or(base);
        self.storage.complete(storage);
        let cache = self.plugins.cache_dir.take().map(|dir| base.join(dir));
        self.plugins.cache_dir = cache.or_else(|| Some(own.as_ref()?.join(CACHE)));
        self.batches.place(base, own.as_deref());
        let dir = own.unwrap_or_else(|| base.to_owned());
        self.log.place(&dir);
        let warning = left.map(|file| warning(&file, &dir));
        self.state_dir = Some(dir);
        warning
    }
}

/// The first folder that the service manager has made for this process (`$STATE_DIRECTORY`).
#[must_use]
pub fn of_service_manager(environment: &dyn Environment) -> Option<PathBuf> {
    let named = environment.var(VARIABLE)?;
    let first = named.split(':').next().map(PathBuf::from)?;
    first.is_absolute().then_some(first)
}

fn warning(file: &Path, dir: &Path) -> String {
    format!(
        "storage.url: the database is still {}; stop the gateway and move it, with its journal, to {} (state_dir)",
        file.display(),
        dir.display()
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;
    use crate::Secret;

    fn placed(config: &mut Config, base: &Path, variable: Option<&str>) -> Option<String> {
        let variables = variable.map(|value| (VARIABLE.to_owned(), value.to_owned()));
        let environment: BTreeMap<String, String> = variables.into_iter().collect();
        config.place_state(base, &environment)
    }

    #[test]
    fn without_one_everything_stays_beside_the_configuration() {
        let mut config = Config::default();
        assert_eq!(placed(&mut config, Path::new("/etc/jf"), None), None);
        assert_eq!(config.state_dir(), Path::new("/etc/jf"));
        assert_eq!(config.storage.url.expose(), "sqlite:/etc/jf/jackfield.db");
        assert_eq!(config.storage.journal, Some("/etc/jf/jackfield.journal".into()));
        assert_eq!(config.plugins.cache_dir, None);
    }

    #[test]
    fn what_is_written_lies_in_the_folder_of_the_service_manager_or_the_configured_one() {
        for (written, variable) in [
            (None, Some("/var/lib/jf:/var/lib/other")),
            (Some("/var/lib/jf"), Some("/srv")),
            (Some("../../var/lib/jf"), None),
        ] {
            let mut config = Config {
                state_dir: written.map(PathBuf::from),
                ..Config::default()
            };
            assert_eq!(placed(&mut config, Path::new("/etc/jf"), variable), None);
            let dir = Path::new("/etc/jf").join(written.unwrap_or("/var/lib/jf"));
            assert_eq!(config.state_dir(), dir);
            let database = format!("sqlite:{}/jackfield.db", dir.display());
            assert_eq!(config.storage.url.expose(), database);
            assert_eq!(config.storage.journal, Some(dir.join("jackfield.journal")));
            assert_eq!(config.plugins.cache_dir, Some(dir.join("cache")));
        }
    }

    #[test]
    fn what_names_its_own_place_keeps_it() {
        let mut config = Config::default();
        config.storage.url = Secret::new("sqlite:/srv/a.db");
        config.plugins.cache_dir = Some("cache".into());
        placed(&mut config, Path::new("/etc/jf"), Some("/var/lib/jf"));
        assert_eq!(config.storage.url.expose(), "sqlite:/srv/a.db");
        assert_eq!(config.storage.journal, Some("/srv/a.journal".into()));
        assert_eq!(config.plugins.cache_dir, Some("/etc/jf/cache".into()));
        let mut shared = Config::default();
        shared.storage.url = Secret::new("postgres://h/d");
        placed(&mut shared, Path::new("/etc/jf"), Some("/var/lib/jf"));
        assert_eq!(shared.storage.journal, Some("/var/lib/jf/jackfield.journal".into()));
    }

    #[test]
    fn a_folder_that_is_no_absolute_path_is_nobodys() {
        for variable in ["", "state", ":/var/lib/jf"] {
            let mut config = Config::default();
            placed(&mut config, Path::new("/etc/jf"), Some(variable));
            assert_eq!(config.state_dir(), Path::new("/etc/jf"), "{variable:?}");
        }
    }

    #[test]
    fn a_database_from_before_stays_until_it_is_moved() {
        let (base, own) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let old = base.path().join("jackfield.db");
        fs::write(&old, "").unwrap();
        let place = || {
            let mut config = Config::default();
            let warning = placed(&mut config, base.path(), own.path().to_str());
            (config, warning)
        };
        let (config, warning) = place();
        assert_eq!(config.storage.file(), Some(old.clone()));
        assert!(warning.unwrap().contains("is still"));
        let new = own.path().join("jackfield.db");
        fs::rename(old, &new).unwrap();
        let (config, warning) = place();
        assert_eq!((config.storage.file(), warning), (Some(new), None));
    }

    #[test]
    fn the_folder_is_created_for_this_user_alone() {
        use std::os::unix::fs::PermissionsExt;
        let base = tempfile::tempdir().unwrap();
        let config = Config {
            state_dir: Some(base.path().join("a/b")),
            ..Config::default()
        };
        config.create_state_dir().unwrap();
        config.create_state_dir().unwrap();
        let mode = fs::metadata(config.state_dir()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
