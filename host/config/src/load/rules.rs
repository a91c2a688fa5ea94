//! The rules that a schema cannot express: how the values of a configuration must fit together.

mod account;
mod auth;
mod connections;
mod listener;
mod model;
mod plugins;
mod provider;
mod shaper;

use http::HeaderValue;
use tracing_subscriber::EnvFilter;

use super::{document::Document, nearest::nearest};
use crate::address::header_name_problem;
use crate::{CacheStore, Config, Fault, TraceProtocol};

/// The levels of the log.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// One check of all rules.
struct Rules<'a> {
    config: &'a Config,
    document: &'a Document,
    faults: Vec<Fault>,
}

/// A fault for every rule that the configuration breaks.
pub(super) fn faults(config: &Config, document: &Document) -> Vec<Fault> {
    let mut rules = Rules {
        config,
        document,
        faults: Vec::new(),
    };
    rules.server();
    rules.log();
    rules.metrics();
    rules.listeners();
    rules.operators();
    rules.telemetry();
    rules.plugins();
    rules.connections();
    rules.providers();
    rules.models();
    rules.backoff();
    rules.cache();
    rules.keys();
    rules.plans();
    rules.shapers();
    rules.tokens();
    rules.journal();
    rules.faults
}

// === impl Rules ===

impl Rules<'_> {
    fn add(&mut self, path: &[&str], problem: impl Into<String>, remedy: impl Into<String>) {
        self.faults.push(self.document.fault_at(path, problem, remedy));
    }

    /// A reference to a `what` that does not exist; `known` are those that do.
    fn no_such<'k>(&mut self, path: &[&str], what: &str, name: &str, known: impl Iterator<Item = &'k str>) {
        let remedy = match nearest(name, known) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("add it under {what}s, or use an existing one"),
        };
        let problem = format!("names an unknown {what}: {}", self.document.quoted(path, name));
        self.add(path, problem, remedy);
    }

    fn telemetry(&mut self) {
        let traces = &self.config.telemetry.traces;
        if traces.protocol == TraceProtocol::Grpc && traces.endpoint.as_deref().is_some_and(has_path) {
            let remedy = "write it without one, such as http://127.0.0.1:4317, or write `protocol: http`";
            let path = ["telemetry", "traces", "endpoint"];
            self.add(&path, "has a path, and gRPC has one of its own", remedy);
        }
        for (name, value) in &traces.headers {
            let path = ["telemetry", "traces", "headers", name];
            if let Some(problem) = header_name_problem(name) {
                self.add(&path, problem, "use letters, digits and dashes");
            } else if HeaderValue::try_from(value.expose()).is_err() {
                self.add(&path, "is not a valid header", "write no line breaks in the value");
            }
        }
    }

    fn log(&mut self) {
        const PATH: [&str; 2] = ["log", "level"];
        let level = &self.config.log.level;
        let bare = level.chars().all(|c| c.is_ascii_alphabetic());
        let near = nearest(&level.to_lowercase(), LEVELS.into_iter()).filter(|near| !near.eq_ignore_ascii_case(level));
        let remedy = match near {
            // The filter takes any bare word for a module, so a misspelt level would silence everything else.
            Some(near) if bare => format!("did you mean {near:?}?"),
            _ if EnvFilter::builder().parse(level).is_ok() => return,
            _ => "write a level such as info, or directives such as info,jackfield_gateway::routing=debug".to_owned(),
        };
        let problem = format!(
            "is neither a level nor a valid filter: {}",
            self.document.quoted(&PATH, level)
        );
        self.add(&PATH, problem, remedy);
    }

    fn backoff(&mut self) {
        let backoff = self.config.routing.backoff;
        if backoff.base > backoff.max {
            let problem = "is longer than routing.backoff.max";
            let remedy = "shorten it, or raise routing.backoff.max";
            self.add(&["routing", "backoff", "base"], problem, remedy);
        }
    }

    fn cache(&mut self) {
        let cache = &self.config.cache;
        if cache.max_entry_bytes as u64 > cache.max_bytes {
            let problem = "is more than cache.max_bytes";
            let remedy = "lower it, or raise cache.max_bytes";
            self.add(&["cache", "max_entry_bytes"], problem, remedy);
        }
        // A URL that is given but at fault has its own fault already.
        let is_given = self.document.has(&["cache", "url"]);
        if cache.store == CacheStore::Redis && !is_given {
            let problem = "is missing, but store: redis requires it";
            self.add(&["cache", "url"], problem, "add the URL of a Redis, or remove store");
        }
        if cache.store == CacheStore::Memory && cache.url.is_some() {
            let problem = "has no effect on a cache in memory";
            self.add(
                &["cache", "url"],
                problem,
                "write `store: redis` beside it, or remove it",
            );
        }
    }

    fn journal(&mut self) {
        let storage = &self.config.storage;
        if storage.is_none() && storage.journal.is_some() {
            let problem = "has no effect while storage.url is none";
            self.add(&["storage", "journal"], problem, "remove it, or configure a database");
        }
    }
}

/// Whether a URL has more behind its host than a slash.
fn has_path(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once('/').is_some_and(|(_, path)| !path.is_empty())
}
