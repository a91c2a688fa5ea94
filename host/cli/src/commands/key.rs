//! `jackfield key`: creates, lists, changes and revokes users' API keys.

mod terms;

use std::io::Write;
use std::process::ExitCode;
use std::time::SystemTime;

use jackfield_accounting::callers::{Issued, Order, issue};
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::store::{Key, KeyTerms, Store, StoreError};
use jackfield_accounting::{credits, ledger};
use serde_json::{Value, json};

use self::terms::{Term, TermsArguments};
use super::database::{self, CommandError, ConfigArgument};
use super::table::Table;

/// The subcommands of `key`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum KeyCommand {
    /// Create a key for a user and print its secret, which cannot be shown again.
    Create {
        /// The user's name.
        user: String,
        /// What the key is for, such as `ci`.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        terms: TermsArguments,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// List all keys, or the keys of one user.
    List {
        /// The user's name.
        user: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Change what a key is for, or what it may do on its own. What is left out stays. Running gateways go by it within a
    /// second.
    Set {
        /// The key's ID, as `list` shows it.
        id: String,
        /// What the key is for.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        terms: TermsArguments,
        /// A term to take away; may be repeated.
        #[arg(long = "without", value_enum, value_name = "TERM")]
        without: Vec<Term>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Revoke a key. Running gateways refuse it within a second.
    Revoke {
        /// The key's ID, as `list` shows it.
        id: String,
        #[command(flatten)]
        config: ConfigArgument,
    },
}

/// Runs one subcommand.
pub(super) fn run(command: KeyCommand) -> ExitCode {
    let config = match &command {
        KeyCommand::Create { config, .. }
        | KeyCommand::List { config, .. }
        | KeyCommand::Set { config, .. }
        | KeyCommand::Revoke { config, .. } => config.clone(),
    };
    database::run(&config, async |_, store, out| execute(command, store, out).await)
}

pub(super) async fn execute(command: KeyCommand, store: &Store, out: &mut dyn Write) -> Result<(), CommandError> {
    let now = unix_millis(SystemTime::now());
    match command {
        KeyCommand::Create {
            user,
            name,
            terms,
            json,
            ..
        } => {
            let order = Order {
                user: &user,
                name: &name,
                terms: terms.set(KeyTerms::default()),
            };
            let issued = issue(store, order, None, now).await?;
            show_new(&issued, json, out)?;
        }
        KeyCommand::List { user, json, .. } => {
            let keys = list(store, user).await?;
            if json {
                let keys = keys.iter().map(as_json).collect::<Value>();
                writeln!(out, "{keys:#}")?;
            } else {
                write!(out, "{}", as_table(&keys))?;
            }
        }
        KeyCommand::Set {
            id,
            name,
            terms,
            without,
            json,
            ..
        } => {
            let before = store.active_key(&id).await?;
            let kept = without
                .into_iter()
                .fold(before.terms.clone(), |terms, term| term.taken_from(terms));
            let name = name.unwrap_or_else(|| before.name.clone());
            let changed = store.change_key(&before, &name, &terms.set(kept)).await?;
            let key = changed.ok_or_else(|| CommandError::Meanwhile(id))?.key;
            if json {
                writeln!(out, "{:#}", as_json(&key))?;
            } else {
                writeln!(out, "changed {}", key.id)?;
            }
        }
        KeyCommand::Revoke { id, .. } => {
            store.revoke_key(&id, None, now).await?;
            writeln!(out, "revoked {id}")?;
        }
    }
    Ok(())
}

fn show_new(issued: &Issued, json: bool, out: &mut dyn Write) -> Result<(), CommandError> {
    let (key, secret) = (&issued.key, issued.secret.expose());
    if json {
        let mut shown = as_json(key);
        shown["key"] = json!(secret);
        writeln!(out, "{shown:#}")?;
    } else {
        writeln!(out, "{secret}")?;
        // The secret alone is on stdout, for `KEY=$(jackfield key create …)`.
        eprintln!(
            "This is the secret of {} of {}. Save it now: it is not stored and cannot be shown again.",
            key.id, key.user
        );
    }
    Ok(())
}

async fn list(store: &Store, user: Option<String>) -> Result<Vec<Key>, StoreError> {
    let mut keys = store.keys().await?;
    if let Some(user) = user {
        if store.user(&user).await?.is_none() {
            let (what, id) = ("user", user);
            return Err(StoreError::NotFound { what, id });
        }
        keys.retain(|key| key.user == user);
    }
    Ok(keys)
}

fn as_table(keys: &[Key]) -> Table {
    let heading = ["ID", "USER", "NAME", "KEY", "CREATED", "LAST USED", "STATE"];
    let mut table = Table::of_text(heading);
    for key in keys {
        let expired = key.terms.has_expired(unix_millis(SystemTime::now()));
        let state = match key.revoked_at {
            Some(_) => "revoked",
            None if expired => "expired",
            None => "active",
        };
        table.row([
            key.id.clone(),
            key.user.clone(),
            key.name.clone(),
            format!("{}…", key.prefix),
            ledger::utc(key.created_at),
            key.last_used_at.map_or("never".to_owned(), ledger::utc),
            state.to_owned(),
        ]);
    }
    table
}

fn as_json(key: &Key) -> Value {
    json!({
        "id": key.id,
        "user": key.user,
        "name": key.name,
        "key_prefix": key.prefix,
        "created_at": ledger::utc(key.created_at),
        "last_used_at": key.last_used_at.map(ledger::utc),
        "revoked_at": key.revoked_at.map(ledger::utc),
        "expires_at": key.terms.expires_at.map(ledger::utc),
        "models": key.terms.models,
        "tags": key.terms.tags,
        "limits": key.terms.limits,
        "budget": {
            "day": key.terms.budget.day.map(credits::as_credits),
            "month": key.terms.budget.month.map(credits::as_credits),
            "total": key.terms.budget.total.map(credits::as_credits),
        },
        "on_exhausted": key.terms.on_exhausted,
    })
}

#[cfg(test)]
mod tests {
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
        let made = shown(
            "create ada --name ci --expires 2030-01-31 --tag team --budget-per-month 2.5 --limit-per-day 9 --json",
        );
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
        let pointless = run(&scene, &["set", id, "--on-exhausted", "small"]).unwrap_err();
        assert!(pointless.contains("there is no budget"), "{pointless}");
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
}
