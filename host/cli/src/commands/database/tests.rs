//! A folder with a configuration, and the commands run on it.

use std::collections::BTreeMap;
use std::fs;

use clap::Parser;
use jackfield_accounting::store::AuditEntry;
use tempfile::TempDir;

use super::super::{key, user};
use super::*;

/// What a command printed, or its error.
pub(in super::super) type Output = Result<String, String>;

/// A folder with a configuration.
pub(in super::super) struct Scene(TempDir);

/// The command line, as far as these tests need it.
#[derive(Parser)]
enum Line {
    #[command(subcommand)]
    User(user::UserCommand),
    #[command(subcommand)]
    Key(key::KeyCommand),
}

// === impl Scene ===

impl Scene {
    /// One with the plans free and max, and a database that does not exist yet.
    pub(in super::super) fn new() -> Self {
        Self::with("storage: { url: \"sqlite:test.db\" }\n")
    }

    fn with(storage: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let plans = "plans:\n  free: { tiers: [free] }\n  max: { tiers: [free] }\n";
        let models = "providers:\n  p: { adapter: openai, base_url: \"http://127.0.0.1:9\" }\nmodels:\n  route/*: { chain: [{ provider: p, model: \"*\" }] }\n";
        let text = format!("{storage}{plans}{models}");
        fs::write(folder.path().join("c.yaml"), text).unwrap();
        Self(folder)
    }

    /// Runs `jackfield COMMAND WORDS… --config FOLDER`.
    pub(in super::super) fn run(&self, command: &str, words: &[&str]) -> Output {
        let folder = self.0.path().to_str().unwrap();
        let line = [&["jackfield", command], words, &["--config", folder]].concat();
        let command = Line::try_parse_from(line).map_err(|error| error.to_string())?;
        let (mut out, environment) = (Vec::new(), BTreeMap::new());
        let work = async |config: &Config, store: &Store, out: &mut dyn Write| match command {
            Line::User(command) => user::execute(command, config, store, out).await,
            Line::Key(command) => key::execute(command, config, store, out).await,
        };
        let done = open((self.0.path(), Absent::Create), &environment, work, &mut out);
        done.map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    /// The audit log, newest first.
    pub(in super::super) fn audit(&self) -> Vec<AuditEntry> {
        let (mut entries, environment) = (Vec::new(), BTreeMap::new());
        let work = async |_: &Config, store: &Store, _: &mut dyn Write| {
            entries = store.audit(None, 100).await?;
            Ok(())
        };
        let done = open((self.0.path(), Absent::Refuse), &environment, work, &mut Vec::new());
        assert!(done.is_ok(), "{done:?}");
        entries
    }
}

#[test]
fn a_configuration_without_a_database_has_no_users() {
    let scene = Scene::with("storage: { url: none }\n");
    let expected = "storage.url is none, so there is no database; \
        set it to sqlite:jackfield.db or postgres://user:password@host/database";
    assert_eq!(scene.run("user", &["list"]), Err(expected.to_owned()));
}

#[test]
fn the_database_is_created_in_the_configurations_folder() {
    let scene = Scene::new();
    scene.run("user", &["list"]).unwrap();
    assert!(scene.0.path().join("test.db").is_file());
}

#[test]
fn a_command_that_reads_names_the_database_that_is_not_there_and_creates_nothing() {
    let scene = Scene::new();
    let (folder, environment) = (scene.0.path(), BTreeMap::new());
    let work = async |_: &Config, _: &Store, _: &mut dyn Write| Ok(());
    let refused = open((folder, Absent::Refuse), &environment, work, &mut Vec::new()).unwrap_err();
    let expected = format!(
        "there is no database {} to read; check that --config names the gateway's configuration, and storage.url and \
         state_dir in it",
        folder.join("test.db").display()
    );
    assert_eq!(refused.to_string(), expected);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "the configuration alone");
}

#[test]
fn an_invalid_amount_is_refused_before_the_database_is_opened() {
    let scene = Scene::new();
    for amount in ["1,5", "abc", "", "1e3", "0.0000001"] {
        let refused = scene.run("user", &["add-credits", "ada", amount]);
        let refused = refused.unwrap_err();
        let expected = "write an amount such as 12.5 or -3, with at most six decimals";
        assert!(refused.contains(expected), "{refused}");
    }
    assert!(!scene.0.path().join("test.db").exists());
}
