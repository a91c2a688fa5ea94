//! Readings of real files, without plugins: which come into force and which are rejected.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;

use jackfield_config::Environment;
use jackfield_sandbox::{CodeCache, Engine};
use tempfile::TempDir;

use super::rebuild;
use crate::snapshot::turn::Turn;
use crate::snapshot::{Builder, Current};

const VALID: &str = "storage: { url: none }\nserver: { auth: off }\n";

/// A gateway's files and its snapshot in force.
struct Files {
    folder: TempDir,
    builder: Builder,
    current: Arc<Current>,
    tried: Option<String>,
}

struct NoVariables;

impl Environment for NoVariables {
    fn var(&self, _name: &str) -> Option<String> {
        None
    }
}

// === impl Files ===

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.yaml"), VALID).unwrap();
        fs::create_dir(folder.path().join("plugins")).unwrap();
        let builder = Builder {
            engine: Engine::new().unwrap(),
            cache: CodeCache::disabled(),
            supply: Arc::default(),
            config_path: folder.path().join("config.yaml"),
            plugins_dir: Some(folder.path().join("plugins")),
            listen: None,
            state_dir: None,
            environment: Box::new(NoVariables),
            rehearsal: None,
        };
        let first = builder.build(None).unwrap();
        let tried = Some(first.digest.clone());
        Self {
            folder,
            builder,
            current: Arc::new(Current::new(first)),
            tried,
        }
    }

    fn write(&self, text: &str) {
        fs::write(self.folder.path().join("config.yaml"), text).unwrap();
    }

    fn write_plugin(&self, text: &str) {
        fs::write(self.folder.path().join("plugins/a.wasm"), text).unwrap();
    }

    fn read(&mut self, forced: bool) -> BTreeSet<PathBuf> {
        let reading = rebuild(
            &self.builder,
            &self.current,
            self.tried.as_deref(),
            forced,
            &Turn::default(),
        );
        self.tried = Some(reading.digest);
        reading.inputs
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn generation(&self) -> u64 {
        self.current.load().generation
    }

    /// The problems of the last rejected change, if there is one.
    fn rejected(&self) -> Option<Vec<String>> {
        let rejection = self.current.rejected()?;
        Some(rejection.faults.0.into_iter().map(|fault| fault.problem).collect())
    }
}

#[test]
fn a_build_that_was_given_up_changes_nothing() {
    let files = Files::new();
    let turn = Turn::default();
    assert!(turn.take());
    for text in ["server: { auth: off, expose_model: true }", "nonsense: true"] {
        files.write(text);
        rebuild(&files.builder, &files.current, files.tried.as_deref(), false, &turn);
        assert_eq!((files.generation(), files.rejected()), (1, None), "{text}");
    }
}

#[test]
fn unchanged_files_do_not_build_a_new_generation() {
    let mut files = Files::new();
    files.read(false);
    assert_eq!(files.generation(), 1);
}

#[test]
fn a_change_comes_into_force_as_the_next_generation() {
    let mut files = Files::new();
    files.write(&format!("{VALID}credits: {{ cost_multiplier: 2 }}\n"));
    files.read(false);
    assert_eq!(files.generation(), 2);
    let multiplier = files.current.load().config.credits.cost_multiplier;
    assert!((multiplier - 2.0).abs() < f64::EPSILON);
}

#[test]
fn a_change_that_needs_a_restart_says_so_until_it_is_undone() {
    let mut files = Files::new();
    files.write(&format!("{VALID}log: {{ level: debug, prompts: true }}\n"));
    files.read(false);
    let warnings = files.current.load().warnings.clone();
    assert_eq!(
        warnings,
        ["log.level has changed and needs a restart; the value from the start is still in force"]
    );
    files.write(&format!("{VALID}# as at the start\n"));
    files.read(false);
    assert_eq!(files.generation(), 3);
    assert!(files.current.load().warnings.is_empty());
}

#[test]
fn a_faulty_change_is_rejected_and_the_snapshot_in_force_stays() {
    let mut files = Files::new();
    files.write("servre: {}\n");
    files.read(false);
    assert_eq!(files.generation(), 1);
    assert_eq!(files.rejected().unwrap(), ["is not a known key"]);
}

#[test]
fn rejected_content_is_not_retried_until_it_changes() {
    let mut files = Files::new();
    files.write_plugin("<html>");
    files.read(false);
    let at = files.current.rejected().unwrap().at;
    files.read(false);
    assert_eq!(files.current.rejected().unwrap().at, at);
    files.write_plugin("<body>");
    files.read(false);
    assert!(files.current.rejected().unwrap().at > at);
}

#[test]
fn a_rejection_is_forgotten_once_the_files_match_the_snapshot_in_force() {
    let mut files = Files::new();
    files.write("servre: {}\n");
    files.read(false);
    files.write(VALID);
    files.read(false);
    assert_eq!((files.generation(), files.rejected()), (1, None));
}

#[test]
fn unreadable_files_are_a_rejection() {
    let mut files = Files::new();
    fs::remove_file(files.folder.path().join("config.yaml")).unwrap();
    files.read(false);
    assert_eq!(files.generation(), 1);
    assert!(files.rejected().is_some());
    files.write(VALID);
    files.read(false);
    assert_eq!(files.rejected(), None);
}

#[test]
fn a_forced_reading_rebuilds_unchanged_files() {
    let mut files = Files::new();
    files.read(true);
    assert_eq!(files.generation(), 2);
}

#[test]
fn a_plugin_file_is_part_of_the_digest_and_garbage_is_rejected_with_a_remedy() {
    let mut files = Files::new();
    files.write_plugin("<html>");
    files.read(false);
    let fault = files.current.rejected().unwrap().faults.0.remove(0);
    assert_eq!(
        fault.problem,
        "is not a WebAssembly component (it begins with 3c 68 74 6d)"
    );
    assert_eq!(fault.remedy, "build one with `jackfield plugin build`");
    fs::rename(
        files.folder.path().join("plugins/a.wasm"),
        files.folder.path().join("plugins/.a.wasm"),
    )
    .unwrap();
    files.read(false);
    assert_eq!(files.rejected(), None);
}

#[test]
fn what_a_rejected_change_misses_is_awaited() {
    let mut files = Files::new();
    files.write(&format!("{VALID}log: {{ level: \"${{file:level}}\" }}\n"));
    let inputs = files.read(false);
    assert!(inputs.contains(&files.path("level")), "{inputs:?}");
    let at = files.current.rejected().unwrap().at;
    files.read(false);
    assert_eq!(files.current.rejected().unwrap().at, at, "nothing has changed");
    fs::write(files.path("level"), "debug\n").unwrap();
    files.read(false);
    assert_eq!((files.generation(), files.rejected()), (2, None));
}

#[test]
fn a_plugins_folder_that_is_missing_is_awaited() {
    let mut files = Files::new();
    files.builder.plugins_dir = None;
    files.write(&format!("{VALID}plugins: {{ dir: later }}\n"));
    let inputs = files.read(false);
    assert!(inputs.contains(&files.path("later")), "{inputs:?}");
    let problem = "the plugins folder cannot be read: No such file or directory (os error 2)";
    assert_eq!(files.rejected().unwrap(), [problem]);
    fs::create_dir(files.path("later")).unwrap();
    files.read(false);
    assert_eq!((files.generation(), files.rejected()), (2, None));
}

const BROKEN: &str = "is not a WebAssembly component (it begins with 3c 68 74 6d)";

#[test]
fn a_broken_plugin_file_does_not_hold_up_the_rest_of_a_change() {
    let mut files = Files::new();
    files.write_plugin("<html>");
    files.read(false);
    assert_eq!(
        (files.generation(), files.rejected().unwrap()),
        (1, vec![BROKEN.to_owned()])
    );
    files.write(&format!("{VALID}credits: {{ cost_multiplier: 2 }}\n"));
    files.read(false);
    assert_eq!(
        (files.generation(), files.rejected().unwrap()),
        (2, vec![BROKEN.to_owned()])
    );
    assert!((files.current.load().config.credits.cost_multiplier - 2.0).abs() < f64::EPSILON);
    // A rejection of something else ends with it; this one stays.
    files.write("servre: {}\n");
    files.read(false);
    assert_eq!(files.rejected().unwrap(), ["is not a known key"]);
    files.write(&format!("{VALID}credits: {{ cost_multiplier: 2 }}\n"));
    files.read(false);
    assert_eq!(
        (files.generation(), files.rejected().unwrap()),
        (2, vec![BROKEN.to_owned()])
    );
    fs::remove_file(files.path("plugins/a.wasm")).unwrap();
    files.read(false);
    assert_eq!((files.generation(), files.rejected()), (3, None));
}

#[test]
fn at_a_start_the_providers_of_a_broken_plugin_are_off() {
    let files = Files::new();
    files.write_plugin("<html>");
    files.write(&format!("{VALID}providers: {{ p: {{ adapter: other }} }}\n"));
    let first = files.builder.build(None).unwrap();
    let reason = format!("no plugin is named `other`, and a.wasm {BROKEN}");
    assert_eq!(first.config.providers["p"].off.as_ref(), Some(&reason));
    let place = files.path("config.yaml");
    let warning = format!("{}:3:14: providers.p is off: {reason}", place.display());
    assert_eq!(first.warnings, [warning]);
    let rejected = Current::new(first).rejected().unwrap();
    assert_eq!(rejected.faults.0[0].file, files.path("plugins/a.wasm"));
    // A check fails all the same.
    let loaded = jackfield_config::load(&place, &NoVariables).unwrap();
    let faults = files.builder.check(&loaded);
    assert_eq!(faults.iter().map(|fault| &fault.problem).collect::<Vec<_>>(), [BROKEN]);
}

#[test]
fn later_only_a_file_named_like_its_adapter_excuses_a_missing_plugin() {
    let mut files = Files::new();
    files.write_plugin("<html>");
    files.write(&format!("{VALID}providers: {{ p: {{ adapter: other }} }}\n"));
    files.read(false);
    let rejected = files.rejected().unwrap();
    assert_eq!(
        (files.generation(), rejected.as_slice()),
        (1, &["no plugin is named `other`".to_owned()][..])
    );
    fs::rename(files.path("plugins/a.wasm"), files.path("plugins/my_other.wasm")).unwrap();
    files.read(false);
    assert_eq!(
        (files.generation(), files.rejected().unwrap()),
        (2, vec![BROKEN.to_owned()])
    );
    let off = files.current.load().config.providers["p"].off.clone();
    assert_eq!(
        off.unwrap(),
        format!("no plugin is named `other`, and my_other.wasm {BROKEN}")
    );
}

#[test]
fn a_link_that_leads_nowhere_is_a_broken_plugin_file() {
    let mut files = Files::new();
    symlink("nowhere.wasm", files.path("plugins/a.wasm")).unwrap();
    // Folders and hidden files are none.
    fs::create_dir(files.path("plugins/b.wasm")).unwrap();
    fs::write(files.path("plugins/.c.wasm"), "<html>").unwrap();
    files.read(false);
    let problem = "cannot be read: No such file or directory (os error 2)";
    assert_eq!(
        (files.generation(), files.rejected().unwrap()),
        (1, vec![problem.to_owned()])
    );
}
