//! What a schema cannot say: how values of the configuration fit together, and what must hold for the process.

mod account;
mod model;
mod provider;

use tracing_subscriber::EnvFilter;

use super::{Document, nearest::nearest};
use crate::{Config, Exposure, Fault};

/// The words that a level without a target may be.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// One run of all rules.
struct Rules<'a> {
    config: &'a Config,
    document: &'a Document,
    faults: Vec<Fault>,
}

/// Every rule that the configuration breaks.
pub(super) fn faults(config: &Config, document: &Document) -> Vec<Fault> {
    let mut rules = Rules {
        config,
        document,
        faults: Vec::new(),
    };
    rules.server();
    rules.log();
    rules.providers();
    rules.models();
    rules.backoff();
    rules.keys();
    rules.plans();
    rules.tokens();
    rules.journal();
    rules.faults
}

// === impl Rules ===

impl Rules<'_> {
    fn add(&mut self, path: &[&str], message: impl Into<String>, remedy: impl Into<String>) {
        self.faults.push(self.document.fault_at(path, message, remedy));
    }

    /// A name that leads nowhere: there is no such `what`, though these are known.
    fn no_such<'k>(&mut self, path: &[&str], what: &str, name: &str, known: impl Iterator<Item = &'k str>) {
        let remedy = match nearest(name, known) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("add it under {what}s, or name one that is there"),
        };
        let message = format!(
            "names a {what} that does not exist: {}",
            self.document.quoted(path, name)
        );
        self.add(path, message, remedy);
    }

    fn server(&mut self) {
        let server = &self.config.server;
        if let Err(exposure) = server.may_listen(server.listen) {
            let remedy = "write auth: required, or listen on 127.0.0.1";
            self.add(&["server", "auth"], self.told(&["server", "listen"], exposure), remedy);
        }
        // A token that is there and at fault was told of already.
        if let (Err(exposure), false) = (
            server.admin.may_listen(),
            self.document.has(&["server", "admin", "token"]),
        ) {
            let remedy = "add a token, or listen on 127.0.0.1";
            self.add(
                &["server", "admin", "listen"],
                self.told(&["server", "admin", "listen"], exposure),
                remedy,
            );
        }
    }

    /// The exposure in words, without an address that comes from elsewhere.
    fn told(&self, listen: &[&str], exposure: Exposure) -> String {
        let (Exposure::Unauthenticated(address) | Exposure::Unguarded(address)) = exposure;
        let address = address.to_string();
        let shown = self.document.quoted(listen, &address).replace('"', "");
        exposure.to_string().replace(&address, &shown)
    }

    fn log(&mut self) {
        const PATH: [&str; 2] = ["log", "level"];
        let level = &self.config.log.level;
        let bare = level.chars().all(|c| c.is_ascii_alphabetic());
        let near = nearest(&level.to_lowercase(), LEVELS.into_iter()).filter(|near| !near.eq_ignore_ascii_case(level));
        let remedy = match near {
            // To the filter any bare word is a module, and a misspelt level would silence everything else.
            Some(near) if bare => format!("did you mean {near:?}?"),
            _ if EnvFilter::builder().parse(level).is_ok() => return,
            _ => "write a level such as info, or directives such as info,jackfield_gateway::routing=debug".to_owned(),
        };
        let message = format!("is not a level or a filter: {}", self.document.quoted(&PATH, level));
        self.add(&PATH, message, remedy);
    }

    fn backoff(&mut self) {
        let backoff = self.config.routing.backoff;
        if backoff.base > backoff.max {
            let message = "is longer than routing.backoff.max";
            self.add(
                &["routing", "backoff", "base"],
                message,
                "write a shorter one, or raise the other",
            );
        }
    }

    fn journal(&mut self) {
        let storage = &self.config.storage;
        if storage.is_none() && storage.journal.is_some() {
            let message = "has no use, because storage.url is none";
            self.add(&["storage", "journal"], message, "remove it, or name a database");
        }
    }
}
