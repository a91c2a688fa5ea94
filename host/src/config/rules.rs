//! What a schema cannot say: how values of the configuration fit together, and what must hold for the process.

mod provider;

use std::collections::BTreeMap;

use tracing_subscriber::EnvFilter;

use super::{Config, Document, Fault, TargetConfig, nearest::nearest, server::Exposure};

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
    rules.faults
}

// === impl Rules ===

impl Rules<'_> {
    fn add(&mut self, path: &[&str], message: impl Into<String>, remedy: impl Into<String>) {
        self.faults
            .push(self.document.fault_at(path, message, remedy));
    }

    fn server(&mut self) {
        let server = &self.config.server;
        if let Err(exposure) = server.may_listen(server.listen) {
            let remedy = "write auth: required, or listen on 127.0.0.1";
            self.add(
                &["server", "auth"],
                self.told(&["server", "listen"], exposure),
                remedy,
            );
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
        let near = nearest(&level.to_lowercase(), LEVELS.into_iter())
            .filter(|near| !near.eq_ignore_ascii_case(level));
        let remedy = match near {
            // To the filter any bare word is a module, and a misspelt level would silence everything else.
            Some(near) if bare => format!("did you mean {near:?}?"),
            _ if EnvFilter::builder().parse(level).is_ok() => return,
            _ => "write a level such as info, or directives such as info,jackfield::routing=debug"
                .to_owned(),
        };
        let message = format!(
            "is not a level or a filter: {}",
            self.document.quoted(&PATH, level)
        );
        self.add(&PATH, message, remedy);
    }

    fn models(&mut self) {
        for (id, model) in &self.config.models {
            if id.is_empty() || !id.chars().all(|c| c.is_ascii_graphic()) {
                let message = "is not a model's id";
                self.add(
                    &["models", id],
                    message,
                    "use visible ASCII characters without spaces",
                );
            }
            for (index, target) in model.chain.iter().enumerate() {
                self.target(id, &index.to_string(), target);
            }
        }
    }

    fn target(&mut self, id: &str, index: &str, target: &TargetConfig) {
        let name = target.provider.as_str();
        if self.document.has(&["providers", name]) {
            return;
        }
        let path = ["models", id, "chain", index, "provider"];
        let known = || self.config.providers.keys().map(String::as_str);
        let remedy = match nearest(name, known()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => "add it under providers, or name one that is there".to_owned(),
        };
        let message = format!(
            "names a provider that does not exist: {}",
            self.document.quoted(&path, name)
        );
        self.add(&path, message, remedy);
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

    fn keys(&mut self) {
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, key) in &self.config.keys {
            if let Some(first) = owners.insert(key.key.expose(), name) {
                let message = format!("is the same key as that of keys.{first}");
                self.add(&["keys", name, "key"], message, "give each its own key");
            }
            self.plan(name, &key.plan);
        }
    }

    fn plan(&mut self, key: &str, plan: &str) {
        if self.config.plans.is_empty() || self.document.has(&["plans", plan]) {
            return;
        }
        let path = ["keys", key, "plan"];
        let remedy = match nearest(plan, self.config.plans.keys().map(String::as_str)) {
            Some(near) => format!("did you mean {near:?}?"),
            None => "add it under plans, or name one that is there".to_owned(),
        };
        let message = format!(
            "names a plan that does not exist: {}",
            self.document.quoted(&path, plan)
        );
        self.add(&path, message, remedy);
    }
}
