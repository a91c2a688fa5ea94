//! The rules for `shapers`, and for the lists that name them.

use http::{HeaderName, HeaderValue};

use super::Rules;
use super::provider::is_plain;
use crate::address::base_url_problem;
use crate::areas::proxy_problem;
use crate::{GuardConfig, ShaperConfig};

/// The minimum length of the key of pseudonyms, in bytes.
const SHORTEST_KEY: usize = 32;

impl Rules<'_> {
    pub(super) fn shapers(&mut self) {
        for (name, shaper) in &self.config.shapers {
            if !is_plain(name) || name.starts_with('-') {
                let remedy = "use only letters, digits, \"_\", \"-\" and \".\", and no \"-\" at its beginning";
                self.add(&["shapers", name], "is not a valid shaper name", remedy);
            }
            self.what_it_is(name, shaper);
            let mut seen = Vec::new();
            for (index, grant) in shaper.grant.iter().enumerate() {
                if seen.contains(grant) {
                    let path = ["shapers", name, "grant", &index.to_string()];
                    self.add(&path, "is granted a second time", "grant each thing once");
                }
                seen.push(*grant);
            }
        }
        let (plans, models) = (&self.config.plans, &self.config.models);
        for (plan, config) in plans {
            self.names(["plans", plan], &config.shapers);
        }
        for (model, config) in models {
            self.names(["models", model], &config.shapers);
        }
        let key = &self.config.plugins.pseudonym_key;
        if key.as_ref().is_some_and(|key| key.expose().len() < SHORTEST_KEY) {
            let problem = format!("is shorter than {SHORTEST_KEY} bytes");
            self.add(
                &["plugins", "pseudonym_key"],
                problem,
                "generate one with: openssl rand -hex 32",
            );
        }
    }

    fn what_it_is(&mut self, name: &str, shaper: &ShaperConfig) {
        let http = ["shapers", name, "http"];
        match (&shaper.plugin, &shaper.http) {
            (None, None) if !self.document.has(&["shapers", name, "plugin"]) => {
                let remedy = "add `plugin` with the name of a plugin, or `http` with the url of a guard";
                self.add(&["shapers", name], "is neither a plugin nor a guard", remedy);
            }
            (Some(_), Some(_)) => self.add(&http, "is a second thing beside `plugin`", "remove one of the two"),
            (None, Some(_)) if shaper.grant.is_empty() => {
                let remedy = "write `grant: [texts]`, `grant: [reply]` or both";
                self.add(
                    &["shapers", name, "grant"],
                    "is empty, so the guard would see nothing",
                    remedy,
                );
            }
            _ => {}
        }
        if shaper.http.is_some() && !shaper.settings.is_empty() {
            let problem = "has no effect for a guard";
            self.add(
                &["shapers", name, "settings"],
                problem,
                "remove it, or use `http.headers`",
            );
        }
        if let Some(guard) = &shaper.http {
            self.guard(name, guard);
        }
    }

    fn guard(&mut self, name: &str, guard: &GuardConfig) {
        let path = ["shapers", name, "http"];
        if let Some(problem) = base_url_problem(&guard.url) {
            let remedy = "write one such as \"https://guard.example/check\"";
            self.add(&[&path[..], &["url"]].concat(), problem, remedy);
        }
        if let Some(problem) = guard.proxy.as_ref().and_then(proxy_problem) {
            let remedy = "write one such as \"http://proxy.example:3128\", or none";
            self.add(&[&path[..], &["proxy"]].concat(), problem, remedy);
        }
        for (header, value) in &guard.headers {
            let path = [&path[..], &["headers", header]].concat();
            if let Some(problem) = crate::header_name_problem(header) {
                let is_header = HeaderName::try_from(header.as_str()).is_ok();
                let remedy = if is_header {
                    "remove it"
                } else {
                    "write one such as x-team"
                };
                self.add(&path, problem, remedy);
            }
            if HeaderValue::try_from(value.expose()).is_err() {
                let problem = "contains a character that is not allowed in a header";
                self.add(&path, problem, "remove line breaks and control characters");
            }
        }
    }

    /// The shapers that a plan or a model names.
    fn names(&mut self, owner: [&str; 2], listed: &[String]) {
        for (index, entry) in listed.iter().enumerate() {
            let name = entry.strip_prefix('-').unwrap_or(entry);
            if self.document.has(&["shapers", name]) {
                continue;
            }
            let number = index.to_string();
            let path = [owner[0], owner[1], "shapers", &number];
            let known = self.config.shapers.keys().map(String::as_str);
            self.no_such(&path, "shaper", name, known);
        }
    }
}
