//! The sandbox: compiles plugins, gives each call a fresh instance, and keeps every call within its limits.
//!
//! Only this module knows wasmtime. Reading order: [`engine`], [`load`], [`call`], [`store`].

mod bindings;
mod cache;
mod call;
mod engine;
mod error;
mod host;
mod identity;
mod load;
mod manifest;
mod store;
mod wasi;

pub use bindings::jackfield::plugin::types as contract;
pub use cache::CodeCache;
pub use call::CallResult;
pub use engine::{Engine, Ticker};
pub use error::{CallError, LoadError};
pub use identity::CONTRACT_VERSION;
pub use load::Plugin;
pub use manifest::{AuthScheme, Manifest};

#[cfg(test)]
mod tests;
