//! The server: from an accepted connection to the last byte of the answer.
//!
//! A request's way through the modules: [`listen`] accepts it, [`edge`] reads it, [`metering`] takes what it costs,
//! [`routing`] walks the model's chain, [`attempt`] carries out one try with the help of the sandbox and [`upstream`]
//! (the network). What it sees of the world is one [`snapshot`], built from the configuration and the plugins. [`error`]
//! and [`telemetry`] serve all. [`app`] puts it together.

pub(crate) mod app;
pub(crate) mod attempt;
pub(crate) mod edge;
pub(crate) mod error;
pub(crate) mod listen;
pub(crate) mod metering;
pub(crate) mod routing;
pub(crate) mod snapshot;
pub(crate) mod telemetry;
pub(crate) mod upstream;

pub use app::{App, Places, StartError, builder};
pub use snapshot::{Builder, Reload};
pub use telemetry::init as init_log;
