//! The rules for `providers`.

use http::{HeaderName, HeaderValue};

use super::Rules;
use crate::{
    AuthScheme, ProviderConfig,
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
            self.auth(name, provider);
            self.headers(name, provider);
        }
    }

    fn auth(&mut self, provider: &str, config: &ProviderConfig) {
        let Some(auth) = &config.auth else { return };
        let path = ["providers", provider, "auth", "name"];
        if self.document.is_missing(&path) {
            return;
        }
        let named = auth.name.as_deref().unwrap_or_default();
        match auth.scheme {
            AuthScheme::Header if named.is_empty() => {
                self.add(
                    &path,
                    "is missing, but the scheme header requires it",
                    "add the header's name",
                );
            }
            AuthScheme::Header => {
                if let Some(problem) = header_name_problem(named) {
                    self.add(&path, problem, "write one such as x-api-key");
                }
            }
            AuthScheme::Query if named.is_empty() => {
                self.add(
                    &path,
                    "is missing, but the scheme query requires it",
                    "add the parameter's name",
                );
            }
            _ => {}
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
