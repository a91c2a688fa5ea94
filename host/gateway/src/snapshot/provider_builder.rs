//! Builds an adapter from a provider's configuration and its plugin, and reports every fault.

mod credential;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use self::credential::redaction;
use super::PluginFile;
use super::accepts::accepted;
use super::plugins::{Content, Refusal, base_url, is_adapters_word};
use crate::attempt::{Adapter, Attachments, Reach, Ready};
use crate::memo::Memo;
use crate::trace::Server;
use crate::upstream::client::Client;
use crate::upstream::proxy::Proxies;
use crate::upstream::route::Route;
use jackfield_config::{ConnectionsConfig, Fault, Loaded, ProviderConfig, is_local_url};
use jackfield_dialects::{Accepts, Extension};
use jackfield_sandbox::{AdapterPlugin, Manifest};
use serde_json::{Map, Value};

/// Builds providers from the configuration and the plugins.
pub(super) struct ProviderBuilder<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) plugins: &'a [PluginFile],
    /// Shared by all of them.
    pub(super) memo: Arc<Memo<Ready>>,
}

/// A provider's name in telemetry, if it has these settings: what the configuration says, or else the adapter.
pub(super) fn known_as(config: &ProviderConfig, manifest: &Manifest, settings: &Map<String, Value>) -> Arc<str> {
    let own = config.telemetry_name.as_deref();
    own.unwrap_or_else(|| manifest.telemetry_name_under(settings)).into()
}

// === impl ProviderBuilder ===

impl ProviderBuilder<'_> {
    /// Builds one provider; `None` if it is off.
    pub(super) fn build(&self, name: &str, config: &ProviderConfig) -> Result<Option<Arc<Adapter>>, Vec<Fault>> {
        let (file, plugin) = self.plugin_file(name, config)?;
        if config.off.is_some() {
            return Ok(None);
        }
        let mut faults = self.loaded.check_settings(name, &plugin.manifest.settings);
        let accepts = self.accepts(name, config, plugin).map_err(|more| faults.extend(more));
        let base_url = self
            .base_url(name, config, (file, plugin))
            .map_err(|fault| faults.push(fault));
        let redaction = Arc::new(redaction(config));
        let credentials = self
            .credentials(name, config, (plugin, &redaction))
            .map_err(|fault| faults.push(fault));
        let headers = self.headers(name, config).map_err(|fault| faults.push(fault));
        let client = self.client(name, config).map_err(|fault| faults.push(fault));
        let attachments = self.attachments(name, config).map_err(|fault| faults.push(fault));
        let elsewhere = self.elsewhere(name, config).map_err(|fault| faults.push(fault));
        let (Ok(accepts), Ok(base_url), Ok(credentials), Ok(headers), Ok(client), Ok(attachments), Ok(elsewhere), true) = (
            accepts,
            base_url,
            credentials,
            headers,
            client,
            attachments,
            elsewhere,
            faults.is_empty(),
        ) else {
            return Err(faults);
        };
        let settings = Value::Object(config.settings.clone()).to_string();
        let prefill = config.prefill.as_ref().unwrap_or(&plugin.manifest.prefill).clone();
        Ok(Some(Arc::new(Adapter {
            provider: name.into(),
            known_as: known_as(config, &plugin.manifest, &config.settings),
            prefill,
            plugin: Arc::new(plugin.censored_by(Arc::clone(&redaction) as _)),
            accepts,
            dialects: plugin.manifest.dialects_under(&config.settings).into(),
            settings: Bytes::from(settings),
            reach: Reach {
                server: base_url.as_deref().and_then(Server::of).map(Arc::new),
                base_url,
                headers,
                client,
                elsewhere,
            },
            credentials,
            redaction,
            memo: Arc::clone(&self.memo),
            attachments,
            timeouts: config.timeouts,
            max_reply_bytes: config.max_reply_bytes,
            max_event_bytes: config.max_event_bytes,
        })))
    }

    fn plugin_file(
        &self,
        name: &str,
        config: &ProviderConfig,
    ) -> Result<(&PluginFile, &Arc<AdapterPlugin>), Vec<Fault>> {
        let files = self.plugins.iter();
        let adapters = || files.clone().filter_map(|file| Some((file, file.plugin.adapter()?)));
        let names = || adapters().map(|(_, plugin)| plugin.manifest.name.as_str());
        let found = adapters().find(|(_, plugin)| plugin.manifest.name == config.adapter);
        found.ok_or_else(|| {
            let known: Vec<&str> = names().collect();
            let remedy = if known.is_empty() {
                "add the plugin to plugins.dir, which is empty".to_owned()
            } else {
                format!("add the plugin to plugins.dir, or use one of: {}", known.join(", "))
            };
            let problem = format!("no plugin is named `{}`", config.adapter);
            vec![self.loaded.fault_at(&["providers", name, "adapter"], problem, remedy)]
        })
    }

    /// What the upstream accepts: what the manifest says, and what the configuration adds and takes away.
    fn accepts(&self, name: &str, config: &ProviderConfig, plugin: &AdapterPlugin) -> Result<Accepts, Vec<Fault>> {
        let (mut faults, mut seen) = (Vec::new(), Accepts::NONE);
        for (index, word) in config.accepts.iter().enumerate() {
            let fault = |problem, remedy| {
                let path = ["providers", name, "accepts", &index.to_string()];
                self.loaded.fault_at(&path, problem, remedy)
            };
            match word.strip_prefix('-').unwrap_or(word).parse::<Extension>() {
                Err(_) => {
                    let words = Extension::ALL.map(Extension::as_str).join(", ");
                    let remedy = format!("use one of: {words}; or one of them with a minus before it");
                    faults.push(fault(format!("`{word}` names no extension"), remedy));
                }
                Ok(extension) if seen.contains(extension) => {
                    let problem = format!("names `{extension}` a second time");
                    faults.push(fault(problem, "name each extension once".to_owned()));
                }
                Ok(extension) => seen = seen.with(extension),
            }
        }
        if faults.is_empty() {
            Ok(accepted(&plugin.manifest, &config.settings, &config.accepts))
        } else {
            Err(faults)
        }
    }

    fn base_url(
        &self,
        name: &str,
        config: &ProviderConfig,
        (file, plugin): (&PluginFile, &AdapterPlugin),
    ) -> Result<Option<String>, Fault> {
        let path = ["providers", name, "base_url"];
        let content = Content {
            manifest: &plugin.manifest,
            sha256: &plugin.sha256,
            voucher: file.voucher.as_ref(),
        };
        match base_url(config, content, &self.loaded.config) {
            Ok(None) if plugin.manifest.needs_upstream => {
                let problem = format!("is missing, and the adapter `{}` has no default", config.adapter);
                let remedy = "write the upstream's URL, such as \"https://upstream.example/v1\"";
                Err(self.loaded.fault_at(&path, problem, remedy))
            }
            Ok(base_url) => Ok(base_url),
            Err(Refusal { problem, remedy }) => Err(self.loaded.fault_at(&path, problem, remedy)),
        }
    }

    fn headers(&self, name: &str, config: &ProviderConfig) -> Result<HeaderMap, Fault> {
        let mut headers = HeaderMap::new();
        for (header, value) in &config.headers {
            let parsed = HeaderName::try_from(header.as_str());
            let value = HeaderValue::try_from(value.expose());
            let (Ok(parsed), Ok(mut value)) = (parsed, value) else {
                let path = ["providers", name, "headers", header];
                let remedy = "use letters, digits and dashes in the name, and no line breaks in the value";
                return Err(self.loaded.fault_at(&path, "is not a valid header", remedy));
            };
            value.set_sensitive(true);
            if headers.try_insert(parsed, value).is_err() {
                let path = ["providers", name, "headers"];
                return Err(self.loaded.fault_at(&path, "are too many", "write fewer"));
            }
        }
        Ok(headers)
    }

    fn client(&self, name: &str, config: &ProviderConfig) -> Result<Client, Fault> {
        let connections = config.connections.over(&self.loaded.config.connections);
        self.client_by(name, config, (connections, is_adapters_word(config)))
    }

    fn attachments(&self, name: &str, config: &ProviderConfig) -> Result<Option<Attachments>, Fault> {
        let Some(attachments) = &config.attachments else {
            return Ok(None);
        };
        let private = attachments.private.then(|| self.client_for(name, config, false));
        Ok(Some(Attachments {
            hosts: attachments.hosts.clone(),
            public: self.client_for(name, config, true)?,
            private: private.transpose()?,
            max_bytes: attachments.max_bytes,
        }))
    }

    /// The other hosts that the adapter may name. Where the base URL is of this network, they may be too.
    fn elsewhere(&self, name: &str, config: &ProviderConfig) -> Result<Option<Attachments>, Fault> {
        if config.hosts.is_empty() {
            return Ok(None);
        }
        let is_local = config.base_url.as_deref().is_some_and(is_local_url);
        let private = is_local.then(|| self.client_for(name, config, false));
        Ok(Some(Attachments {
            hosts: config.hosts.clone(),
            public: self.client_for(name, config, true)?,
            private: private.transpose()?,
            max_bytes: config.max_reply_bytes,
        }))
    }

    /// A client for other hosts than that of the base URL.
    fn client_for(&self, name: &str, config: &ProviderConfig, public_only: bool) -> Result<Client, Fault> {
        let connections = config.connections.over(&self.loaded.config.connections);
        self.client_by(name, config, (connections.elsewhere(), public_only))
    }

    fn client_by(
        &self,
        name: &str,
        config: &ProviderConfig,
        (connections, public_only): (ConnectionsConfig, bool),
    ) -> Result<Client, Fault> {
        let proxies = Proxies::new(&config.proxies);
        let added = config.tls.ca.as_deref().unwrap_or_default();
        let mut route = Route::direct(config.timeouts.connect)
            .keeping(connections)
            .trusting(added)
            .through(proxies);
        if public_only {
            route = route.public_only();
        }
        Client::new(route).map_err(|error| {
            let path = ["providers", name, "tls", "ca"];
            let remedy = "check the CA certificates of this machine, and that tls.ca is PEM text";
            self.loaded.fault_at(&path, error.to_string(), remedy)
        })
    }
}
