//! The sections of the configuration, one file each.

mod account;
mod cors;
mod credits;
mod limits;
mod log;
mod model;
mod pattern;
mod plan;
mod plugins;
mod provider;
mod routing;
mod server;
mod storage;

pub(crate) use self::cors::is_origin;
pub use self::{
    account::{KeyConfig, TokensConfig},
    cors::CorsConfig,
    credits::CreditsConfig,
    limits::{LimitsConfig, OnUnavailable},
    log::{LogConfig, LogFormat},
    model::{Capability, Modalities, ModelConfig, Pricing, TargetConfig},
    pattern::{is_pattern, matched},
    plan::{PlanConfig, QuotaConfig},
    plugins::{Isolation, PluginLimits, PluginOverrides, PluginsConfig},
    provider::{AuthConfig, AuthScheme, ProviderConfig, TimeoutsConfig},
    routing::{
        BackoffConfig, BreakerConfig, BrokenEvent, FallbackOn, ModelRoutingConfig, RoutingConfig, StreamMode,
        ToolConversations,
    },
    server::{AdminConfig, Auth, ErrorFormat, Exposure, ServerConfig},
    storage::StorageConfig,
};
