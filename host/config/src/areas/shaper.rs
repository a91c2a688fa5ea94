//! `shapers:`: what looks at requests and replies before others get them.

use std::{
    collections::BTreeMap,
    fmt::{self, Debug, Formatter},
    time::Duration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ModelConfig, PlanConfig, ProxyConfig, TlsConfig};
use crate::{Secret, duration};

/// A shaper: a plugin, or a guard that is reached by HTTP, which sees requests and replies and passes, changes or refuses
/// them. It is either a `plugin` or `http`.
///
/// Since 0.2.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShaperConfig {
    /// The name of the plugin.
    #[schemars(length(min = 1))]
    pub plugin: Option<String>,
    /// The guard to ask, in place of a plugin.
    pub http: Option<GuardConfig>,
    /// What it may see of what people and models write. A plugin must be granted what its manifest needs; a guard sees what
    /// it is granted. Default: nothing.
    #[serde(default)]
    pub grant: Vec<Grant>,
    /// What becomes of a request if the shaper fails over it, or is not in force: `refuse` answers with an error, `pass`
    /// goes on as if it were not there. Default `refuse`.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// The longest that one call may take. Default: as `plugins` says for the plugin; `5s` for a guard.
    #[serde(default, deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_schema")]
    pub deadline: Option<Duration>,
    /// Whether it serves every plan and model, but for those that take it away. If false, it serves those whose `shapers`
    /// name it. Default true.
    #[serde(default = "yes")]
    pub everywhere: bool,
    /// Its place in the order: those with lower numbers come first, equal ones in the order of their names. Default 0.
    #[serde(default)]
    #[schemars(range(min = -1_000_000, max = 1_000_000))]
    pub order: i32,
    /// The plugin's own settings, validated against the schema in its manifest. The plugin sees them, so keep secrets out.
    /// Default none.
    #[serde(default)]
    pub settings: Map<String, Value>,
}

/// A guard that is asked by HTTP, in the contract that `LiteLLM` calls the generic guardrail API: texts in, an action and
/// texts out.
///
/// Since 0.2.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardConfig {
    /// Where it is asked: http or https, without user, query or fragment, with its whole path.
    pub url: String,
    /// Its credential, sent as `x-api-key`. Default none.
    pub api_key: Option<Secret>,
    /// Additional headers. They may be secret, so they are never shown. Default none.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// The proxy to reach it by: an http or https URL, with user and password if it requires them; `none` for none. It may
    /// be secret, so it is never shown. Default: as the environment says, in `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`,
    /// and `NO_PROXY`.
    pub proxy: Option<Secret>,
    /// How it proves who it is, if its URL is https.
    #[serde(default)]
    pub tls: TlsConfig,
    /// Its own proxy, or those of the environment.
    #[serde(skip)]
    #[schemars(skip)]
    pub proxies: ProxyConfig,
}

/// Something that a shaper may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// The texts of the request.
    Texts,
    /// The texts of the reply.
    Reply,
    /// The arguments of tool calls, among the texts.
    ToolArguments,
    /// The model's thinking, among the texts.
    Reasoning,
}

/// What becomes of a request that a shaper fails over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// It is answered with an error.
    #[default]
    Refuse,
    /// It goes on without that shaper.
    Pass,
}

fn yes() -> bool {
    true
}

// === impl ShaperConfig ===

impl ShaperConfig {
    /// Whether the shaper of this name serves requests of callers with this plan for this model. Who names it gets it; a
    /// minus before its name takes it away where it is everywhere.
    #[must_use]
    pub fn serves(&self, name: &str, plan: Option<&PlanConfig>, model: &ModelConfig) -> bool {
        let lists = [plan.map(|plan| &plan.shapers), Some(&model.shapers)];
        let listed = || lists.into_iter().flatten().flatten();
        let is_taken = || listed().any(|entry| entry.strip_prefix('-') == Some(name));
        listed().any(|entry| entry == name) || self.everywhere && !is_taken()
    }
}

/// Leaves out the settings, which may contain values from the environment.
impl Debug for ShaperConfig {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShaperConfig")
            .field("plugin", &self.plugin)
            .field("http", &self.http)
            .field("grant", &self.grant)
            .field("on_failure", &self.on_failure)
            .finish_non_exhaustive()
    }
}

// === impl Grant ===

impl Grant {
    /// Its name in the configuration and in manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Texts => "texts",
            Self::Reply => "reply",
            Self::ToolArguments => "tool-arguments",
            Self::Reasoning => "reasoning",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shaper(everywhere: bool) -> ShaperConfig {
        serde_json::from_value(json!({ "plugin": "p", "everywhere": everywhere })).unwrap()
    }

    #[test]
    fn a_shaper_serves_who_names_it_and_by_default_everybody() {
        let model = |shapers: &[&str]| -> ModelConfig {
            serde_json::from_value(json!({ "chain": [], "shapers": shapers })).unwrap()
        };
        let plan = |shapers: &[&str]| -> PlanConfig {
            serde_json::from_value(json!({ "tiers": [], "shapers": shapers })).unwrap()
        };
        for (everywhere, of_plan, of_model, serves) in [
            (true, &[][..], &[][..], true),
            (true, &["-s"], &[], false),
            (true, &[], &["-s"], false),
            (true, &["-s"], &["s"], true),
            (true, &["-t"], &[], true),
            (false, &[], &[], false),
            (false, &["s"], &[], true),
            (false, &[], &["s"], true),
            (false, &["t"], &["-s"], false),
        ] {
            let served = shaper(everywhere).serves("s", Some(&plan(of_plan)), &model(of_model));
            assert_eq!(served, serves, "{everywhere} {of_plan:?} {of_model:?}");
        }
        assert!(shaper(true).serves("s", None, &model(&[])));
    }
}
