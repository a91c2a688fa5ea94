//! Changes of the configuration's files, in all the ways in which editors and orchestrators make them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use jackfield_tests::gateway::{FREE, Gateway, install_adapters};
use jackfield_tests::upstream::Upstream;
use serde_json::{Value, json as value};
use tempfile::TempDir;

use crate::scene::{Scene, Setup, ask, eventually, says};

/// Echoes, and answers as this model.
fn echo(model: &str) -> String {
    format!(
        "server: {{ auth: off }}\nplugins: {{ deadline: 10s }}\nstorage: {{ url: none }}\nproviders:\n  echo: {{ adapter: echo }}\nmodels:\n  {model}:\n    {FREE}\n    chain: [{{ provider: echo, model: echo }}]\n"
    )
}

async fn status(gateway: &Gateway, model: &str) -> u16 {
    gateway.client().chat(ask(model)).await.status
}

/// Waits until the last rejection is taken back.
async fn settled(gateway: &Gateway) -> Value {
    let snapshot = async || gateway.snapshot().await;
    eventually("the end of a rejection", snapshot, |it| it["rejected"].is_null()).await
}

#[tokio::test]
async fn a_key_that_needs_a_restart_says_so_in_the_log_and_the_snapshot() {
    let mut gateway = Gateway::start(&echo("m")).await;
    let changed = echo("m").replace("url: none", "url: \"sqlite:other.db\"");
    gateway
        .reconfigure(&(changed + "limits: { url: \"redis://127.0.0.1:1\" }\n"))
        .await;
    let snapshot = gateway.snapshot().await;
    let warnings: Vec<&str> = snapshot["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for key in ["limits.url", "storage.url", "storage.journal"] {
        let warning = warnings.iter().find(|warning| warning.starts_with(key));
        let warning = warning.unwrap_or_else(|| panic!("{key} is not among {warnings:?}"));
        assert!(warning.contains("needs a restart"), "{warning}");
        assert!(gateway.logs().contains(warning));
    }
    assert_eq!(status(&gateway, "m").await, 200);
}

#[tokio::test]
async fn a_fault_keeps_the_old_configuration_and_says_where_it_is() {
    let mut gateway = Gateway::start(&echo("old")).await;
    let wrong = echo("new") + "routing: { retry_cuont: 3 }\n";
    gateway.reconfigure(&wrong).await;
    let snapshot = gateway.snapshot().await;
    assert_eq!(snapshot["generation"], 1);
    let faults = snapshot["rejected"]["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 1, "{faults:?}");
    let fault = &faults[0];
    assert!(fault["file"].as_str().unwrap().ends_with("config/config.yaml"));
    assert_eq!((&fault["line"], &fault["column"]), (&value!(10), &value!(12)));
    assert!(fault["remedy"].as_str().unwrap().contains("retry_count"), "{fault}");
    assert!(gateway.logs().contains("config.yaml:10:12: routing"));
    assert_eq!(
        (status(&gateway, "old").await, status(&gateway, "new").await),
        (200, 400)
    );
    gateway.reconfigure(&echo("new")).await;
    let snapshot = gateway.snapshot().await;
    assert_eq!(
        (&snapshot["generation"], &snapshot["rejected"]),
        (&value!(2), &value!(null))
    );
    assert_eq!(
        (status(&gateway, "old").await, status(&gateway, "new").await),
        (400, 200)
    );
}

#[tokio::test]
async fn every_fault_is_told_and_not_only_the_first() {
    let mut gateway = Gateway::start(&echo("old")).await;
    let wrong = echo("new").replace("adapter: echo", "adapter: ehco") + "routing: { retry_count: -1 }\nkyes: {}\n";
    gateway.reconfigure(&wrong).await;
    let faults = gateway.snapshot().await["rejected"]["faults"].take();
    let fields: Vec<&Value> = faults.as_array().unwrap().iter().map(|fault| &fault["line"]).collect();
    assert_eq!(fields, [10, 11]);
    // What only the plugins can tell is looked at once the files are sound.
    gateway
        .reconfigure(&echo("new").replace("adapter: echo", "adapter: ehco"))
        .await;
    let faults = gateway.snapshot().await["rejected"]["faults"].take();
    assert_eq!(faults[0]["message"], "no plugin is named `ehco`");
    assert_eq!((&faults[0]["line"], &faults[0]["column"]), (&value!(5), &value!(11)));
}

#[tokio::test]
async fn yaml_that_is_none_is_rejected_with_its_place() {
    let mut gateway = Gateway::start(&echo("old")).await;
    gateway.reconfigure("server: { auth: off\nmodels: [\n").await;
    let fault = gateway.snapshot().await["rejected"]["faults"][0].take();
    assert!(fault["line"].as_u64().unwrap() >= 1, "{fault}");
    assert_eq!(status(&gateway, "old").await, 200);
}

#[tokio::test]
async fn what_is_in_force_already_makes_no_new_generation() {
    let mut gateway = Gateway::start(&echo("old")).await;
    gateway.reconfigure("nonsense: true\n").await;
    assert!(!gateway.snapshot().await["rejected"].is_null());
    // The same content as at the beginning, in another file under the same name.
    let place = gateway.config_dir().join("config.yaml");
    jackfield_tests::gateway::put(&place, echo("old").as_bytes());
    assert_eq!(settled(&gateway).await["generation"], 1);
    assert!(
        gateway
            .logs()
            .contains("the rejected change was taken back; in force again")
    );
}

#[tokio::test]
async fn a_file_of_equal_size_and_date_is_read() {
    let mut gateway = Gateway::start(&echo("old")).await;
    let place = gateway.config_dir().join("config.yaml");
    let date = fs::metadata(&place).unwrap().modified().unwrap();
    let write = |_: &_| {
        fs::write(&place, echo("new")).unwrap();
        fs::File::open(&place).unwrap().set_modified(date).unwrap();
    };
    gateway.after(write).await;
    gateway
        .until(|snapshot| snapshot["rejected"].is_null() && snapshot["generation"] != 1)
        .await;
    assert_eq!(status(&gateway, "new").await, 200);
}

#[tokio::test]
async fn what_a_rejected_change_misses_is_awaited() {
    let mut gateway = Gateway::start(&echo("old")).await;
    let later = gateway.folder().join("later");
    let config = format!(
        "{}log: {{ level: \"${{file:{}/level}}\" }}\n",
        echo("new"),
        later.display()
    );
    gateway.reconfigure(&config).await;
    let fault = gateway.snapshot().await["rejected"]["faults"][0].take();
    assert!(
        fault["message"]
            .as_str()
            .unwrap()
            .ends_with("cannot be read (entity not found)"),
        "{fault}"
    );
    gateway
        .after(|_| {
            fs::create_dir(&later).unwrap();
            fs::write(later.join("level"), "info\n").unwrap();
        })
        .await;
    assert_eq!(settled(&gateway).await["generation"], 2);
    assert_eq!(status(&gateway, "new").await, 200);
}

#[tokio::test]
async fn providers_that_are_off_are_told_once_and_in_one_line() {
    let config = "providers:\n  lone-a: { adapter: echo, api_key: \"${env:NOT_SET}\" }\n  \
        lone-b: { adapter: echo, api_key: \"${env:NOT_SET}\" }\n";
    let mut gateway = Gateway::start(config).await;
    gateway.reload().await;
    gateway
        .reconfigure(&format!("{config}routing: {{ retry_count: 0 }}\n"))
        .await;
    let told = |logs: String| logs.lines().filter(|line| line.contains("lone-a")).count();
    assert_eq!(gateway.snapshot().await["generation"], 3);
    assert_eq!(told(gateway.logs()), 1);
    let line = "2 providers are off: lone-a (NOT_SET is not set), lone-b (NOT_SET is not set)";
    assert!(gateway.logs().contains(line));
    gateway
        .reconfigure(&config.replace("lone-b: { adapter: echo, api_key: \"${env:NOT_SET}\" }", ""))
        .await;
    assert_eq!(told(gateway.logs()), 2);
}

#[tokio::test]
async fn models_and_their_providers_may_come_in_a_file_of_their_own() {
    let mut gateway = Gateway::start(&echo("old")).await;
    let file = gateway.config_dir().join("more.yaml");
    let more = format!(
        "providers: {{ mine: {{ adapter: echo }} }}\nmodels: {{ new: {{ {FREE}, chain: [{{ provider: mine, model: m }}] }} }}\n"
    );
    gateway
        .after(|_| jackfield_tests::gateway::put(&file, more.as_bytes()))
        .await;
    gateway.until(|snapshot| snapshot["generation"] == 2).await;
    assert_eq!(
        (status(&gateway, "old").await, status(&gateway, "new").await),
        (200, 200)
    );
}

#[tokio::test]
async fn a_file_that_is_written_in_place_is_read() {
    let mut gateway = Gateway::start(&echo("old")).await;
    let place = gateway.config_dir().join("config.yaml");
    gateway.after(|_| fs::write(&place, echo("new")).unwrap()).await;
    gateway
        .until(|snapshot| snapshot["rejected"].is_null() && snapshot["generation"] != 1)
        .await;
    assert_eq!(status(&gateway, "new").await, 200);
}

#[tokio::test]
async fn a_file_that_vanishes_and_comes_back_is_bridged() {
    let mut gateway = Gateway::start(&echo("old")).await;
    let place = gateway.config_dir().join("config.yaml");
    gateway.after(|_| fs::remove_file(&place).unwrap()).await;
    let fault = gateway.snapshot().await["rejected"]["faults"][0].take();
    assert_eq!(fault["message"], "contains no *.yaml file");
    assert_eq!(status(&gateway, "old").await, 200);
    fs::write(&place, echo("old")).unwrap();
    assert_eq!(settled(&gateway).await["generation"], 1);
}

#[tokio::test]
async fn a_new_file_joins_the_others() {
    let mut gateway = Gateway::start(&echo("old")).await;
    let file = gateway.config_dir().join("routing.yaml");
    gateway
        .after(|_| fs::write(&file, "routing: { retry_count: 0 }\n").unwrap())
        .await;
    gateway.until(|snapshot| snapshot["generation"] == 2).await;
    let twice = gateway.config_dir().join("twice.yaml");
    gateway.after(|_| fs::write(&twice, "routing: {}\n").unwrap()).await;
    let faults = gateway.until(|snapshot| !snapshot["rejected"].is_null()).await;
    let fault = faults["rejected"]["faults"][0].to_string();
    assert!(
        fault.contains("routing.yaml") && fault.contains("twice.yaml"),
        "{fault}"
    );
}

#[tokio::test]
async fn a_secret_in_a_file_of_its_own_is_rotated_with_it() {
    let mut scene = Scene::start().await;
    scene.first.always(says("hi"));
    let key = scene.gateway.config_dir().join("key.txt");
    fs::write(&key, "sk-before").unwrap();
    let config = scene.config(&Setup::default());
    let config = config.replace(crate::scene::FIRST_KEY, "${file:key.txt}");
    scene.gateway.reconfigure(&config).await;
    scene.client().chat(ask("solo")).await;
    scene
        .gateway
        .after(|_| jackfield_tests::gateway::put(&key, b"sk-after"))
        .await;
    scene.client().chat(ask("solo")).await;
    for expected in ["Bearer sk-before", "Bearer sk-after"] {
        let request = scene.first.next_request().await;
        assert_eq!(request.header("authorization"), Some(expected));
    }
}

#[tokio::test]
async fn a_provider_whose_variable_is_not_set_is_off_and_says_so() {
    let upstream = Upstream::start().await;
    upstream.always(says("hi"));
    let url = upstream.base_url();
    let config = format!(
        r#"
providers:
  off: {{ adapter: openai, base_url: "{url}", api_key: "${{env:NOT_SET}}" }}
  on: {{ adapter: openai, base_url: "{url}", api_key: "${{env:SET}}" }}
models:
  both: {{ {FREE}, chain: [{{ provider: off, model: a }}, {{ provider: on, model: b }}] }}
  none: {{ {FREE}, chain: [{{ provider: off, model: a }}] }}
"#
    );
    let gateway = Gateway::start_with(&config, &[("SET", "sk-set")]).await;
    let answer = gateway.client().chat(ask("both")).await;
    assert_eq!(answer.json()["provider"], "on");
    assert_eq!(
        upstream.next_request().await.header("authorization"),
        Some("Bearer sk-set")
    );
    let answer = gateway.client().chat(ask("none")).await;
    let expected = "The model `none` is not configured on this gateway: none of its providers is set up.";
    assert_eq!((answer.status, answer.text()), (503, expected));
    assert_eq!(answer.error_code(), Some("MODEL_NOT_CONFIGURED"));
    // The operator learns what is missing.
    let logs = gateway.logs();
    let line = logs.lines().find(|line| line.contains(expected)).unwrap();
    assert!(line.contains("provider off: NOT_SET is not set"), "{line}");
    let snapshot = gateway.snapshot().await;
    assert_eq!(snapshot["providers"][0]["state"], "off");
    assert!(snapshot["providers"][0]["reason"].as_str().unwrap().contains("NOT_SET"));
    assert!(
        snapshot["warnings"][0]
            .as_str()
            .unwrap()
            .contains("providers.off is off")
    );
}

#[tokio::test]
async fn a_reload_by_hand_reads_everything_again() {
    let mut gateway = Gateway::start(&echo("old")).await;
    gateway.reload().await;
    let snapshot = gateway.snapshot().await;
    assert_eq!(
        (&snapshot["generation"], &snapshot["rejected"]),
        (&value!(2), &value!(null))
    );
}

#[tokio::test]
async fn a_folder_that_kubernetes_swaps_behind_a_link_is_followed() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    for volume in ["config", "plugins"] {
        fs::create_dir(here.join(volume)).unwrap();
    }
    fs::create_dir(here.join("plugins/..v1")).unwrap();
    install_adapters("adapter: echo", &here.join("plugins/..v1"));
    publish(&here.join("plugins"), "..v1", &["echo.wasm"]);
    write_version(here, "..v1", "old");
    publish(&here.join("config"), "..v1", &["config.yaml"]);

    let mut gateway = Gateway::start_in(folder, "config", "plugins").await;
    assert_eq!(status(&gateway, "old").await, 200);
    write_version(gateway.folder(), "..v2", "new");
    gateway
        .after(|gateway| publish(&gateway.config_dir(), "..v2", &[]))
        .await;
    gateway.until(|snapshot| snapshot["generation"] == 2).await;
    assert_eq!(
        (status(&gateway, "old").await, status(&gateway, "new").await),
        (400, 200)
    );

    fs::create_dir(gateway.plugins_dir().join("..v2")).unwrap();
    let other = crate::hot_swap::rebuilt("echo", "second build");
    fs::write(gateway.plugins_dir().join("..v2/echo.wasm"), other).unwrap();
    let before = gateway.snapshot().await["plugins"][0]["sha256"].clone();
    gateway
        .after(|gateway| publish(&gateway.plugins_dir(), "..v2", &[]))
        .await;
    let snapshot = gateway.until(|snapshot| snapshot["generation"] == 3).await;
    assert_ne!(snapshot["plugins"][0]["sha256"], before);
    assert_eq!(status(&gateway, "new").await, 200);
}

fn write_version(folder: &Path, version: &str, model: &str) {
    let version = folder.join("config").join(version);
    fs::create_dir(&version).unwrap();
    fs::write(version.join("config.yaml"), echo(model)).unwrap();
}

/// Points `..data` at a version in one step, as the kubelet's atomic writer does, and links these files through it.
fn publish(volume: &Path, version: &str, files: &[&str]) {
    symlink(version, volume.join("..data_tmp")).unwrap();
    fs::rename(volume.join("..data_tmp"), volume.join("..data")).unwrap();
    for file in files {
        symlink(Path::new("..data").join(file), volume.join(file)).unwrap();
    }
}
