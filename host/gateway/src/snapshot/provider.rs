//! From a provider's configuration and its plugin to an adapter at work, with every fault named.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::PluginFile;
use crate::attempt::{Adapter, Redaction};
use crate::upstream::client::Client;
use crate::upstream::credential::Credential;
use jackfield_config::{AuthConfig, AuthScheme as ConfiguredScheme};
use jackfield_config::{Fault, Loaded, ProviderConfig};
use jackfield_sandbox::{AuthScheme, Plugin};

/// What building providers needs to know.
pub(super) struct Workshop<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) plugins: &'a [PluginFile],
}

// === impl Workshop ===

impl Workshop<'_> {
    /// Builds one provider. `Ok(None)`: it is off.
    pub(super) fn build(&self, name: &str, config: &ProviderConfig) -> Result<Option<Arc<Adapter>>, Vec<Fault>> {
        let plugin = self.plugin(name, config)?;
        if config.off.is_some() {
            return Ok(None);
        }
        let mut faults = self.loaded.check_settings(name, &plugin.manifest.settings);
        let base_url = config.base_url.clone().or_else(|| plugin.manifest.base_url.clone());
        if base_url.is_none() && plugin.manifest.needs_upstream {
            let message = format!("is missing, and the adapter `{}` has no usual one", config.adapter);
            let remedy = "write the upstream's address, such as \"https://upstream.example/v1\"";
            faults.push(self.loaded.fault_at(&["providers", name, "base_url"], message, remedy));
        }
        let credential = self
            .credential(name, config, &plugin)
            .map_err(|fault| faults.push(fault));
        let headers = self.headers(name, config).map_err(|fault| faults.push(fault));
        let client = self.client(name, config).map_err(|fault| faults.push(fault));
        let (Ok(credential), Ok(headers), Ok(client), true) = (credential, headers, client, faults.is_empty()) else {
            return Err(faults);
        };
        let settings = serde_json::Value::Object(config.settings.clone()).to_string();
        Ok(Some(Arc::new(Adapter {
            provider: name.into(),
            plugin,
            settings: Bytes::from(settings),
            base_url,
            credential,
            headers,
            redaction: Redaction::new(config.api_key.iter().chain(config.headers.values())),
            client,
            timeouts: config.timeouts,
            max_reply_bytes: config.max_reply_bytes,
            max_event_bytes: config.max_event_bytes,
        })))
    }

    fn plugin(&self, name: &str, config: &ProviderConfig) -> Result<Arc<Plugin>, Vec<Fault>> {
        let names = || self.plugins.iter().map(|file| file.plugin.manifest.name.as_str());
        let found = self
            .plugins
            .iter()
            .find(|file| file.plugin.manifest.name == config.adapter);
        found.map(|file| Arc::clone(&file.plugin)).ok_or_else(|| {
            let known: Vec<&str> = names().collect();
            let remedy = if known.is_empty() {
                "put its plugin into plugins.dir (none is there)".to_owned()
            } else {
                format!("put its plugin into plugins.dir, or use one of: {}", known.join(", "))
            };
            let message = format!("no plugin is named `{}`", config.adapter);
            vec![self.loaded.fault_at(&["providers", name, "adapter"], message, remedy)]
        })
    }

    fn credential(&self, name: &str, config: &ProviderConfig, plugin: &Plugin) -> Result<Credential, Fault> {
        let scheme = match &config.auth {
            Some(auth) => scheme(auth),
            None => plugin.manifest.auth.clone(),
        };
        // An upstream of one's own needs no key: without one, nothing is attached.
        if config.api_key.is_none() && config.auth.is_none() {
            return Ok(Credential::None);
        }
        Credential::new(&scheme, config.api_key.as_ref()).map_err(|error| {
            let text = error.to_string();
            let (message, remedy) = text.split_once("; ").unwrap_or((&text, "correct it"));
            self.loaded.fault_at(&["providers", name, "api_key"], message, remedy)
        })
    }

    fn headers(&self, name: &str, config: &ProviderConfig) -> Result<HeaderMap, Fault> {
        let mut headers = HeaderMap::new();
        for (header, value) in &config.headers {
            let parsed = HeaderName::try_from(header.as_str());
            let value = HeaderValue::try_from(value.expose());
            let (Ok(parsed), Ok(mut value)) = (parsed, value) else {
                let path = ["providers", name, "headers", header];
                let message = "is not a valid header".to_owned();
                return Err(self.loaded.fault_at(
                    &path,
                    message,
                    "use letters, digits and dashes in the name, no line breaks in the value",
                ));
            };
            value.set_sensitive(true);
            headers.insert(parsed, value);
        }
        Ok(headers)
    }

    fn client(&self, name: &str, config: &ProviderConfig) -> Result<Client, Fault> {
        Client::new(config.timeouts.connect).map_err(|error| {
            let path = ["providers", name, "timeouts"];
            self.loaded
                .fault_at(&path, error.to_string(), "check the machine's certificates")
        })
    }
}

/// The provider's own word on how the credential goes, which stands above the manifest's.
fn scheme(auth: &AuthConfig) -> AuthScheme {
    let name = auth.name.clone().unwrap_or_default();
    match auth.scheme {
        ConfiguredScheme::None => AuthScheme::None,
        ConfiguredScheme::Bearer => AuthScheme::Bearer,
        ConfiguredScheme::Basic => AuthScheme::Basic,
        ConfiguredScheme::Header => AuthScheme::Header { name },
        ConfiguredScheme::Query => AuthScheme::Query { name },
    }
}
