//! Where plugins come from besides the folder: OCI registries and web servers; and what is kept of them.
//!
//! Reading order: [`supply`] (what the configuration's sources have, and the task that fetches the rest), [`fetch`] (one
//! fetch) and [`push`](mod@push), both by way of `web` (HTTP as registries speak it; `access`, `challenge`, `redirect` and `error` are parts of that) and
//! `artefact` (the CNCF's layout); [`store`] (contents by their hash) and [`versions`](mod@versions) (which of them were
//! in force); `rollback` puts one of these back, by way of `plugin_file`.
//!
//! The client for registries is our own, a few hundred lines on the HTTP client that calls upstreams. The crates for it
//! (oci-client, oci-wasm) would bring reqwest, a second HTTP client with its own TLS settings, and some forty packages
//! more, and would follow redirects and send credentials by rules of their own.

mod access;
mod artefact;
mod challenge;
mod error;
mod fetch;
mod plugin_file;
mod push;
mod redirect;
mod rollback;
mod store;
mod supply;
mod versions;
mod web;

pub use access::Access;
pub use error::WebError;
pub use fetch::{Pulled, pulled};
pub use plugin_file::{put_plugin, signature_file, write_whole};
pub use push::{Push, push};
pub use rollback::{Earlier, RollbackError, earlier};
pub use store::Store;
pub(crate) use supply::{Missing, Supply};
pub(crate) use versions::note;
pub use versions::{Version, plugins, versions, versions_in};
