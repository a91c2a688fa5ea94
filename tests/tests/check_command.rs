//! `jackfield check` as operators and pipelines run it: the built program, over real files and built plugins.

#![expect(clippy::unwrap_used, reason = "what cannot be done must fail the test")]

use std::fs;
use std::path::PathBuf;

use jackfield_tests::gateway::{FREE, install_adapters};
use jackfield_tests::redis::Redis;
use jackfield_tests::upstream::{Upstream, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::Command;

/// The program that cargo built beside this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("jackfield")
}

/// A folder with this configuration and the plugins that it names.
fn folder(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("plugins")).unwrap();
    install_adapters(config, &folder.path().join("plugins"));
    fs::write(folder.path().join("config.yaml"), config).unwrap();
    folder
}

/// The exit code, stdout and stderr of a check with these further arguments.
async fn check(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(program())
        .args(["check", "--config", "config.yaml", "--plugins", "plugins"])
        .args(arguments)
        .current_dir(folder.path())
        .env_remove("NOT_SET")
        .output()
        .await
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn strictly_a_provider_that_is_off_is_a_fault() {
    let folder =
        folder("providers:\n  a: { adapter: echo, api_key: \"${env:NOT_SET}\" }\nplugins: { deadline: 10s }\n");
    let (code, out, _) = check(&folder, &[]).await;
    assert_eq!(code, Some(0));
    assert!(out.contains("providers.a is off: NOT_SET is not set"), "{out}");
    let (code, _, err) = check(&folder, &["--strict"]).await;
    assert_eq!(code, Some(78));
    assert_eq!(
        err,
        "config.yaml:2:3: providers.a: is off: NOT_SET is not set; provide it, or remove the provider\n\
         1 fault in config.yaml\n"
    );
}

#[tokio::test]
async fn a_broken_plugin_file_is_a_fault() {
    let folder = folder("providers: { a: { adapter: other } }\n");
    fs::write(folder.path().join("plugins/other.wasm"), "half").unwrap();
    let (code, _, err) = check(&folder, &[]).await;
    assert_eq!(code, Some(78));
    let fault = "is not a WebAssembly component (it begins with 68 61 6c 66); build one with `jackfield plugin build`";
    assert_eq!(err, format!("plugins/other.wasm: {fault}\n1 fault in config.yaml\n"));
}

#[tokio::test]
async fn online_each_provider_is_called_once() {
    let upstream = Upstream::start().await;
    upstream.reply(json(401, "{}"));
    let url = upstream.base_url();
    let providers = format!(
        "providers:\n  there: {{ adapter: openai, base_url: \"{url}\", api_key: \"sk-there\" }}\n  self: {{ adapter: echo }}\n  \
         off: {{ adapter: openai, base_url: \"{url}\", api_key: \"${{env:NOT_SET}}\" }}\n"
    );
    let models = format!("models: {{ m: {{ {FREE}, chain: [{{ provider: there, model: m }}] }} }}\n");
    let config = format!("{providers}{models}plugins: {{ deadline: 10s }}\n");
    let (code, out, err) = check(&folder(&config), &["--online"]).await;
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let line = out.lines().find(|line| line.starts_with("providers.there: ")).unwrap();
    assert!(
        line.starts_with(&format!("providers.there: {url} answers with 401 after ")),
        "{line}"
    );
    assert!(line.ends_with(" ms; it may not accept the credential"), "{line}");
    let requests = upstream.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        (requests[0].method.as_str(), requests[0].header("authorization")),
        ("GET", Some("Bearer sk-there"))
    );
}

#[tokio::test]
async fn online_a_provider_that_does_not_answer_is_a_fault() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let config = format!("providers:\n  a: {{ adapter: openai, base_url: \"{url}\" }}\nplugins: {{ deadline: 10s }}\n");
    let (code, _, err) = check(&folder(&config), &["--online"]).await;
    assert_eq!(code, Some(78));
    let problem = format!("{url} does not answer: it accepts no connection: Connection refused (os error 111)");
    let remedy = "check the URL, the network between here and there, and the upstream";
    assert_eq!(
        err,
        format!("config.yaml:2:25: providers.a.base_url: {problem}; {remedy}\n1 fault in config.yaml\n")
    );
}

#[tokio::test]
async fn online_the_database_and_redis_are_asked_and_nothing_is_created() {
    let redis = Redis::start().await;
    let provider = "providers: { a: { adapter: echo } }\nplugins: { deadline: 10s }\n";
    let stores = format!(
        "storage: {{ url: \"sqlite:accounts.db\" }}\nlimits: {{ url: \"{}\" }}\n",
        redis.url()
    );
    let config = folder(&(provider.to_owned() + &stores));
    let (code, out, err) = check(&config, &["--online"]).await;
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let created = "storage.url: the database does not exist yet; the first start creates it\n";
    assert!(
        out.contains(created) && out.contains("limits.url: Redis answers\n"),
        "{out}"
    );
    assert!(!config.path().join("accounts.db").exists());

    fs::write(
        config.path().join("accounts.db"),
        "a text of more than a few bytes ".repeat(100),
    )
    .unwrap();
    drop(redis);
    let (code, _, err) = check(&config, &["--online"]).await;
    assert_eq!(code, Some(78));
    assert!(err.contains("storage.url: the database is not available: "), "{err}");
    assert!(
        err.contains("limits.url: Redis does not answer; check limits.url, "),
        "{err}"
    );
    assert!(err.ends_with("2 faults in config.yaml\n"), "{err}");
}
