//! The rules for `keys`, `plans` and `tokens`.

use std::collections::BTreeMap;

use super::Rules;
use crate::matched;

/// The minimum length of a token secret, in bytes: that of the HS256 hash output (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;

impl Rules<'_> {
    pub(super) fn keys(&mut self) {
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, key) in &self.config.keys {
            if let Some(first) = owners.insert(key.key.expose(), name) {
                let problem = format!("is the same key as keys.{first}.key");
                self.add(&["keys", name, "key"], problem, "give each client its own key");
            }
            let plan = key.plan.as_str();
            if !self.config.plans.is_empty() && !self.document.has(&["plans", plan]) {
                let known = self.config.plans.keys().map(String::as_str);
                self.no_such(&["keys", name, "plan"], "plan", plan, known);
            }
        }
    }

    pub(super) fn plans(&mut self) {
        for (name, plan) in &self.config.plans {
            for (index, model) in plan.models.iter().enumerate() {
                let covers = |id: &String| matched(id, model).is_some() || matched(model, id).is_some();
                if !self.document.has(&["models", model]) && !self.config.models.keys().any(covers) {
                    let path = ["plans", name, "models", &index.to_string()];
                    let known = self.config.models.keys().map(String::as_str);
                    self.no_such(&path, "model", model, known);
                }
            }
        }
    }

    pub(super) fn tokens(&mut self) {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, secret) in self.config.tokens.secrets.iter().enumerate() {
            let number = index.to_string();
            let path = ["tokens", "secrets", &number];
            if secret.expose().len() < SHORTEST_SECRET {
                let problem = format!("is shorter than {SHORTEST_SECRET} bytes");
                self.add(&path, problem, "generate one with: openssl rand -hex 32");
            }
            if let Some(first) = places.insert(secret.expose(), index) {
                let problem = format!("is the same secret as tokens.secrets[{first}]");
                self.add(&path, problem, "keep one of the two");
            }
        }
    }
}
