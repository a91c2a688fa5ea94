//! Jackfield: a gateway for language-model APIs whose providers are hot-swapped WebAssembly plugins.
//!
//! A request's way through the modules: [`server`] accepts it, [`routes`] reads it, [`accounts`] knows who calls,
//! [`metering`] takes what it costs out of [`limits`] and [`credits`], [`routing`] walks the model's chain, [`adapter`]
//! carries out one attempt with the help of [`plugin`] (the sandbox) and [`upstream`] (the network), [`dialect`] gives the
//! reply the client's shape, and the [`ledger`] notes it on its way into the [`store`]. What it sees of the world is one
//! [`snapshot`], built from the [`config`] and the plugins. [`error`] and [`telemetry`] serve all. [`app`] puts it
//! together, [`cli`] is the command line.

pub mod accounts;
pub mod adapter;
pub mod app;
pub mod cli;
pub mod config;
pub mod credits;
pub mod dialect;
pub mod error;
pub mod ledger;
pub mod limits;
pub mod metering;
pub mod plugin;
pub mod routes;
pub mod routing;
pub mod server;
pub mod snapshot;
pub mod store;
pub mod telemetry;
pub mod upstream;
