//! `jackfield user`: adds, lists, disables and removes users, and sets their plans and credits.

use std::io::Write;
use std::process::ExitCode;
use std::time::SystemTime;

use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::deed::Deed;
use jackfield_accounting::store::{Store, StoreError, User};
use jackfield_accounting::{credits, ledger};
use jackfield_config::Config;
use serde_json::{Value, json};

use super::amount;
use super::audit::note;
use super::database::{self, Absent, CommandError, ConfigArgument};
use super::table::Table;

/// The subcommands of `user`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user.
    Add {
        /// The user's name: any you like, or the `sub` of their access tokens.
        name: String,
        /// A plan of the configuration.
        #[arg(long)]
        plan: String,
        /// Initial credits, such as 12.5.
        #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true, value_parser = amount::parse)]
        credits: i64,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// List all users.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Move a user to another plan. Running gateways apply it within a second.
    SetPlan {
        /// The user's name.
        name: String,
        /// A plan of the configuration.
        plan: String,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Refuse a user's requests, without revoking their keys. Running gateways apply it within a second.
    Disable {
        /// The user's name.
        name: String,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Serve a disabled user again.
    Enable {
        /// The user's name.
        name: String,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Remove a user: revoke their keys, refuse their tokens and forget their balance. Their rows in the ledger stay.
    Remove {
        /// The user's name.
        name: String,
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Add credits to a user's balance, or subtract them.
    AddCredits {
        /// The user's name.
        name: String,
        /// The amount, such as 12.5 or -3.
        #[arg(allow_negative_numbers = true, value_parser = amount::parse)]
        amount: i64,
        #[command(flatten)]
        config: ConfigArgument,
    },
}

/// Runs one subcommand.
pub(super) fn run(command: UserCommand) -> ExitCode {
    let config = match &command {
        UserCommand::Add { config, .. }
        | UserCommand::List { config, .. }
        | UserCommand::SetPlan { config, .. }
        | UserCommand::Disable { config, .. }
        | UserCommand::Enable { config, .. }
        | UserCommand::Remove { config, .. }
        | UserCommand::AddCredits { config, .. } => config.clone(),
    };
    let absent = match &command {
        UserCommand::List { .. } => Absent::Refuse,
        _ => Absent::Create,
    };
    database::run(&config, absent, async |config, store, out| {
        execute(command, config, store, out).await
    })
}

pub(super) async fn execute(
    command: UserCommand,
    config: &Config,
    store: &Store,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    match command {
        UserCommand::Add {
            name, plan, credits, ..
        } => {
            check_plan(config, &plan)?;
            let now = unix_millis(SystemTime::now());
            let user = store.add_user(&name, &plan, credits, now).await?;
            note(store, Deed::user_added(&user)).await;
            writeln!(out, "added {} with plan {}", user.id, user.plan)?;
        }
        UserCommand::List { json, .. } => {
            let users = store.users().await?;
            if json {
                let users = users.iter().map(as_json).collect::<Value>();
                writeln!(out, "{users:#}")?;
            } else {
                write!(out, "{}", as_table(&users))?;
            }
        }
        UserCommand::SetPlan { name, plan, .. } => {
            check_plan(config, &plan)?;
            change(store, &name, async || store.set_plan(&name, &plan).await).await?;
            writeln!(out, "{name} now has plan {plan}")?;
        }
        UserCommand::Disable { name, .. } => {
            set_disabled(store, &name, true).await?;
            writeln!(out, "{name} is disabled")?;
        }
        UserCommand::Enable { name, .. } => {
            set_disabled(store, &name, false).await?;
            writeln!(out, "{name} is served again")?;
        }
        UserCommand::Remove { name, .. } => {
            let user = existing(store, &name).await?;
            let keys = store.remove_user(&name, unix_millis(SystemTime::now())).await?;
            note(store, Deed::user_removed(&user, keys)).await;
            writeln!(out, "removed {name}, and revoked {keys} of their keys")?;
        }
        UserCommand::AddCredits { name, amount, .. } => {
            let balance = store.add_credits(&name, amount).await?;
            note(store, Deed::credits_added(&name, amount, balance)).await;
            writeln!(out, "{name} now has {} credits", amount::decimal(balance))?;
        }
    }
    Ok(())
}

async fn set_disabled(store: &Store, name: &str, disabled: bool) -> Result<(), StoreError> {
    let now = unix_millis(SystemTime::now());
    change(store, name, async || store.set_disabled(name, disabled, now).await).await
}

/// Makes a change of this user, and keeps what it changed.
async fn change(
    store: &Store,
    name: &str,
    apply: impl AsyncFnOnce() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let before = existing(store, name).await?;
    apply().await?;
    let after = existing(store, name).await?;
    note(store, Deed::user_changed(&before, &after)).await;
    Ok(())
}

async fn existing(store: &Store, name: &str) -> Result<User, StoreError> {
    let user = store.user(name).await?;
    user.ok_or_else(|| {
        let (what, id) = ("user", name.to_owned());
        StoreError::NotFound { what, id }
    })
}

fn check_plan(config: &Config, plan: &str) -> Result<(), CommandError> {
    if config.plans.contains_key(plan) {
        return Ok(());
    }
    let plans: Vec<&str> = config.plans.keys().map(String::as_str).collect();
    let remedy = if plans.is_empty() {
        "define it under plans:".to_owned()
    } else {
        format!("use one of {}", plans.join(", "))
    };
    Err(CommandError::NoSuchPlan {
        plan: plan.to_owned(),
        remedy,
    })
}

fn as_table(users: &[User]) -> Table {
    let mut table = Table::of_text(["USER", "PLAN", "CREDITS", "CREATED", "STATE"]);
    for user in users {
        table.row([
            user.id.clone(),
            user.plan.clone(),
            amount::decimal(user.balance),
            ledger::utc(user.created_at),
            state(user).to_owned(),
        ]);
    }
    table
}

fn state(user: &User) -> &'static str {
    if user.disabled_at.is_some() {
        "disabled"
    } else {
        "active"
    }
}

fn as_json(user: &User) -> Value {
    json!({
        "id": user.id,
        "plan": user.plan,
        "credits": credits::as_credits(user.balance),
        "created_at": ledger::utc(user.created_at),
        "disabled_at": user.disabled_at.map(ledger::utc),
    })
}

#[cfg(test)]
mod tests {
    use super::super::database::tests::{Output, Scene};
    use super::*;

    fn run(scene: &Scene, words: &[&str]) -> Output {
        scene.run("user", words)
    }

    #[test]
    fn a_user_is_added_listed_and_changed() {
        let scene = Scene::new();
        let added = run(&scene, &["add", "ada", "--plan", "free", "--credits", "12.5"]);
        assert_eq!(added, Ok("added ada with plan free\n".to_owned()));
        let taken = run(&scene, &["add-credits", "ada", "-13"]);
        assert_eq!(taken, Ok("ada now has -0.5 credits\n".to_owned()));
        let planned = run(&scene, &["set-plan", "ada", "max"]);
        assert_eq!(planned, Ok("ada now has plan max\n".to_owned()));

        let listed = run(&scene, &["list"]).unwrap();
        let lines: Vec<&str> = listed.lines().collect();
        let columns: Vec<&str> = lines[0].split_whitespace().collect();
        assert_eq!(columns, ["USER", "PLAN", "CREDITS", "CREATED", "STATE"]);
        assert!(lines[1].starts_with("ada   max   -0.5     20"), "{listed}");
        let listed: Value = serde_json::from_str(&run(&scene, &["list", "--json"]).unwrap()).unwrap();
        assert_eq!(listed[0]["id"], "ada");
        assert_eq!(listed[0]["credits"], -0.5);
    }

    #[test]
    fn a_refusal_says_what_is_wrong_and_what_to_use() {
        let scene = Scene::new();
        let refused = run(&scene, &["add", "ada", "--plan", "maxx"]);
        let expected = "the configuration has no plan \"maxx\"; use one of free, max";
        assert_eq!(refused, Err(expected.to_owned()));
        let refused = run(&scene, &["add-credits", "ada", "1"]);
        assert_eq!(refused, Err("there is no user \"ada\"".to_owned()));
        run(&scene, &["add", "ada", "--plan", "max"]).unwrap();
        let refused = run(&scene, &["add", "ada", "--plan", "max"]);
        assert_eq!(refused, Err("user \"ada\" already exists".to_owned()));
    }

    #[test]
    fn a_user_is_disabled_enabled_and_removed() {
        let scene = Scene::new();
        run(&scene, &["add", "ada", "--plan", "free"]).unwrap();
        scene.run("key", &["create", "ada", "--name", "ci"]).unwrap();
        assert_eq!(run(&scene, &["disable", "ada"]), Ok("ada is disabled\n".to_owned()));
        assert!(run(&scene, &["list"]).unwrap().ends_with("disabled\n"));
        assert_eq!(run(&scene, &["enable", "ada"]), Ok("ada is served again\n".to_owned()));
        assert!(run(&scene, &["list"]).unwrap().ends_with("active\n"));
        let removed = "removed ada, and revoked 1 of their keys\n".to_owned();
        assert_eq!(run(&scene, &["remove", "ada"]), Ok(removed));
        assert_eq!(run(&scene, &["list", "--json"]), Ok("[]\n".to_owned()));
        let gone = Err("there is no user \"ada\"".to_owned());
        assert_eq!(run(&scene, &["remove", "ada"]), gone);
    }

    #[test]
    fn an_empty_list_is_a_heading_or_an_empty_array() {
        let scene = Scene::new();
        let heading = "USER  PLAN  CREDITS  CREATED  STATE\n".to_owned();
        assert_eq!(run(&scene, &["list"]), Ok(heading));
        assert_eq!(run(&scene, &["list", "--json"]), Ok("[]\n".to_owned()));
    }
}
