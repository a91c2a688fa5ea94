//! `jackfield key`: creates, lists, changes and revokes users' API keys.

mod terms;

use std::io::Write;
use std::process::ExitCode;
use std::time::SystemTime;

use jackfield_accounting::callers::{Issued, Order, issue};
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::deed::Deed;
use jackfield_accounting::store::{Key, KeyTerms, OnExhausted, Store, StoreError};
use jackfield_accounting::{credits, ledger};
use jackfield_config::Config;
use serde_json::{Value, json};

use self::terms::{Term, TermsArguments};
use super::audit::note;
use super::database::{self, Absent, CommandError, ConfigArgument};
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
    let absent = match &command {
        KeyCommand::List { .. } => Absent::Refuse,
        _ => Absent::Create,
    };
    database::run(&config, absent, async |config, store, out| {
        execute(command, config, store, out).await
    })
}

pub(super) async fn execute(
    command: KeyCommand,
    config: &Config,
    store: &Store,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
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
            check_substitute(config, &order.terms)?;
            let issued = issue(store, order, None, now).await?;
            note(store, Deed::key_created(&issued.key)).await;
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
            let terms = terms.set(kept);
            check_substitute(config, &terms)?;
            let changed = store.change_key(&before, &name, &terms).await?;
            let key = changed.ok_or_else(|| CommandError::Meanwhile(id))?.key;
            note(store, Deed::key_changed(&before, &key)).await;
            if json {
                writeln!(out, "{:#}", as_json(&key))?;
            } else {
                writeln!(out, "changed {}", key.id)?;
            }
        }
        KeyCommand::Revoke { id, .. } => {
            store.revoke_key(&id, None, now).await?;
            note(store, Deed::key_revoked(&id)).await;
            writeln!(out, "revoked {id}")?;
        }
    }
    Ok(())
}

/// Checks that there is such a model as is to serve what a budget no longer pays for.
fn check_substitute(config: &Config, terms: &KeyTerms) -> Result<(), CommandError> {
    let OnExhausted::Model(model) = &terms.on_exhausted else {
        return Ok(());
    };
    let is_it = |id: &String| match id.strip_suffix('*') {
        Some(beginning) => model.starts_with(beginning),
        None => id == model,
    };
    if config.models.keys().any(is_it) {
        return Ok(());
    }
    Err(CommandError::NoSuchModel(model.clone()))
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
mod tests;
