//! The sections of the configuration, one file each.

mod account;
mod batches;
mod cache;
mod chain;
mod connections;
mod cors;
mod credits;
mod extra;
mod ledger;
mod limits;
mod log;
mod metrics;
mod model;
mod pattern;
mod plan;
mod plugins;
mod pricing;
mod provider;
mod proxy;
mod routing;
mod server;
mod shaper;
mod storage;
mod telemetry;

pub use self::{
    account::{KeyConfig, TokensConfig},
    batches::BatchesConfig,
    cache::{CacheConfig, CacheReplay, CacheScope, CacheStore, CacheWhen, ModelCacheConfig},
    chain::{SharedStepConfig, StepConfig, Sticky, Strategy, TargetConfig, TargetPlace},
    connections::{ConnectionsConfig, HttpVersion, ProviderConnectionsConfig},
    cors::CorsConfig,
    credits::CreditsConfig,
    extra::Extra,
    ledger::LedgerConfig,
    limits::{LimitsConfig, OnUnavailable},
    log::{LogConfig, LogFormat, RequestLogConfig},
    metrics::MetricsConfig,
    model::{Capability, Modalities, ModelConfig},
    pattern::{is_pattern, matched},
    plan::{PlanConfig, QuotaConfig},
    plugins::{
        BadOrigin, Isolation, Origin, PluginLimits, PluginOverrides, PluginsConfig, Reference, RegistryConfig,
        SourceConfig, TrustConfig, Unsigned, Voucher, is_loopback,
    },
    pricing::{PriceChanges, PricesApart, Pricing, TierPricing},
    provider::{AttachmentsConfig, AuthConfig, AuthScheme, ProviderConfig, TimeoutsConfig, TlsConfig},
    proxy::ProxyConfig,
    routing::{
        BackoffConfig, BreakerConfig, BrokenEvent, FallbackOn, ModelRoutingConfig, RoutingConfig, StreamMode,
        ToolConversations,
    },
    server::{
        AdminConfig, AdminRole, AdminTokenConfig, Auth, ClientCertificates, ErrorFormat, Exposure, Http2Config,
        ListenerTlsConfig, ServerConfig,
    },
    shaper::{Grant, GuardConfig, OnFailure, ShaperConfig},
    storage::{OnUnwritable, StorageConfig},
    telemetry::{TelemetryConfig, TraceContent, TraceProtocol, TracesConfig},
};
pub(crate) use self::{
    cors::is_origin, plugins::is_sha256, plugins::public_key, proxy::written_problem as proxy_problem, server::is_host,
};
