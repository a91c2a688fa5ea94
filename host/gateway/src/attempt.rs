//! One attempt at one provider: the plugin prepares, the host sends, and the reply comes back in a dialect that the host
//! reads.
//!
//! In reading order: [`provider`] is what routing sees of all this; [`adapter`] is a provider built from its
//! configuration and its plugin, [`exchanges`] carries out one attempt with it, out of [`outgoing`] (what may leave),
//! [`reply_stream`] (what comes back) and [`decoder`] (the plugin's part in that). [`clocks`] limit all of it,
//! [`failure`] classes what goes wrong, [`redaction`] keeps secrets out of messages.

mod adapter;
mod clocks;
mod decoder;
mod exchanges;
mod failure;
mod outgoing;
mod provider;
mod redaction;
mod reply_stream;

pub(crate) use adapter::Adapter;
pub(crate) use provider::{Batch, Events, Payload, Provider, ProviderReply, ProviderRequest, ReplyStream, Then};
pub(crate) use redaction::Redaction;
