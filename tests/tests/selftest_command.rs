//! `jackfield selftest` as operators run it: the built program, over real files and built plugins.

#![expect(clippy::unwrap_used, reason = "what cannot be done must fail the test")]

use std::fs;
use std::path::Path;

use jackfield_tests::gateway::install_adapters;
use serde_json::{Value, json as value};
use tokio::process::Command;

const CONFIG: &str = "
providers:
  a: { adapter: openai, base_url: \"https://a.invalid/v1\", api_key: \"sk-secret\" }
  b: { adapter: anthropic, base_url: \"https://b.invalid/v1\", api_key: \"${env:NOT_SET}\" }
models:
  two: { chain: [{ provider: a, model: x }, { provider: b, model: y }] }
  alike: { chain: [{ provider: a, model: z }, { provider: b, model: z }] }
  alone: { chain: [{ provider: b, model: y }] }
plugins: { deadline: 10s }
";

/// The exit code and stdout of a selftest.
async fn selftest(config: &Path, plugins: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let here = std::env::current_exe().unwrap();
    let output = Command::new(here.ancestors().nth(2).unwrap().join("jackfield"))
        .arg("selftest")
        .arg("--config")
        .arg(config)
        .arg("--plugins")
        .arg(plugins)
        .args(arguments)
        .env_remove("NOT_SET")
        .output()
        .await
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The case of a chain.
fn case<'a>(chain: &'a Value, fault: &str, scope: &str, stream: bool) -> &'a Value {
    let cases = chain["cases"].as_array().unwrap();
    let wanted = |case: &&Value| case["fault"] == fault && case["scope"] == scope && case["stream"] == stream;
    cases.iter().find(wanted).unwrap()
}

fn outcome(case: &Value) -> (&str, Option<u64>, Vec<(&str, &str)>) {
    let tried = case["tried"].as_array().unwrap().iter();
    let tried = tried.map(|tried| (tried["provider"].as_str().unwrap(), tried["outcome"].as_str().unwrap()));
    (
        case["outcome"].as_str().unwrap(),
        case["status"].as_u64(),
        tried.collect(),
    )
}

#[tokio::test]
async fn two_providers_stand_in_for_each_other_until_a_stream_has_begun() {
    let folder = tempfile::tempdir().unwrap();
    let plugins = folder.path().join("plugins");
    fs::create_dir(&plugins).unwrap();
    install_adapters(CONFIG, &plugins);
    let file = folder.path().join("config.yaml");
    fs::write(&file, CONFIG).unwrap();
    let (code, out, err) = selftest(&file, &plugins, &["--format", "json"]).await;
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(!out.contains("secret"), "{out}");
    let found: Value = serde_json::from_str(&out).unwrap();
    let chains = found["chains"].as_array().unwrap();
    let models: Vec<&Value> = chains.iter().map(|chain| &chain["models"]).collect();
    assert_eq!(models, [&value!(["alike", "two"]), &value!(["alone"])]);
    let (two, alone) = (&chains[0], &chains[1]);
    for stream in [false, true] {
        assert_eq!(
            outcome(case(two, "none", "first", stream)),
            ("whole", Some(200), vec![("a", "ok")])
        );
        for fault in [
            "refused",
            "silent-connect",
            "rate-limited",
            "server-error",
            "unavailable",
        ] {
            let (saw, status, tried) = outcome(case(two, fault, "first", stream));
            assert_eq!((saw, status), ("whole", Some(200)), "{fault}: {two}");
            assert_eq!(tried.last(), Some(&("b", "ok")), "{fault}");
            assert!(tried[0].0 == "a" && tried[0].1 != "ok", "{fault}: {tried:?}");
            let (saw, status, _) = outcome(case(two, fault, "all", stream));
            assert_eq!(saw, "error", "{fault}");
            assert!(status >= Some(429), "{fault}");
        }
        assert_eq!(outcome(case(alone, "unavailable", "first", stream)).0, "error");
    }
    // A whole answer is given out when it is complete; of a stream, the client has a part already.
    for fault in ["cut", "stall", "broken-chunk"] {
        assert_eq!(outcome(case(two, fault, "first", false)).0, "whole", "{fault}");
        assert_eq!(outcome(case(two, fault, "first", true)).0, "error-event", "{fault}");
    }
    let judgement = two["judgement"][0].as_str().unwrap();
    assert!(judgement.starts_with("a down: served by b"), "{judgement}");
    let judgement = alone["judgement"][0].as_str().unwrap();
    assert!(
        judgement.starts_with("no fallback, as b is alone; down: clients see "),
        "{judgement}"
    );
    let (code, out, _) = selftest(&file, &plugins, &["--model", "alone"]).await;
    assert_eq!(code, Some(0));
    assert!(out.starts_with("b: alone\n\nfault "), "{out}");
    let (code, _, err) = selftest(&file, &plugins, &["--model", "nosuch"]).await;
    assert_eq!(code, Some(1));
    assert!(err.contains("has no chat model \"nosuch\""), "{err}");
}
