//! `jackfield plugin versions`, `rollback`, `push` and `pull`, as an operator uses them beside a running gateway.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use jackfield_tests::gateway::built_plugin;
use jackfield_tests::registry::Registry;
use serde_json::{Value, json as value};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::hot_swap::rebuilt;
use crate::scene::{Scene, Setup, ask, eventually, says};

fn sha256(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}

/// Runs `jackfield` with this on stdin: whether it succeeded, and everything that it said.
async fn jackfield(arguments: &[&str], input: &str) -> (bool, String) {
    let test = std::env::current_exe().unwrap();
    let program: PathBuf = test.ancestors().nth(2).unwrap().join("jackfield");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that asks for nothing may be gone by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
    let output = child.wait_with_output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// A scene whose gateway keeps versions where the commands look for them.
async fn scene(plugins: &str) -> Scene {
    let mut scene = Scene::start().await;
    scene.first.always(says("still here"));
    configure(&mut scene, plugins).await;
    scene
}

async fn configure(scene: &mut Scene, plugins: &str) {
    let section = format!("plugins: {{ deadline: 10s, cache_dir: ../cache, {plugins} }}\n");
    let config = scene.config(&Setup::default()) + &section;
    scene.gateway.reconfigure(&config).await;
}

/// Runs `jackfield plugin COMMAND …` on the files of a scene's gateway.
async fn plugin(scene: &Scene, command: &[&str]) -> (bool, String) {
    let (config, plugins) = (scene.gateway.config_dir(), scene.gateway.plugins_dir());
    let files = ["--config", path(&config), "--plugins", path(&plugins)];
    jackfield(&[&["plugin"], command, &files].concat(), "").await
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn in_force(snapshot: &Value) -> &str {
    snapshot["plugins"][0]["sha256"].as_str().unwrap()
}

#[tokio::test]
async fn the_previous_version_of_a_plugin_is_put_back_while_the_gateway_serves() {
    let mut scene = scene("").await;
    let (first, second) = (fs::read(built_plugin("openai")).unwrap(), rebuilt("openai", "second"));
    scene.gateway.put_plugin("openai", &second).await;
    assert_eq!(in_force(&scene.gateway.snapshot().await), sha256(&second));

    let (done, said) = plugin(&scene, &["versions", "openai"]).await;
    assert!(done, "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(
        lines[1].contains(&sha256(&second)) && lines[2].contains(&sha256(&first)),
        "{said}"
    );

    let (done, said) = plugin(&scene, &["rollback", "openai"]).await;
    assert!(done, "{said}");
    assert!(
        said.contains(&format!(
            "openai.wasm holds openai 0.1.0 (sha256 {}) again",
            sha256(&first)
        )),
        "{said}"
    );
    assert!(
        said.contains(&format!("before it held 0.1.0 (sha256 {})", sha256(&second))),
        "{said}"
    );
    scene
        .gateway
        .until(|snapshot| in_force(snapshot) == sha256(&first))
        .await;
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "still here");

    // A broken file is replaced by what is in force.
    scene.gateway.put_plugin("openai", b"broken").await;
    let (done, said) = plugin(&scene, &["rollback", "openai"]).await;
    assert!(
        done && said.contains("before it held a file that was never in force"),
        "{said}"
    );
    // Nothing new comes into force with it.
    let ask_again = async || scene.gateway.snapshot().await;
    let settled = |snapshot: &Value| snapshot["rejected"].is_null();
    let snapshot = eventually("the fault to go", ask_again, settled).await;
    assert_eq!(in_force(&snapshot), sha256(&first));

    let (done, said) = plugin(&scene, &["rollback", "openai", "--to", &sha256(&second)[..12]]).await;
    assert!(done, "{said}");
    scene
        .gateway
        .until(|snapshot| in_force(snapshot) == sha256(&second))
        .await;

    let (done, said) = plugin(&scene, &["rollback", "openai", "--to", "9.9"]).await;
    assert!(
        !done && said.contains("no version 9.9 of `openai` was in force in this folder"),
        "{said}"
    );
    let (done, said) = plugin(&scene, &["rollback", "nosuch"]).await;
    assert!(
        !done && said.contains("no earlier version of `nosuch` was in force"),
        "{said}"
    );
}

#[tokio::test]
async fn what_the_configuration_would_not_let_in_is_not_put_back() {
    let mut scene = scene("").await;
    let second = rebuilt("openai", "second");
    scene.gateway.put_plugin("openai", &second).await;
    let file = scene.gateway.plugins_dir().join("openai.wasm");
    for (only_second, why) in [
        (
            format!("pins: {{ openai: \"{}\" }}", sha256(&second)),
            "plugins.pins says",
        ),
        (
            format!("trust: {{ sha256: [\"{}\"] }}", sha256(&second)),
            "has no signature",
        ),
    ] {
        configure(&mut scene, &only_second).await;
        assert_eq!(scene.gateway.snapshot().await["rejected"], value!(null));
        let (done, said) = plugin(&scene, &["rollback", "openai"]).await;
        assert!(
            !done && said.contains("the configuration would not let it in") && said.contains(why),
            "{said}"
        );
        assert_eq!(fs::read(&file).unwrap(), second, "nothing has changed");
    }
}

#[tokio::test]
async fn what_is_pushed_to_a_registry_is_pulled_and_fetched_from_there() {
    let registry = Registry::start().await;
    registry.require("acme", "password-of-the-registry");
    let echo = fs::read(built_plugin("echo")).unwrap();
    let to = format!("oci://{}/acme/echo:1.0", registry.host());
    let file = built_plugin("echo");
    let push = ["plugin", "push", path(&file), &to, "--username", "acme"];
    let (done, said) = jackfield(&push, "wrong\n").await;
    assert!(!done && said.contains("answers with 401 Unauthorized"), "{said}");
    let (done, said) = jackfield(&push, "password-of-the-registry\n").await;
    assert!(done, "{said}");
    let (reference, digest) = said.trim().split_once('@').unwrap();
    assert_eq!(reference, to);

    let manifest = registry.manifest("acme/echo", "1.0").unwrap();
    assert_eq!(format!("sha256:{}", sha256(&manifest)), digest);
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(manifest["layers"][0]["digest"], format!("sha256:{}", sha256(&echo)));
    assert_eq!(manifest["annotations"]["org.opencontainers.image.title"], "echo");

    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("echo.wasm");
    let pull = ["plugin", "pull", &to, "--out", path(&out), "--username", "acme"];
    let (done, pulled) = jackfield(&pull, "password-of-the-registry\n").await;
    assert!(done && pulled == said, "{pulled}");
    assert_eq!(fs::read(&out).unwrap(), echo);

    let puts = |registry: &Registry| {
        let requests = registry.requests();
        requests.iter().filter(|request| request.starts_with("PUT")).count()
    };
    let before = puts(&registry);
    let (done, again) = jackfield(&push, "password-of-the-registry\n").await;
    assert!(done && again == said, "the same plugin has the same digest: {again}");
    assert_eq!(puts(&registry), before + 1, "only the manifest is sent again");

    let (done, said) = jackfield(&["plugin", "push", path(&file), "ghcr.io/acme/echo"], "").await;
    assert!(!done && said.contains("is not an oci:// reference"), "{said}");
}
