//! The rules for `providers`.

use http::{HeaderName, HeaderValue};

use super::Rules;
use crate::{
    ProviderConfig,
    address::{base_url_problem, header_name_problem},
    areas::proxy_problem,
};

impl Rules<'_> {
    pub(super) fn providers(&mut self) {
        for (name, provider) in &self.config.providers {
            if !is_plain(name) {
                let remedy = "use only letters, digits, \"_\", \"-\" and \".\"";
                self.add(&["providers", name], "is not a valid provider name", remedy);
            }
            if let Some(problem) = provider.base_url.as_deref().and_then(base_url_problem) {
                let remedy = "write one such as \"https://upstream.example/v1\"";
                self.add(&["providers", name, "base_url"], problem, remedy);
            }
            if let Some(problem) = provider.proxy.as_ref().and_then(proxy_problem) {
                let remedy = "write one such as \"http://proxy.example:3128\", or none";
                self.add(&["providers", name, "proxy"], problem, remedy);
            }
            if provider.api_key.is_some() && provider.api_keys.is_some() {
                let problem = "stands beside api_key, but only one of the two may be set";
                let remedy = "write all keys in api_keys, and remove api_key";
                self.add(&["providers", name, "api_keys"], problem, remedy);
            }
            self.auth(name, provider);
            self.hosts(name, provider);
            self.headers(name, provider);
        }
    }

    /// The credential goes to these hosts, so each is the operator's own word: no pattern for all.
    fn hosts(&mut self, provider: &str, config: &ProviderConfig) {
        for (index, host) in config.hosts.iter().enumerate() {
            let name = host.strip_prefix("*.").unwrap_or(host);
            let (host, port) = name.split_once(':').unwrap_or((name, "443"));
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
            if host.is_empty() || !host.chars().all(is_plain) || port.parse::<u16>().is_err() {
                let path = ["providers", provider, "hosts", &index.to_string()];
                let problem = "is neither a host, nor a host and a port, nor \"*.\" and a domain";
                self.add(&path, problem, "write one such as api.example.com or \"*.example.com\"");
            }
        }
    }

    fn headers(&mut self, provider: &str, config: &ProviderConfig) {
        for (name, value) in &config.headers {
            let path = ["providers", provider, "headers", name];
            if let Some(problem) = header_name_problem(name) {
                let is_header = HeaderName::try_from(name).is_ok();
                let remedy = if is_header {
                    "remove it"
                } else {
                    "write one such as x-team"
                };
                self.add(&path, problem, remedy);
            }
            if HeaderValue::try_from(value.expose()).is_err() {
                self.add(
                    &path,
                    "contains a character that is not allowed in a header",
                    "remove line breaks and control characters",
                );
            }
        }
    }
}

/// Whether a name needs no quotes in logs and metrics.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
