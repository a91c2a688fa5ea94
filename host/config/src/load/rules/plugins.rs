//! The rules for where plugins come from and what lets them in.

use super::Rules;
use crate::areas::public_key;

// === impl Rules ===

impl Rules<'_> {
    pub(super) fn plugins(&mut self) {
        let plugins = &self.config.plugins;
        for (plugin, pin) in &plugins.pins {
            self.sha256(&["plugins", "pins", plugin], pin);
        }
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

    fn sha256(&mut self, path: &[&str], sha256: &str) {
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let problem = "is not a SHA-256 in hexadecimal, which has 64 digits";
            let remedy = "copy it from the output of `jackfield plugin inspect`";
            self.add(path, problem, remedy);
        }
    }
}
