//! The sandbox: compiles plugins, runs each call in an instance of its own, and keeps every call within its limits.
//!
//! This is the only crate that knows wasmtime. Reading order: `engine` and `ticker` (shared by all plugins), `load`
//! (from a file's bytes to a [`Plugin`]), `call` (what the host may ask of it), `instance`, `store` and `limits` (what
//! runs it), `host`, `censor` and `wasi` (what it may ask of the host).

mod bindings;
mod cache;
mod call;
mod censor;
mod engine;
mod error;
mod host;
mod identity;
mod instance;
mod limits;
mod load;
mod manifest;
mod request;
mod store;
mod ticker;
mod wasi;

/// The types of the contract, `wit/world.wit`. Refer to them as `contract::Reply`: other crates have a `Reply` too.
pub use bindings::jackfield::plugin::types as contract;
pub use cache::CodeCache;
pub use censor::Censor;
pub use engine::Engine;
pub use error::{CallError, LoadError};
pub use identity::CONTRACT_VERSION;
pub use load::Plugin;
pub use manifest::{AuthScheme, Manifest};
pub use request::RequestText;
pub use ticker::Ticker;

#[cfg(test)]
mod tests;
