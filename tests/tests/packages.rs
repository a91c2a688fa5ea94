//! What is installed beside the program: the image's file tree runs, and the unit and the chart say what the code says.

#![expect(clippy::unwrap_used, reason = "what cannot be done must fail the test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jackfield_config::ServerConfig;
use jackfield_tests::gateway::built_plugin;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The program that cargo built beside this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("jackfield")
}

#[track_caller]
fn succeeds(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
    output
}

#[test]
fn the_program_runs_within_the_files_of_its_image() {
    let folder = tempfile::tempdir().unwrap();
    let (plugins, tree) = (folder.path().join("plugins"), folder.path().join("image"));
    fs::create_dir(&plugins).unwrap();
    fs::copy(built_plugin("echo"), plugins.join("echo.wasm")).unwrap();
    let script = root().join("deploy/image-tree");
    // Twice, because a tree that is there is laid out anew.
    for _ in 0..2 {
        succeeds(Command::new(&script).args([&program(), &plugins, &tree]));
    }
    succeeds(
        Command::new(tree.join("usr/bin/jackfield"))
            .arg("check")
            .env_clear()
            .env("JACKFIELD_CONFIG", tree.join("etc/jackfield"))
            .env("JACKFIELD_PLUGINS", tree.join("usr/lib/jackfield/plugins"))
            .env("JACKFIELD_CODE", tree.join("usr/lib/jackfield/code"))
            .env("STATE_DIRECTORY", tree.join("var/lib/jackfield")),
    );
    assert_eq!(fs::read_dir(tree.join("usr/lib/jackfield/code")).unwrap().count(), 1);
    // Only root may change the root folder.
    if rustix::process::geteuid().is_root() {
        let mut within = Command::new("chroot");
        within
            .arg("--userspec=65532:65532")
            .arg(&tree)
            .args(["/usr/bin/jackfield", "--version"]);
        let output = succeeds(&mut within);
        assert!(output.stdout.starts_with(b"jackfield "), "{output:?}");
    }
}

#[test]
fn a_folder_that_is_no_image_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine"), "").unwrap();
    let mut script = Command::new(root().join("deploy/image-tree"));
    let output = script
        .args([&program(), folder.path(), folder.path()])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(folder.path().join("mine").exists());
}

#[test]
fn one_script_lays_out_the_image_and_what_is_tried() {
    for file in ["deploy/Dockerfile", "Makefile"] {
        assert!(read(file).contains("deploy/image-tree "), "{file}");
    }
}

#[test]
fn the_unit_gives_streams_the_time_that_the_program_gives_them() {
    let unit = read("deploy/jackfield.service");
    let value = |key: &str| {
        let lines = unit.lines().filter_map(|line| line.split_once('='));
        let mut found = lines
            .filter(|(name, _)| *name == key)
            .map(|(_, value)| value.to_owned());
        found.next_back().unwrap_or_else(|| panic!("{key}"))
    };
    let drain = ServerConfig::default().drain_timeout.as_secs();
    assert!(value("TimeoutStopSec").parse::<u64>().unwrap() > drain);
    for (key, expected) in [
        ("Type", "notify"),
        ("DynamicUser", "yes"),
        ("StateDirectory", "jackfield"),
        ("StartLimitIntervalSec", "0"),
        ("RestartPreventExitStatus", "78"),
    ] {
        assert_eq!(value(key), expected);
    }
    // Compiled plugins are machine code that this process has written.
    assert!(!unit.lines().any(|line| line.starts_with("MemoryDenyWriteExecute")));
}

#[test]
fn the_unit_that_takes_over_is_the_other_one_with_its_listener() {
    let settings = |path| -> BTreeSet<String> {
        let text = read(path);
        let lines = text.lines().filter(|line| line.contains('=') && !line.starts_with('#'));
        lines.map(str::to_owned).collect()
    };
    let (unit, instance) = (
        settings("deploy/jackfield.service"),
        settings("deploy/jackfield@.service"),
    );
    let only = |one: &BTreeSet<String>, other| -> Vec<String> { one.difference(other).cloned().collect() };
    let name = "Description=Jackfield, a gateway for language-model APIs";
    assert_eq!(
        only(&instance, &unit),
        [format!("{name} (%i)").as_str(), "Sockets=jackfield.socket"]
    );
    assert_eq!(only(&unit, &instance), [name, "WantedBy=multi-user.target"]);
}

#[test]
fn the_chart_has_the_version_of_the_program() {
    let chart = read("deploy/helm/Chart.yaml");
    assert!(
        chart.contains(&format!("\nappVersion: \"{}\"\n", env!("CARGO_PKG_VERSION"))),
        "{chart}"
    );
    let drain = ServerConfig::default().drain_timeout.as_secs();
    assert!(read("deploy/helm/values.yaml").contains(&format!("\ndrainSeconds: {drain}\n")));
}
