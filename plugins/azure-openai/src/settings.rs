//! The provider's `settings`.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::Call;
use openai::settings::{Operations, TokenLimit};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The first dated version whose streams report their usage if they are asked to.
const STREAM_USAGE_SINCE: &str = "2024-09-01";

/// What an operator may set under a provider's `settings`. All settings are optional.
///
/// Parameters are changed in this order: drop, rename the token limit, rename the others, set. The changes in
/// `operations` follow: drop, rename, set.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The version of the API. A date, such as `2024-10-21`, selects the older form with deployments in the path;
    /// `preview` the preview of the v1 API. Default: the v1 API.
    #[schemars(regex(pattern = r"^(v1|preview|latest|\d{4}-\d{2}-\d{2}(-preview)?)$"))]
    pub api_version: Option<String>,
    /// Deployments, from the chain's name of the model.
    pub models: BTreeMap<String, String>,
    /// Parameters to leave out of every request, because the deployment does not accept them.
    pub drop_parameters: Vec<String>,
    /// The name for the token limit. Default: the client's.
    pub max_tokens: Option<TokenLimit>,
    /// Parameter names, from the client's to the deployment's.
    pub rename_parameters: BTreeMap<String, String>,
    /// Parameters to set in every request, overriding the client's; null removes one.
    pub extra_parameters: Map<String, Value>,
    /// Further changes per operation.
    pub operations: Operations,
    /// Whether to request the usage of streams, which accounting needs. Default: true, but false for versions before
    /// 2024-09-01, which do not have it.
    pub stream_usage: Option<bool>,
}

/// The form of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiVersion<'a> {
    /// The v1 API, with a version in the query if there is one.
    V1(Option<&'a str>),
    /// A dated version.
    Dated(&'a str),
}

// === impl Settings ===

impl Settings {
    /// The form of the API.
    pub fn api_version(&self) -> ApiVersion<'_> {
        match self.api_version.as_deref() {
            None | Some("v1" | "latest") => ApiVersion::V1(None),
            Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => ApiVersion::Dated(version),
            version => ApiVersion::V1(version),
        }
    }

    /// The deployment of the model.
    pub(crate) fn deployment<'a>(&'a self, model: &'a str) -> &'a str {
        self.models.get(model).map_or(model, String::as_str)
    }

    /// The call as the `openai` adapter gets it.
    pub(crate) fn as_openai(&self, call: &Call<Self>) -> Call<openai::settings::Settings> {
        let has_usage = match self.api_version() {
            ApiVersion::V1(_) => true,
            ApiVersion::Dated(version) => version >= STREAM_USAGE_SINCE,
        };
        Call {
            operation: call.operation.clone(),
            dialect: call.dialect.clone(),
            model: call.model.clone(),
            stream: call.stream,
            settings: openai::settings::Settings {
                models: self.models.clone(),
                drop_parameters: self.drop_parameters.clone(),
                max_tokens: self.max_tokens,
                rename_parameters: self.rename_parameters.clone(),
                extra_parameters: self.extra_parameters.clone(),
                operations: self.operations.clone(),
                stream_usage: self.stream_usage.or(Some(has_usage)),
                ..openai::settings::Settings::default()
            },
        }
    }
}
