//! `jackfield user`: makes users, and gives them plans and credits.

use std::io::Write;
use std::process::ExitCode;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::database::{self, CommandError, ConfigArgument};
use super::table::{self, Table};
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::store::{Store, User};
use jackfield_accounting::{credits, ledger};
use jackfield_config::Config;

/// The commands for users.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum UserCommand {
    /// Make a user.
    Add {
        /// Your name for the user, or the `sub` of their access tokens.
        name: String,
        /// One of the configuration's plans.
        #[arg(long)]
        plan: String,
        /// What the user may spend, such as 12.5. Default: nothing.
        #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true, value_parser = table::micro)]
        credits: i64,
        /// Where the configuration is.
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Show all users.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// Where the configuration is.
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Give a user another plan. Running gateways follow within a second.
    SetPlan {
        /// The user.
        name: String,
        /// One of the configuration's plans.
        plan: String,
        /// Where the configuration is.
        #[command(flatten)]
        config: ConfigArgument,
    },
    /// Add to what a user may spend, or take from it.
    AddCredits {
        /// The user.
        name: String,
        /// How much, such as 12.5 or -3.
        #[arg(allow_negative_numbers = true, value_parser = table::micro)]
        amount: i64,
        /// Where the configuration is.
        #[command(flatten)]
        config: ConfigArgument,
    },
}

/// Carries out one command.
pub(super) fn run(command: UserCommand) -> ExitCode {
    let config = match &command {
        UserCommand::Add { config, .. }
        | UserCommand::List { config, .. }
        | UserCommand::SetPlan { config, .. }
        | UserCommand::AddCredits { config, .. } => config.clone(),
    };
    database::run(&config, async |config, store, out| {
        carry_out(command, config, store, out).await
    })
}

pub(super) async fn carry_out(
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
            writeln!(out, "{} has plan {} now", user.id, user.plan)?;
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
            store.set_plan(&name, &plan).await?;
            writeln!(out, "{name} has plan {plan} now")?;
        }
        UserCommand::AddCredits { name, amount, .. } => {
            let balance = store.add_credits(&name, amount).await?;
            writeln!(out, "{name} has {} credits now", table::decimal(balance))?;
        }
    }
    Ok(())
}

fn check_plan(config: &Config, plan: &str) -> Result<(), CommandError> {
    if config.plans.contains_key(plan) {
        return Ok(());
    }
    let plans: Vec<&str> = config.plans.keys().map(String::as_str).collect();
    let remedy = if plans.is_empty() {
        "it has no plans; add some under plans:".to_owned()
    } else {
        format!("write one of {}", plans.join(", "))
    };
    Err(CommandError::NoSuchPlan {
        plan: plan.to_owned(),
        remedy,
    })
}

fn as_table(users: &[User]) -> Table {
    let mut table = Table::new(["USER", "PLAN", "CREDITS", "CREATED"]);
    for user in users {
        table.row([
            user.id.clone(),
            user.plan.clone(),
            table::decimal(user.balance),
            ledger::utc(user.created_at),
        ]);
    }
    table
}

fn as_json(user: &User) -> Value {
    json!({
        "id": user.id,
        "plan": user.plan,
        "credits": credits::as_credits(user.balance),
        "created_at": ledger::utc(user.created_at),
    })
}

#[cfg(test)]
mod tests {
    use super::super::database::tests::{Scene, Told};
    use super::*;

    fn told(scene: &Scene, words: &[&str]) -> Told {
        scene.told("user", words)
    }

    #[test]
    fn a_user_is_added_listed_and_changed() {
        let scene = Scene::new();
        let added = told(&scene, &["add", "ada", "--plan", "free", "--credits", "12.5"]);
        assert_eq!(added, Ok("ada has plan free now\n".to_owned()));
        let taken = told(&scene, &["add-credits", "ada", "-13"]);
        assert_eq!(taken, Ok("ada has -0.5 credits now\n".to_owned()));
        let planned = told(&scene, &["set-plan", "ada", "max"]);
        assert_eq!(planned, Ok("ada has plan max now\n".to_owned()));

        let listed = told(&scene, &["list"]).unwrap();
        let lines: Vec<&str> = listed.lines().collect();
        assert_eq!(lines[0], "USER  PLAN  CREDITS  CREATED");
        assert!(lines[1].starts_with("ada   max   -0.5     20"), "{listed}");
        let listed: Value = serde_json::from_str(&told(&scene, &["list", "--json"]).unwrap()).unwrap();
        assert_eq!(listed[0]["id"], "ada");
        assert_eq!(listed[0]["credits"], -0.5);
    }

    #[test]
    fn what_is_wrong_is_told_with_what_to_write() {
        let scene = Scene::new();
        let refused = told(&scene, &["add", "ada", "--plan", "maxx"]);
        let expected = "the configuration has no plan \"maxx\"; write one of free, max";
        assert_eq!(refused, Err(expected.to_owned()));
        let refused = told(&scene, &["add-credits", "ada", "1"]);
        assert_eq!(refused, Err("there is no user \"ada\"".to_owned()));
        told(&scene, &["add", "ada", "--plan", "max"]).unwrap();
        let refused = told(&scene, &["add", "ada", "--plan", "max"]);
        assert_eq!(refused, Err("user \"ada\" already exists".to_owned()));
    }

    #[test]
    fn an_empty_list_is_a_heading_or_an_empty_array() {
        let scene = Scene::new();
        let heading = "USER  PLAN  CREDITS  CREATED\n".to_owned();
        assert_eq!(told(&scene, &["list"]), Ok(heading));
        assert_eq!(told(&scene, &["list", "--json"]), Ok("[]\n".to_owned()));
    }
}
