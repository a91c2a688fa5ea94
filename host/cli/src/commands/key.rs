//! `jackfield key`: creates, lists and revokes users' API keys.

use std::io::Write;
use std::process::ExitCode;
use std::time::SystemTime;

use jackfield_accounting::callers::{Issued, issue};
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::ledger;
use jackfield_accounting::store::{Key, Store, StoreError};
use serde_json::{Value, json};

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
        KeyCommand::Create { config, .. } | KeyCommand::List { config, .. } | KeyCommand::Revoke { config, .. } => {
            config.clone()
        }
    };
    database::run(&config, async |_, store, out| execute(command, store, out).await)
}

pub(super) async fn execute(command: KeyCommand, store: &Store, out: &mut dyn Write) -> Result<(), CommandError> {
    let now = unix_millis(SystemTime::now());
    match command {
        KeyCommand::Create { user, name, json, .. } => {
            let issued = issue(store, &user, &name, None, now).await?;
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
        writeln!(
            out,
            "This is the secret of {} of {}. Save it now: it is not stored and cannot be shown again.",
            key.id, key.user
        )?;
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
        let state = if key.revoked_at.is_some() { "revoked" } else { "active" };
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
        assert_eq!(secret.len(), 67);
        assert!(rest.contains("of ada. Save it now"), "{rest}");

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
