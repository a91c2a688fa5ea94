//! The audit log, as far as the command line writes it.

use std::time::SystemTime;

use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::deed::Deed;
use jackfield_accounting::store::Store;

use super::arguments::login_name;

/// Keeps what was done, and by whom. It is done already, so a failure is only told.
pub(super) async fn note(store: &Store, deed: Deed<'_>) {
    let change = deed.by(&actor(login_name().as_deref()));
    if let Err(error) = store.note_change(change, unix_millis(SystemTime::now())).await {
        eprintln!("This is done, and not in the audit log: {error}");
    }
}

/// How the audit log calls whoever uses the command line.
fn actor(login: Option<&str>) -> String {
    match login {
        Some(login) => format!("command line ({login})"),
        None => "command line".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use jackfield_accounting::store::Change;
    use serde_json::{Value, json};

    use super::super::database::tests::Scene;
    use super::*;

    /// What was done, to whom, and the two sides of it.
    fn told(change: &Change) -> Value {
        let side = |side: &Option<String>| side.as_deref().map(|text| serde_json::from_str::<Value>(text).unwrap());
        json!([change.action, change.subject, side(&change.before), side(&change.after)])
    }

    #[test]
    fn the_command_line_is_named_with_who_uses_it() {
        assert_eq!(actor(Some("ada")), "command line (ada)");
        assert_eq!(actor(None), "command line");
    }

    #[test]
    fn each_change_of_users_and_keys_is_noted_and_no_refusal_is() {
        let scene = Scene::new();
        let run = |line: &str| {
            let (command, words) = line.split_once(' ').unwrap();
            scene.run(command, &words.split(' ').collect::<Vec<_>>())
        };
        run("user add ada --plan free --credits 1.5").unwrap();
        run("user add ada --plan free").unwrap_err();
        run("user set-plan ada max").unwrap();
        run("user set-plan bob max").unwrap_err();
        run("user disable ada").unwrap();
        run("user enable ada").unwrap();
        run("user add-credits ada 2").unwrap();
        let made = run("key create ada --name ci --budget-per-month 3 --json").unwrap();
        let made: Value = serde_json::from_str(&made).unwrap();
        let id = made["id"].as_str().unwrap();
        run(&format!("key set {id} --without budget-per-month --tag team")).unwrap();
        run(&format!("key revoke {id}")).unwrap();
        run(&format!("key revoke {id}")).unwrap_err();
        run("user remove ada").unwrap();
        run("user list").unwrap();

        let entries = scene.audit();
        assert!(
            entries
                .iter()
                .all(|entry| entry.change.actor.starts_with("command line"))
        );
        let told: Vec<Value> = entries.iter().rev().map(|entry| told(&entry.change)).collect();
        let prefix = &made["key_prefix"];
        let user = |plan: &str, disabled: bool| json!({ "plan": plan, "disabled": disabled });
        let budget = json!({ "budget": { "month": 3.0 } });
        let expected = json!([
            ["user.add", "ada", null, { "plan": "free", "credits": 1.5 }],
            ["user.change", "ada", user("free", false), user("max", false)],
            ["user.change", "ada", user("max", false), user("max", true)],
            ["user.change", "ada", user("max", true), user("max", false)],
            ["user.add-credits", "ada", { "credits": 1.5 }, { "credits": 3.5 }],
            ["key.create", id, null, { "user": "ada", "name": "ci", "key_prefix": prefix, "terms": budget }],
            ["key.change", id, { "name": "ci", "terms": budget }, { "name": "ci", "terms": { "tags": ["team"] } }],
            ["key.revoke", id, { "revoked": false }, { "revoked": true }],
            ["user.remove", "ada", { "plan": "max", "credits": 3.5, "keys": 0 }, null],
        ]);
        assert_eq!(Value::Array(told), expected);
        assert!(!format!("{entries:?}").contains(made["key"].as_str().unwrap()));
    }
}
