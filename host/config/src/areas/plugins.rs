//! `plugins:`: where plugins are loaded from, and the limits on a call into one.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod source;
mod trust;

pub(crate) use self::source::is_sha256;
pub use self::source::{BadOrigin, Origin, Reference, RegistryConfig, SourceConfig, is_loopback};
pub(crate) use self::trust::public_key;
pub use self::trust::{TrustConfig, Unsigned, Voucher};

use super::proxy::ProxyConfig;
use crate::{Secret, duration};

/// Where plugins are loaded from, and the limits on a call into one.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PluginsConfig {
    /// The folder of `*.wasm` files, relative to the configuration's folder. Default `../target/plugins`.
    pub dir: PathBuf,
    /// How instances are used. Default `request`.
    pub isolation: Isolation,
    /// A private folder for compiled code, relative to the configuration's folder. Only the gateway may write to it.
    /// Default: `cache/` in `state_dir` if there is one, or else `jackfield/` in the user's cache folder
    /// (`$XDG_CACHE_HOME`, or `~/.cache`).
    pub cache_dir: Option<PathBuf>,
    /// The largest plugin file, in bytes. Default 33554432 (32 MiB).
    #[schemars(range(min = 1, max = 4_294_967_296_u64))]
    pub max_file_bytes: usize,
    /// The longest a single call may take. Default `100ms`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub deadline: Duration,
    /// The most memory an instance may use, in bytes. Default 67108864 (64 MiB).
    #[schemars(range(min = 65_536, max = 4_294_967_296_u64))]
    pub max_memory_bytes: usize,
    /// The largest output of a call, in bytes. Default 16777216 (16 MiB).
    #[schemars(range(min = 1, max = 4_294_967_296_u64))]
    pub max_output_bytes: usize,
    /// How many lines a call may log. Further lines are dropped, and one line reports that. Default 100.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub max_log_lines: u32,
    /// Whether what an adapter prepares, or a shaper that sees no texts decides, is kept for the next request with the same
    /// parameters. Off, each request pays for its own calls. Default true.
    pub keep_prepared: bool,
    /// The only content that a plugin may have, by plugin name: the SHA-256 of its file in hexadecimal, as
    /// `jackfield plugin inspect` shows it. What its manifest says of base URL and credential then holds. Default none.
    pub pins: BTreeMap<String, String>,
    /// Plugins that are fetched, besides those in the folder. Default none.
    pub sources: Vec<SourceConfig>,
    /// How the hosts that plugins are fetched from are reached, by host (with its port if it has one). Default: as nobody
    /// in particular, by TLS with the machine's certificates.
    pub registries: BTreeMap<String, RegistryConfig>,
    /// Whose plugins are let in. Default: every plugin in the folder is.
    // Without this, a `trust:` with nothing below it would let every plugin in.
    #[schemars(with = "TrustConfig")]
    pub trust: Option<TrustConfig>,
    /// The key from which the pseudonyms of users are made that shapers get, at least 32 bytes. Give all nodes the same one.
    /// Default: one that is made at the first start and kept in the folder of the journal, or of compiled code.
    pub pseudonym_key: Option<Secret>,
    /// Limits for individual plugins, by plugin name. Default none.
    pub overrides: BTreeMap<String, PluginOverrides>,
    /// The proxies of the environment, by which plugins are fetched.
    #[serde(skip)]
    #[schemars(skip)]
    pub proxies: ProxyConfig,
}

/// How the instances of a plugin are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// No instance ever serves two requests.
    #[default]
    Request,
    /// Instances are reused from request to request: faster, and only for plugins you trust.
    Shared,
}

/// The limits of an individual plugin. Anything left out is as in `plugins`.
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PluginOverrides {
    /// How instances are used.
    pub isolation: Option<Isolation>,
    /// The longest a single call may take.
    #[serde(deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_schema")]
    pub deadline: Option<Duration>,
    /// The most memory an instance may use, in bytes.
    #[schemars(range(min = 65_536, max = 4_294_967_296_u64))]
    pub max_memory_bytes: Option<usize>,
    /// The largest output of a call, in bytes.
    #[schemars(range(min = 1, max = 4_294_967_296_u64))]
    pub max_output_bytes: Option<usize>,
}

/// The limits in force for one plugin: its overrides, and those of `plugins` for the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PluginLimits {
    /// How instances are used.
    pub isolation: Isolation,
    /// The longest a single call may take.
    pub deadline: Duration,
    /// The most memory an instance may use, in bytes.
    pub max_memory_bytes: usize,
    /// The largest output of a call, in bytes.
    pub max_output_bytes: usize,
    /// How many lines a call may log.
    pub max_log_lines: u32,
}

// === impl PluginsConfig ===

impl PluginsConfig {
    /// The SHA-256 that the plugin with this name must have, in lower case, if it is pinned.
    pub fn pin_of(&self, plugin: &str) -> Option<String> {
        self.pins.get(plugin).map(|pin| pin.to_ascii_lowercase())
    }

    /// Whether some plugin with this content is let in without a signature. Which one shows only when it is loaded.
    pub fn is_pinned(&self, sha256: &str) -> bool {
        let listed = self.trust.as_ref().is_some_and(|trust| trust.names(sha256));
        listed || self.pins.values().any(|pin| pin.eq_ignore_ascii_case(sha256))
    }

    /// Whether the plugin with this name may have this content without a signature.
    pub fn pins(&self, plugin: &str, sha256: &str) -> bool {
        let listed = self.trust.as_ref().is_some_and(|trust| trust.names(sha256));
        self.pin_of(plugin).map_or(listed, |pin| pin == sha256)
    }

    /// The limits in force for the plugin with this name.
    pub fn limits_for(&self, plugin: &str) -> PluginLimits {
        let own = self.overrides.get(plugin).cloned().unwrap_or_default();
        PluginLimits {
            isolation: own.isolation.unwrap_or(self.isolation),
            deadline: own.deadline.unwrap_or(self.deadline),
            max_memory_bytes: own.max_memory_bytes.unwrap_or(self.max_memory_bytes),
            max_output_bytes: own.max_output_bytes.unwrap_or(self.max_output_bytes),
            max_log_lines: self.max_log_lines,
        }
    }
}

impl Default for PluginsConfig {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("../target/plugins"),
            isolation: Isolation::default(),
            cache_dir: None,
            max_file_bytes: 32 << 20,
            deadline: Duration::from_millis(100),
            max_memory_bytes: 64 << 20,
            max_output_bytes: 16 << 20,
            max_log_lines: 100,
            keep_prepared: true,
            pins: BTreeMap::new(),
            sources: Vec::new(),
            registries: BTreeMap::new(),
            trust: None,
            pseudonym_key: None,
            overrides: BTreeMap::new(),
            proxies: ProxyConfig::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_compared_in_lower_case() {
        let pins = BTreeMap::from([("echo".to_owned(), "AB12".to_owned())]);
        let config = PluginsConfig {
            pins,
            ..PluginsConfig::default()
        };
        assert_eq!(config.pin_of("echo").as_deref(), Some("ab12"));
        assert_eq!(config.pin_of("openai"), None);
    }

    #[test]
    fn an_override_changes_what_it_names_and_nothing_else() {
        let own = PluginOverrides {
            isolation: Some(Isolation::Shared),
            ..PluginOverrides::default()
        };
        let overrides = BTreeMap::from([("echo".to_owned(), own)]);
        let config = PluginsConfig {
            overrides,
            ..PluginsConfig::default()
        };
        let everyone = config.limits_for("openai");
        assert_eq!(everyone.isolation, Isolation::Request);
        assert_eq!(
            config.limits_for("echo"),
            PluginLimits {
                isolation: Isolation::Shared,
                ..everyone
            }
        );
    }
}
