//! `check --online`: whether the database and Redis answer, as `/readyz?deep=1` tells it of a running gateway.

use std::path::Path;

use jackfield_accounting::limits::{Limits, OnUnavailable};
use jackfield_accounting::store::{Reached, Store};
use jackfield_config::{Fault, Loaded};
use tokio::runtime::{Builder, Handle};

use crate::commands::plugins::Findings;

/// A line for each of them that answers, and a fault for each that does not. What the configuration does not use is left
/// out.
pub(super) fn stores(loaded: &Loaded) -> Findings {
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(async {
            let mut findings = Findings::default();
            for answer in [database(loaded).await, redis(loaded).await].into_iter().flatten() {
                match answer {
                    Ok(line) => findings.lines.push(line),
                    Err(fault) => findings.faults.push(fault),
                }
            }
            findings
        }),
        Err(error) => Findings {
            lines: vec![format!("the database and Redis cannot be asked: {error}")],
            ..Findings::default()
        },
    }
}

async fn database(loaded: &Loaded) -> Option<Result<String, Fault>> {
    let storage = &loaded.config.storage;
    storage.journal.as_ref()?;
    Some(match Store::probe(storage.url.expose(), Path::new("")).await {
        Ok(Reached::Answers) => Ok("storage.url: the database answers".to_owned()),
        Ok(Reached::NotCreated) => {
            Ok("storage.url: the database does not exist yet; the first start creates it".to_owned())
        }
        Err(error) => {
            let remedy = "check storage.url, the network between here and there, and the database";
            Err(loaded.fault_at(&["storage", "url"], error.to_string(), remedy))
        }
    })
}

async fn redis(loaded: &Loaded) -> Option<Result<String, Fault>> {
    let url = loaded.config.limits.url.as_ref()?;
    let limits = Limits::in_redis(url.expose(), OnUnavailable::Deny, &Handle::current()).await;
    let problem = match limits {
        Ok(limits) if limits.are_reachable() => return Some(Ok("limits.url: Redis answers".to_owned())),
        Ok(_) => "Redis does not answer".to_owned(),
        Err(error) => error.to_string(),
    };
    let remedy = "check limits.url, the network between here and there, and the server";
    Some(Err(loaded.fault_at(&["limits", "url"], problem, remedy)))
}
