//! A folder with a configuration, in which commands are run.

use std::collections::BTreeMap;
use std::fs;

use clap::Parser;
use tempfile::TempDir;

use super::super::{key, user};
use super::*;

/// What a command printed, or why it failed.
pub(in super::super) type Told = Result<String, String>;

/// A folder with a configuration.
pub(in super::super) struct Scene(TempDir);

/// The commands as they are typed.
#[derive(Parser)]
enum Typed {
    #[command(subcommand)]
    User(user::UserCommand),
    #[command(subcommand)]
    Key(key::KeyCommand),
}

// === impl Scene ===

impl Scene {
    /// One with the plans free and max, and a database that is not there yet.
    pub(in super::super) fn new() -> Self {
        Self::of("storage: { url: \"sqlite:test.db\" }\n")
    }

    fn of(storage: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let plans = "plans:\n  free: { tiers: [free] }\n  max: { tiers: [free] }\n";
        let text = format!("{storage}{plans}");
        fs::write(folder.path().join("c.yaml"), text).unwrap();
        Self(folder)
    }

    /// What `jackfield WHAT WORDS… --config FOLDER` comes to.
    pub(in super::super) fn told(&self, what: &str, words: &[&str]) -> Told {
        let folder = self.0.path().to_str().unwrap();
        let line = [&["jackfield", what], words, &["--config", folder]].concat();
        let typed = Typed::try_parse_from(line).map_err(|error| error.to_string())?;
        let (mut out, environment) = (Vec::new(), BTreeMap::new());
        let work = async |config: &Config, store: &Store, out: &mut dyn Write| match typed {
            Typed::User(command) => user::carry_out(command, config, store, out).await,
            Typed::Key(command) => key::carry_out(command, store, out).await,
        };
        let done = open(self.0.path(), &environment, work, &mut out);
        done.map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }
}

#[test]
fn a_configuration_that_keeps_nothing_has_no_users() {
    let scene = Scene::of("storage: { url: none }\n");
    let expected = "the configuration keeps nothing: storage.url is none; \
        write sqlite:jackfield.db there, or postgres://user:password@host/database";
    assert_eq!(scene.told("user", &["list"]), Err(expected.to_owned()));
}

#[test]
fn the_database_lies_in_the_configurations_folder() {
    let scene = Scene::new();
    scene.told("user", &["list"]).unwrap();
    assert!(scene.0.path().join("test.db").is_file());
}

#[test]
fn an_amount_that_is_none_is_refused_before_anything_is_opened() {
    let scene = Scene::new();
    for amount in ["1,5", "abc", "", "1e3", "0.0000001"] {
        let refused = scene.told("user", &["add-credits", "ada", amount]);
        let refused = refused.unwrap_err();
        let expected = "write an amount such as 12.5 or -3, with at most six decimals";
        assert!(refused.contains(expected), "{refused}");
    }
    assert!(!scene.0.path().join("test.db").exists());
}
