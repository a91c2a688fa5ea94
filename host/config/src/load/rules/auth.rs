//! The rules for `auth` of a provider: each scheme has what it needs, and nothing that only another one uses.

use super::Rules;
use crate::address::{base_url_problem, header_name_problem, is_local_url, scope_problem};
use crate::{AuthConfig, AuthScheme, ProviderConfig};

/// A member of `auth`: its name, the one scheme that uses it, and what to write if it is missing there; `None` if it may
/// be.
type Member = (&'static str, AuthScheme, Option<&'static str>);

const SIGV4: AuthScheme = AuthScheme::AwsSigv4;
const GOOGLE: AuthScheme = AuthScheme::GoogleServiceAccount;

/// The members that belong to one scheme.
const MEMBERS: [Member; 8] = [
    ("region", SIGV4, Some("add one such as eu-central-1")),
    ("service", SIGV4, None),
    (
        "access_key_id",
        SIGV4,
        Some("add `access_key_id: \"${env:AWS_ACCESS_KEY_ID}\"`"),
    ),
    (
        "secret_access_key",
        SIGV4,
        Some("add `secret_access_key: \"${env:AWS_SECRET_ACCESS_KEY}\"`"),
    ),
    ("session_token", SIGV4, None),
    (
        "service_account",
        GOOGLE,
        Some("add `service_account: \"${file:PATH}\"`"),
    ),
    ("scope", GOOGLE, None),
    ("token_url", GOOGLE, None),
];

impl Rules<'_> {
    pub(super) fn auth(&mut self, provider: &str, config: &ProviderConfig) {
        let Some(auth) = &config.auth else { return };
        self.auth_name(provider, auth);
        for member in MEMBERS {
            self.auth_member(provider, auth, member);
        }
        let scheme = auth.scheme.as_str();
        for key in ["api_key", "api_keys"] {
            let path = ["providers", provider, key];
            if auth.holds_credential() && self.document.has(&path) {
                let problem = format!("is not used by the scheme {scheme}");
                self.add(&path, problem, "remove it");
            }
        }
        for (name, value) in [("region", &auth.region), ("service", &auth.service)] {
            if let Some(problem) = value.as_deref().and_then(scope_problem) {
                let path = ["providers", provider, "auth", name];
                self.add(&path, problem, "use lower-case letters, digits and \"-\"");
            }
        }
        let problem = auth.token_url.as_deref().and_then(|url| {
            let plain = url.starts_with("http:") && !is_local_url(url);
            base_url_problem(url).or(plain.then_some("is not https, so others could read the token"))
        });
        if let Some(problem) = problem {
            let remedy = "write one such as \"https://oauth2.googleapis.com/token\", or remove it";
            self.add(&["providers", provider, "auth", "token_url"], problem, remedy);
        }
    }

    fn auth_member(&mut self, provider: &str, auth: &AuthConfig, (name, scheme, needed): Member) {
        let path = ["providers", provider, "auth", name];
        let given = self.document.has(&path);
        match needed {
            _ if given && auth.scheme != scheme => {
                let problem = format!("belongs to the scheme {}", scheme.as_str());
                self.add(&path, problem, "remove it, or change the scheme");
            }
            Some(remedy) if !given && auth.scheme == scheme => {
                let problem = format!("is missing, but the scheme {} requires it", scheme.as_str());
                self.add(&path, problem, remedy);
            }
            _ => {}
        }
    }

    fn auth_name(&mut self, provider: &str, auth: &AuthConfig) {
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
}
