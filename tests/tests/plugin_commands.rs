//! The command line's way to a plugin, as an author outside this repository walks it.

#![expect(clippy::unwrap_used, reason = "what cannot be done must fail the test")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that cargo builds this test, and the gateway, into.
fn profile() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().to_owned()
}

/// Runs a program and returns what it printed.
fn run(program: &OsStr, arguments: &[&str], folder: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        // The packages have been compiled there for this repository's own plugins.
        .env("CARGO_TARGET_DIR", profile().parent().unwrap())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {arguments:?}\n{errors}", program.display());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_new_plugin_passes_its_tests_builds_and_describes_itself() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let jackfield = profile().join("jackfield");
    let jackfield = jackfield.as_os_str();

    run(jackfield, &["plugin", "new", "fresh-one"], here);
    // The versions that this repository is tested with; an author gets the newest.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    std::fs::copy(lock, here.join("fresh-one/Cargo.lock")).unwrap();

    let tested = run(env!("CARGO").as_ref(), &["test"], &here.join("fresh-one"));
    assert!(
        tested.contains("every_golden_case_matches_its_snapshot ... ok"),
        "{tested}"
    );

    let built = run(jackfield, &["plugin", "build", "fresh-one", "--out", "plugins"], here);
    assert!(built.starts_with("plugins/fresh-one.wasm  "), "{built}");

    let shown = run(jackfield, &["plugin", "inspect", "plugins/fresh-one.wasm"], here);
    assert!(shown.contains("contract  jackfield:plugin@1.0.0, adapter"), "{shown}");
    assert!(shown.contains("\"name\": \"fresh-one\""), "{shown}");

    let again = run(jackfield, &["plugin", "build", "fresh-one", "--out", "plugins"], here);
    assert!(again.ends_with("(unchanged)\n"), "{again}");
}
