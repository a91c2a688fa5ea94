//! The command line's way to a plugin, as an author outside this repository walks it.

#![expect(clippy::unwrap_used, reason = "what cannot be done must fail the test")]

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jackfield_config::TrustConfig;

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

/// Runs `jackfield` with `input` on stdin. Returns whether it succeeded, what it printed and what it complained of.
fn jackfield(arguments: &[&str], folder: &Path, input: &str) -> (bool, String, String) {
    let mut child = Command::new(profile().join("jackfield"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that asks for no password may be gone by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_plugin_is_signed_with_a_key_whose_password_comes_from_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let plugin = std::fs::read(jackfield_tests::gateway::built_plugin("echo")).unwrap();
    std::fs::write(here.join("echo.wasm"), &plugin).unwrap();

    let (done, shown, errors) = jackfield(&["plugin", "keygen", "vendor.key"], here, "pass word\n");
    assert!(done, "{errors}");
    let public = shown.lines().last().unwrap();
    let mode = std::fs::metadata(here.join("vendor.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (again, _, errors) = jackfield(&["plugin", "keygen", "vendor.key"], here, "other\n");
    assert!(!again && errors.contains("vendor.key is there already"), "{errors}");

    let sign = ["plugin", "sign", "echo.wasm", "--key", "vendor.key"];
    let (signed, _, errors) = jackfield(&sign, here, "wrong\n");
    assert!(
        !signed && errors.contains("cannot be opened with this password"),
        "{errors}"
    );
    let (signed, shown, errors) = jackfield(&sign, here, "pass word\n");
    assert!(signed, "{errors}");
    assert_eq!(shown, format!("echo.wasm.minisig  signed by {public}\n"));
    let signature = std::fs::read_to_string(here.join("echo.wasm.minisig")).unwrap();
    let trust = TrustConfig {
        public_keys: vec![public.to_owned()],
        sha256: Vec::new(),
    };
    trust.signer(&plugin, Some(&signature), "echo.wasm.minisig").unwrap();

    let (signed, _, errors) = jackfield(&["plugin", "sign", "echo.wasm", "--key", "vendor.pub"], here, "");
    assert!(
        !signed && errors.contains("vendor.pub is no minisign secret key"),
        "{errors}"
    );
    let (signed, _, errors) = jackfield(&["plugin", "sign", "vendor.pub", "--key", "vendor.key"], here, "");
    assert!(!signed && errors.contains("vendor.pub is not WebAssembly"), "{errors}");
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
    assert!(shown.contains("contract  jackfield:plugin@1.1.0, adapter"), "{shown}");
    assert!(shown.contains("\"name\": \"fresh-one\""), "{shown}");

    let again = run(jackfield, &["plugin", "build", "fresh-one", "--out", "plugins"], here);
    assert!(again.ends_with("(unchanged)\n"), "{again}");
}

#[test]
fn a_command_whose_reader_has_gone_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(profile().join("jackfield"))
        .args(["plugin", "wit", "--out", "wit"])
        .current_dir(folder.path())
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
