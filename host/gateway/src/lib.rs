//! The server: from an accepted connection to the last byte of the answer.
//!
//! A request's way through the modules: [`listen`] accepts it, [`edge`] reads it and writes its answer, [`request`] holds
//! it together and takes it from its parsed body to the chain, [`routing`] walks the model's chain, [`attempt`] carries
//! out one try with the help of the sandbox and [`upstream`] (the network). What it sees of the world is one
//! [`snapshot`], built from the configuration and the plugins. What happened is in its [`record`], which [`telemetry`]
//! hands to the ledger and the log. [`error`] serves all, [`app`] puts it together.

mod app;
mod attempt;
mod edge;
mod error;
mod listen;
mod record;
mod request;
mod routing;
mod snapshot;
mod telemetry;
mod upstream;

pub use app::{App, Places, StartError, builder};
pub use snapshot::{Builder, Reload};
pub use telemetry::init as init_log;
