//! Extras: options of requests for which an upstream charges more than for their tokens.

use schemars::JsonSchema;
use serde::Deserialize;

/// An option of requests for which an upstream charges extra. Each is named as its member of a request, but for
/// `server_tools`, which are entries of `tools` and `mcp_servers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Extra {
    /// Lets the model search the web.
    EnableSearch,
    /// Other models to try, chosen by the client.
    Fallbacks,
    /// Where the model runs.
    InferenceGeo,
    /// Answers in another form than text.
    Modalities,
    /// Other models to try, chosen by the client.
    Models,
    /// Plugins of the upstream, such as a web search.
    Plugins,
    /// Which of the upstream's own providers serve the request.
    Provider,
    /// Images of a higher quality.
    Quality,
    /// Lets the model search the web.
    SearchParameters,
    /// Tools that the upstream runs, and MCP servers that it calls.
    ServerTools,
    /// A better service than the usual one.
    ServiceTier,
    /// A faster service than the usual one.
    Speed,
    /// Keeps the answer at the upstream.
    Store,
    /// Lets the model search the web.
    WebSearch,
    /// Lets the model search the web.
    WebSearchOptions,
}

// === impl Extra ===

impl Extra {
    /// Every extra.
    pub const ALL: [Self; 15] = [
        Self::EnableSearch,
        Self::Fallbacks,
        Self::InferenceGeo,
        Self::Modalities,
        Self::Models,
        Self::Plugins,
        Self::Provider,
        Self::Quality,
        Self::SearchParameters,
        Self::ServerTools,
        Self::ServiceTier,
        Self::Speed,
        Self::Store,
        Self::WebSearch,
        Self::WebSearchOptions,
    ];

    /// The extra's name in requests and in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EnableSearch => "enable_search",
            Self::Fallbacks => "fallbacks",
            Self::InferenceGeo => "inference_geo",
            Self::Modalities => "modalities",
            Self::Models => "models",
            Self::Plugins => "plugins",
            Self::Provider => "provider",
            Self::Quality => "quality",
            Self::SearchParameters => "search_parameters",
            Self::ServerTools => "server_tools",
            Self::ServiceTier => "service_tier",
            Self::Speed => "speed",
            Self::Store => "store",
            Self::WebSearch => "web_search",
            Self::WebSearchOptions => "web_search_options",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Extra;

    #[test]
    fn an_extra_is_configured_by_its_name() {
        for extra in Extra::ALL {
            let name = serde_json::Value::from(extra.as_str());
            assert_eq!(serde_json::from_value::<Extra>(name).unwrap(), extra);
        }
    }
}
