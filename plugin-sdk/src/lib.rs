//! The SDK for Jackfield plugins: one trait and one macro a kind of plugin, golden tests.
//!
//! In reading order: [`Adapter`] is the trait and [`export_adapter!`] the macro. [`Call`] is a client's request, and
//! [`Manifest`] describes the plugin. `prepare` returns an [`Exchange`], the HTTP request to send, or an [`Answer`]
//! that needs none. [`Reply`] and [`Event`] are what comes back, [`Step`] and [`Decoded`] are the results of decoding
//! them, [`Payload`] is what the client gets, and [`Failure`] is why there is none. [`Pace`] polls what is not done yet.
//! [`Repeated`] spares a stream most of its parsing. [`ReadsHead`] and [`Attaches`] are optional. [`canonical`] holds OpenAI's objects as structs, [`log`] writes to the
//! host's log, and [`golden`] runs recorded cases natively.
//!
//! [`Shaper`] is the trait of plugins that look at requests and replies, and [`export_shaper!`] its macro. [`Shaping`]
//! and [`Part`] are what it sees, [`Verdict`] and [`Released`] are what it decides.
//!
//! The rest is internal: `bindings` is generated from `wit/`, `boundary` converts between it and the types here,
//! `lines` writes chunks, `scan` looks through bytes, `component` is what the macro exports, and `allocator` keeps a fresh instance cheap.
//!
//! ```
//! use jackfield_plugin_sdk::{Adapter, Auth, Call, Exchange, Failure, Manifest, Prepared};
//!
//! struct Plain;
//!
//! impl Adapter for Plain {
//!     type Settings = ();
//!     type State = ();
//!
//!     fn manifest() -> Manifest {
//!         Manifest::new("plain", "0.1.0").dialect("openai-chat").auth(Auth::Bearer)
//!     }
//!
//!     fn prepare(call: &Call<()>) -> Result<Prepared, Failure> {
//!         let patch = serde_json::json!({ "model": call.model });
//!         Ok(Exchange::post("/chat/completions").patch(&patch)?.canonical(call.stream).into())
//!     }
//! }
//!
//! jackfield_plugin_sdk::export_adapter!(Plain);
//! ```
//!
#![doc = include_str!("guide.md")]

mod adapter;
pub mod aws;
mod call;
pub mod canonical;
pub mod claude;
mod data_url;
mod draft;
mod dropped;
mod exchange;
mod extensions;
mod failure;
#[cfg(feature = "golden")]
pub mod golden;
pub mod log;
mod manifest;
mod notes;
mod open_enum;
mod pace;
pub mod path;
mod payload;
mod repeated;
mod reply;
mod scan;
mod shaper;
pub mod strict_schema;
pub mod words;

mod allocator;
#[doc(hidden)]
pub mod bindings;
mod boundary;
#[doc(hidden)]
pub mod component;
mod host;
mod lines;
mod long_text;

pub use adapter::Adapter;
pub use call::{Call, Dialect, Operation, RequestFacts};
pub use data_url::DataUrl;
pub use draft::{Draft, ParameterChanges};
pub use dropped::Dropped;
pub use exchange::{Answer, Body, Exchange, Framing, Method, Prepared};
pub use extensions::{Attaches, Attachment, Begun, Head, ReadsHead, attachment};
pub use failure::{Failure, FailureClass, FailureDetail};
pub use manifest::{Auth, Extension, Manifest};
pub use pace::Pace;
pub use payload::Payload;
pub use repeated::Repeated;
pub use reply::{Decoded, Event, Reply, Step};
pub use shaper::{
    Changes, Fragment, Need, Part, PartKind, PartRole, Place, Refusal, Released, Shaper, ShaperManifest, Shaping,
    Verdict,
};

/// Derives the JSON Schema of the settings; re-exported in the version the SDK uses.
pub use schemars;
