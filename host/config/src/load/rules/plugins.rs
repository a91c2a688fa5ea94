//! The rules for where plugins come from and what lets them in.

use super::Rules;
use crate::areas::{is_sha256, public_key};

// === impl Rules ===

impl Rules<'_> {
    pub(super) fn plugins(&mut self) {
        let plugins = &self.config.plugins;
        for (plugin, pin) in &plugins.pins {
            self.sha256(&["plugins", "pins", plugin], pin);
        }
        self.sources();
        let Some(trust) = &plugins.trust else { return };
        for (index, sha256) in trust.sha256.iter().enumerate() {
            self.sha256(&["plugins", "trust", "sha256", &index.to_string()], sha256);
        }
        for (index, key) in trust.public_keys.iter().enumerate() {
            if public_key(key).is_none() {
                let path = ["plugins", "trust", "public_keys", &index.to_string()];
                let problem = "is not a minisign public key";
                let remedy = "copy the second line of the .pub file, such as \"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\"";
                self.add(&path, problem, remedy);
            }
        }
    }

    fn sources(&mut self) {
        let sources = &self.config.plugins.sources;
        for (index, source) in sources.iter().enumerate() {
            let at = index.to_string();
            let from = ["plugins", "sources", &at, "from"];
            if let Err(bad) = source.origin() {
                self.add(&from, bad.problem, bad.remedy);
            }
            let first = sources.iter().position(|other| other.name == source.name);
            if let Some(first) = first.filter(|first| *first < index) {
                let problem = format!("is the name of plugins.sources[{first}] as well");
                self.add(&["plugins", "sources", &at, "name"], problem, "fetch each plugin once");
            }
        }
        for (host, registry) in &self.config.plugins.registries {
            let path = ["plugins", "registries", host];
            if crate::base_url_problem(&format!("https://{host}")).is_some() || host.contains('/') {
                let problem = "is not a host, such as ghcr.io or 127.0.0.1:5000";
                self.add(
                    &path,
                    problem,
                    "write the host as it stands in the source, without a scheme or path",
                );
            }
            let has_password = self.document.has(&["plugins", "registries", host, "password"]);
            if registry.username.is_some() && !has_password {
                self.add(
                    &path,
                    "has a username and no password",
                    "add `password`, or remove `username`",
                );
            }
        }
    }

    fn sha256(&mut self, path: &[&str], sha256: &str) {
        if !is_sha256(sha256) {
            let problem = "is not a SHA-256 in hexadecimal, which has 64 digits";
            let remedy = "copy it from the output of `jackfield plugin inspect`";
            self.add(path, problem, remedy);
        }
    }
}
