//! `jackfield key`: makes, shows and revokes keys of users.

use std::io::Write;
use std::process::ExitCode;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::database::{self, CommandError, ConfigArgument};
use super::table::Table;
use jackfield_accounting::callers::{Issued, issue};
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::ledger;
use jackfield_accounting::store::{Key, Store, StoreError};

/// The commands for keys.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key for a user and print its secret, for the only time.
    Create {
        /// The user.
        user: String,
        /// What the key is for, such as ci.
        #[arg(long)]
        name: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// Where the configuration is.
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Show all keys, or those of one user.
    List {
        /// The user.
        user: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// Where the configuration is.
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Revoke a key. Running gateways refuse it within a second.
    Revoke {
        /// The key's id, as `list` shows it.
        id: String,
        /// Where the configuration is.
        #[command(flatten)]
        config: ConfigArgument,
    },
}

/// Carries out one command.
pub(super) fn run(command: KeyCommand) -> ExitCode {
    let config = match &command {
        KeyCommand::Create { config, .. } | KeyCommand::List { config, .. } | KeyCommand::Revoke { config, .. } => {
            config.clone()
        }
    };
    database::run(&config, async |_, store, out| carry_out(command, store, out).await)
}

pub(super) async fn carry_out(command: KeyCommand, store: &Store, out: &mut dyn Write) -> Result<(), CommandError> {
    let now = unix_millis(SystemTime::now());
    match command {
        KeyCommand::Create { user, name, json, .. } => {
            let issued = issue(store, &user, &name, now).await?;
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
            writeln!(out, "{id} is revoked")?;
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
            "This is the secret of {} of {}. It is shown this once and kept nowhere: write it down.",
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
    let heads = ["ID", "USER", "NAME", "KEY", "CREATED", "LAST USED", "STATE"];
    let mut table = Table::new(heads);
    for key in keys {
        let state = if key.revoked_at.is_some() {
            "revoked"
        } else {
            "in force"
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
    })
}

#[cfg(test)]
mod tests {
    use super::super::database::tests::{Scene, Told};
    use super::*;

    fn told(scene: &Scene, words: &[&str]) -> Told {
        scene.told("key", words)
    }

    fn with_ada() -> Scene {
        let scene = Scene::new();
        let add = ["add", "ada", "--plan", "free"];
        scene.told("user", &add).unwrap();
        scene
    }

    #[test]
    fn a_key_is_created_shown_once_listed_and_revoked() {
        let scene = with_ada();
        let created = told(&scene, &["create", "ada", "--name", "ci"]).unwrap();
        let (secret, rest) = created.split_once('\n').unwrap();
        assert_eq!(secret.len(), 67);
        assert!(rest.contains("of ada. It is shown this once"), "{rest}");

        let listed = told(&scene, &["list"]).unwrap();
        assert!(!listed.contains(secret));
        assert!(listed.contains(&format!("{}…", &secret[..11])), "{listed}");
        assert!(listed.ends_with("never      in force\n"), "{listed}");
        let json = told(&scene, &["list", "ada", "--json"]).unwrap();
        let json: Value = serde_json::from_str(&json).unwrap();
        let id = json[0]["id"].as_str().unwrap();

        let revoked = told(&scene, &["revoke", id]);
        assert_eq!(revoked, Ok(format!("{id} is revoked\n")));
        let again = told(&scene, &["revoke", id]);
        assert_eq!(again, Err(format!("there is no key \"{id}\"")));
        assert!(told(&scene, &["list"]).unwrap().contains("revoked"));
    }

    #[test]
    fn json_holds_the_whole_secret_of_a_new_key_only() {
        let scene = with_ada();
        let created = told(&scene, &["create", "ada", "--name", "ci", "--json"]).unwrap();
        let created: Value = serde_json::from_str(&created).unwrap();
        let secret = created["key"].as_str().unwrap();
        assert!(secret.starts_with(created["key_prefix"].as_str().unwrap()));
        assert!(!told(&scene, &["list", "--json"]).unwrap().contains(secret));
    }

    #[test]
    fn a_user_who_is_not_there_is_told() {
        let scene = with_ada();
        for words in [&["create", "bob", "--name", "ci"][..], &["list", "bob"]] {
            let refused = told(&scene, words);
            assert_eq!(refused, Err("there is no user \"bob\"".to_owned()));
        }
    }
}
