//! `check --online`: whether the database and each Redis answer, as `/readyz?deep=1` tells it of a running gateway.

use std::path::{Path, absolute};

use jackfield_accounting::limits::{Limits, OnUnavailable};
use jackfield_accounting::store::{Reached, Store};
use jackfield_config::{CacheStore, Fault, Loaded};
use jackfield_gateway::probe_cache;
use tokio::runtime::{Builder, Handle};

use crate::commands::plugins::Findings;

/// What is said of a database that is not there yet.
const NOT_CREATED: &str = "storage.url: the database does not exist yet; the first start creates it";

/// A line for each of them that answers, and a fault for each that does not. What the configuration does not use is left
/// out.
pub(super) fn stores(loaded: &Loaded) -> Findings {
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(async {
            let mut findings = Findings::default();
            let answers = [database(loaded).await, limits(loaded).await, cache(loaded).await];
            for answer in answers.into_iter().flatten() {
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
    if is_to_be_created(loaded) {
        return Some(Ok(NOT_CREATED.to_owned()));
    }
    Some(match Store::probe(storage.url.expose(), Path::new("")).await {
        Ok(Reached::Answers) => Ok("storage.url: the database answers".to_owned()),
        Ok(Reached::NotCreated) => Ok(NOT_CREATED.to_owned()),
        Err(error) => {
            let remedy = "check storage.url, the network between here and there, and the database";
            Err(loaded.fault_at(&["storage", "url"], error.to_string(), remedy))
        }
    })
}

/// Whether the database is a file in the folder of the state, and neither exists yet: the first start creates both.
fn is_to_be_created(loaded: &Loaded) -> bool {
    let config = &loaded.config;
    let (missing, state) = (
        Store::missing_file(config.storage.url.expose(), Path::new("")),
        absolute(config.state_dir()),
    );
    match (missing, state) {
        (Ok(Some(file)), Ok(state)) => !state.exists() && file.parent() == Some(&*state),
        _ => false,
    }
}

async fn limits(loaded: &Loaded) -> Option<Result<String, Fault>> {
    let url = loaded.config.limits.url.as_ref()?;
    let limits = Limits::in_redis(url.expose(), OnUnavailable::Deny, &Handle::current()).await;
    let problem = match limits {
        Ok(limits) if limits.are_reachable() => return Some(Ok("limits.url: Redis answers".to_owned())),
        Ok(limits) => limits.refusal().map_or_else(
            || "Redis does not answer".to_owned(),
            |words| format!("Redis refuses the connection: {words}"),
        ),
        Err(error) => error.to_string(),
    };
    let remedy = "check limits.url, the network between here and there, and the server";
    Some(Err(loaded.fault_at(&["limits", "url"], problem, remedy)))
}

async fn cache(loaded: &Loaded) -> Option<Result<String, Fault>> {
    let cache = &loaded.config.cache;
    if cache.store != CacheStore::Redis {
        return None;
    }
    Some(match probe_cache(cache).await {
        Ok(()) => Ok("cache.url: Redis answers".to_owned()),
        Err(error) => {
            let remedy = "check cache.url, the network between here and there, and the server";
            Err(loaded.fault_at(&["cache", "url"], error.to_string(), remedy))
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// What is found of this configuration: lines, and problems.
    fn found(text: &str) -> (Vec<String>, Vec<String>) {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("c.yaml"), text).unwrap();
        let loaded = jackfield_config::load(folder.path(), &BTreeMap::new()).unwrap();
        let Findings { lines, faults } = stores(&loaded);
        let problem = |fault: Fault| format!("{}: {}", fault.field, fault.problem);
        (lines, faults.into_iter().map(problem).collect())
    }

    #[test]
    fn a_folder_of_state_that_the_first_start_creates_is_no_fault() {
        let (lines, faults) = found("state_dir: state\nstorage: { url: \"sqlite:a.db\" }\n");
        assert_eq!((lines, faults), (vec![NOT_CREATED.to_owned()], vec![]));
        let (_, faults) = found("state_dir: state\nstorage: { url: \"sqlite:deeper/a.db\" }\n");
        assert!(faults[0].ends_with("its folder does not exist"), "{faults:?}");
    }

    #[test]
    fn each_redis_that_is_not_there_is_a_fault() {
        let text = "storage: { url: none }\nlimits: { url: \"redis://127.0.0.1:9\" }\n\
                    cache: { store: redis, url: \"redis://127.0.0.1:9\" }\n";
        let (lines, faults) = found(text);
        assert_eq!((lines.len(), faults.len()), (0, 2), "{lines:?}");
        for (fault, field) in faults.iter().zip(["limits.url", "cache.url"]) {
            assert_eq!(*fault, format!("{field}: Redis does not answer"));
        }
    }
}
