//! The sandbox: compiles plugins, runs each call in an instance of its own, and keeps every call within its limits.
//!
//! This is the only crate that knows wasmtime. Reading order: `engine` and `ticker` (shared by all plugins), `compiler`, `load`
//! (from a file's bytes to a [`Plugin`]), `worlds` (what each of them exports), `call` and `shaping` (what
//! the host may ask of them), `pace` (on which thread), `instance`, `parking`, `store` and `limits` (what runs them), `tally` (what is counted of that), `host`, `long_texts`,
//! `censor` and `wasi` (what they may ask of the host).

mod bindings;
mod cache;
mod call;
mod censor;
mod compiler;
mod engine;
mod error;
mod host;
mod identity;
mod instance;
mod limits;
mod load;
mod long_texts;
mod manifest;
mod pace;
mod parking;
mod request;
mod shaping;
mod store;
mod tally;
mod ticker;
mod wasi;
mod worlds;

/// What an adapter makes of the head of a streamed reply.
pub use bindings::head::exports::jackfield::plugin::head::Begun;
/// The types of the contract, `wit/world.wit`. Refer to them as `contract::Reply`: other crates have a `Reply` too.
pub use bindings::jackfield::plugin::types as contract;
/// What passes between the host and a shaper, `wit/shaper.wit`.
pub use bindings::shaper::jackfield::plugin::shapes;
pub use cache::CodeCache;
pub use call::Repeatable;
pub use censor::Censor;
pub use engine::Engine;
pub use error::{CallError, LoadError};
pub use identity::{CONTRACT_VERSION, HOST_VERSION};
pub use load::{AdapterPlugin, Loaded, Plugin, ShaperPlugin};
pub use long_texts::Made;
pub use manifest::{AuthScheme, Manifest, ReplyMode, ShaperManifest, ShaperNeed};
pub use pace::{Done, Pace, PaceError, PaceReport, Paced, Turn, lower_priority};
pub use parking::Parking;
pub use request::{Attachment, FindTexts, RequestText};
pub use tally::StrainReport;
pub use ticker::Ticker;

#[cfg(test)]
mod tests;
