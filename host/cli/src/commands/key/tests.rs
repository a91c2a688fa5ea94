//! Keys on the command line, with a database of their own.

use super::super::database::tests::{Output, Scene};
use super::*;

fn run(scene: &Scene, words: &[&str]) -> Output {
    scene.run("key", words)
}

fn with_ada() -> Scene {
    let scene = Scene::new();
    let add = ["add", "ada", "--plan", "free"];
    scene.run("user", &add).unwrap();
    scene
}

#[test]
fn a_key_is_created_shown_once_listed_and_revoked() {
    let scene = with_ada();
    let created = run(&scene, &["create", "ada", "--name", "ci"]).unwrap();
    let (secret, rest) = created.split_once('\n').unwrap();
    assert_eq!((secret.len(), rest), (67, ""), "a shell may take it as it is");

    let listed = run(&scene, &["list"]).unwrap();
    assert!(!listed.contains(secret));
    assert!(listed.contains(&format!("{}…", &secret[..11])), "{listed}");
    assert!(listed.ends_with("never      active\n"), "{listed}");
    let json = run(&scene, &["list", "ada", "--json"]).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    let id = json[0]["id"].as_str().unwrap();

    let revoked = run(&scene, &["revoke", id]);
    assert_eq!(revoked, Ok(format!("revoked {id}\n")));
    let again = run(&scene, &["revoke", id]);
    assert_eq!(again, Err(format!("there is no key \"{id}\"")));
    assert!(run(&scene, &["list"]).unwrap().contains("revoked"));
}

#[test]
fn a_key_has_the_terms_that_it_was_made_with() {
    let scene = with_ada();
    let words = "create ada --name ci --expires 2020-01-31 --model route/* --tag team --budget-per-month 2.5 --limit-per-minute 3 --on-exhausted route/small";
    run(&scene, &words.split(' ').collect::<Vec<_>>()).unwrap();
    let json: Value = serde_json::from_str(&run(&scene, &["list", "--json"]).unwrap()).unwrap();
    let key = &json[0];
    assert_eq!(key["expires_at"], "2020-02-01T00:00:00.000+00:00");
    assert_eq!((&key["models"], &key["tags"]), (&json!(["route/*"]), &json!(["team"])));
    assert_eq!(
        key["limits"],
        json!({ "per_day": null, "per_hour": null, "per_minute": 3 })
    );
    assert_eq!(key["budget"], json!({ "day": null, "month": 2.5, "total": null }));
    assert_eq!(key["on_exhausted"], json!({ "model": "route/small" }));
    assert!(run(&scene, &["list"]).unwrap().ends_with("expired\n"));
}

#[test]
fn what_is_said_of_a_key_is_changed_and_the_rest_stays() {
    let scene = with_ada();
    let shown = |words: &str| -> Value {
        let text = run(&scene, &words.split(' ').collect::<Vec<_>>()).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let made =
        shown("create ada --name ci --expires 2030-01-31 --tag team --budget-per-month 2.5 --limit-per-day 9 --json");
    let id = made["id"].as_str().unwrap();
    let set = shown(&format!(
        "set {id} --name night --model route/* --budget-per-month 3 --without expires --without limit-per-day --json"
    ));
    assert_eq!((&set["name"], &set["expires_at"]), (&json!("night"), &Value::Null));
    assert_eq!((&set["models"], &set["tags"]), (&json!(["route/*"]), &json!(["team"])));
    assert_eq!(set["budget"], json!({ "day": null, "month": 3.0, "total": null }));
    assert_eq!(set["limits"]["per_day"], Value::Null);
    assert_eq!(shown("list --json")[0], set);
    let none = shown(&format!(
        "set {id} --without models --without tags --without budget-per-month --json"
    ));
    assert_eq!((&none["models"], &none["tags"]), (&json!([]), &json!([])));
    assert_eq!(run(&scene, &["set", id, "--name", "ci"]), Ok(format!("changed {id}\n")));
    let pointless = run(&scene, &["set", id, "--on-exhausted", "route/small"]).unwrap_err();
    assert!(pointless.contains("there is no budget"), "{pointless}");
    let unknown = run(&scene, &["set", id, "--budget", "1", "--on-exhausted", "small"]);
    let expected = "the configuration has no model \"small\" for --on-exhausted; name one that `models:` has";
    assert_eq!(unknown, Err(expected.to_owned()));
    run(&scene, &["revoke", id]).unwrap();
    assert_eq!(
        run(&scene, &["set", id, "--name", "ci"]),
        Err(format!("there is no key \"{id}\""))
    );
}

#[test]
fn json_holds_the_whole_secret_of_a_new_key_only() {
    let scene = with_ada();
    let created = run(&scene, &["create", "ada", "--name", "ci", "--json"]).unwrap();
    let created: Value = serde_json::from_str(&created).unwrap();
    let secret = created["key"].as_str().unwrap();
    assert!(secret.starts_with(created["key_prefix"].as_str().unwrap()));
    assert!(!run(&scene, &["list", "--json"]).unwrap().contains(secret));
}

#[test]
fn an_unknown_user_is_refused() {
    let scene = with_ada();
    for words in [&["create", "bob", "--name", "ci"][..], &["list", "bob"]] {
        let refused = run(&scene, words);
        assert_eq!(refused, Err("there is no user \"bob\"".to_owned()));
    }
}
