//! The server: from an accepted connection to the last byte of the answer.
//!
//! The path of a request: [`listen`] accepts the connection, [`edge`] reads the request and writes its answer,
//! [`request`] owns it and takes it from its parsed body to the chain, [`routing`] walks the model's chain, and
//! [`attempt`] tries one target, using the sandbox and [`upstream`] (the network). Each request is served from one
//! [`snapshot`], built from the configuration and the plugins, some of which [`sources`] fetches. Requests of [`batches`] go
//! the same way without a connection. Answers that are asked for again come from the [`cache`]. What happened goes into its
//! [`record`], which [`telemetry`] hands to the ledger, the metrics, the [`trace`] and the log. [`error`], [`affinity`], [`coding`], [`fairness`],
//! [`media_type`], [`memo`] (what plugins have made of equal requests), [`percent`] and [`tape`] (what operators see of a trial) are shared by all of them; [`tls`] is that of the listeners;
//! [`app`] wires them together.

mod affinity;
mod app;
mod attempt;
mod batches;
mod cache;
mod coding;
mod edge;
mod error;
mod fairness;
mod listen;
mod media_type;
mod memo;
mod percent;
mod record;
mod request;
mod routing;
mod shaping;
mod snapshot;
pub mod sources;
mod tape;
mod telemetry;
mod thread_number;
mod tls;
mod trace;
mod upstream;

pub use app::{App, Blame, Places, StartError, builder};
pub use cache::{CacheUnreachable, probe_cache};
pub use snapshot::{Builder, Listing, ListingError, Probe, Rehearsal, Reload};
/// Every family of metrics that `/metrics` can show: public, because tests hold the book and the dashboard against it.
pub use telemetry::metrics::families::ALL as METRIC_FAMILIES;
pub use telemetry::metrics::{Family, Kind};
pub use telemetry::{LogGuard, init as init_log};
pub use tls::expiring_certificates;
/// How requests of others are sent: public, because `plugin record` does.
pub use upstream::forward;
/// How replies are cut into events: public, because the fuzz targets feed it.
pub use upstream::framing;
