//! The protocols that clients speak, as pure functions over JSON text: no sockets, no clock, no runtime.
//!
//! In reading order: [`dialect`] names the protocols, [`json`] reads and edits their texts, [`words`] holds what they
//! have in common under other names. [`openai`] is the canonical dialect, [`anthropic`] the other one at the edge.
//! [`fault`] and [`summary`] say what was wrong with a reply or what was in it.

pub mod anthropic;
pub mod dialect;
pub mod fault;
pub mod json;
pub mod openai;
mod produced;
pub mod reader;
mod sse;
pub mod summary;
pub mod words;

pub use dialect::{Dialect, error_event};
