//! How a host is reached that plugins come from, and as whom.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

use jackfield_config::{PluginsConfig, ProxyConfig, RegistryConfig, Secret};

/// How one host is reached, and as whom.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Access {
    username: String,
    password: Option<Secret>,
    pub(super) ca: String,
    pub(super) proxies: ProxyConfig,
}

// === impl Access ===

impl Access {
    /// How the configuration says that `host` is reached.
    #[must_use]
    pub fn of(config: &PluginsConfig, host: &str) -> Self {
        let registry = config.registries.get(host).cloned().unwrap_or_default();
        let RegistryConfig { username, password, ca } = registry;
        Self {
            username: username.unwrap_or_default(),
            password,
            ca: ca.unwrap_or_default(),
            proxies: config.proxies.clone(),
        }
    }

    /// `Basic` with user and password (RFC 7617); `None` if there is no password.
    pub(super) fn basic(&self) -> Option<HeaderValue> {
        let password = self.password.as_ref()?;
        let both = STANDARD.encode(format!("{}:{}", self.username, password.expose()));
        sensitive(&format!("Basic {both}"))
    }
}

/// A value that is shown nowhere.
pub(super) fn sensitive(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_in_a_header_that_is_shown() {
        let access = Access {
            username: "u".to_owned(),
            password: Some(Secret::new("p")),
            ..Access::default()
        };
        let basic = access.basic().unwrap();
        assert_eq!(basic, "Basic dTpw");
        assert_eq!(format!("{basic:?}"), "Sensitive");
        assert_eq!(Access::default().basic(), None);
    }
}
