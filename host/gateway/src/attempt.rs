//! One attempt at one provider: the plugin prepares the request, the host sends it, and the reply comes back in a
//! dialect that the host reads.
//!
//! Reading order: [`provider`] is the trait that routing sees, [`request`] what it is given, [`batch`] what its streams
//! come in; [`adapter`] is a provider built from its configuration and its plugin, and [`calls`] calls that;
//! [`exchanges`] makes one attempt with it, using what was prepared before ([`ready`] to be sent), [`keys`] (which of the credentials), [`outgoing`] (what may leave, by what [`reach`], to which [`destination`]), [`reply_stream`] (what
//! comes back, once its [`shape`] is known), [`decoding`] and [`decoder`] (the plugin's part in that); [`more`] is what plugins say besides,
//! [`attachments`] fetches what they ask for, [`embedding`] what their reply's URLs lead to, [`cancel`] ends what nobody waits for, and [`patterns`] matches the names of models. [`clocks`] limits all of it, [`failure`] classifies what goes wrong, and [`redaction`] keeps secrets out of messages.

mod adapter;
mod attachments;
mod batch;
mod calls;
mod cancel;
mod clocks;
mod decoder;
mod decoding;
mod destination;
mod embedding;
mod exchanges;
mod failure;
mod keys;
mod more;
mod outgoing;
mod patterns;
mod provider;
mod reach;
mod ready;
mod redaction;
mod reply_stream;
mod request;
mod shape;

pub(crate) use adapter::Adapter;
pub(crate) use attachments::Attachments;
pub(crate) use batch::{Batch, Events, Then};
pub(crate) use provider::{Limits, Notes, OpenedReply, Provider, ProviderReply, ReplyStream};
pub(crate) use reach::Reach;
pub(crate) use ready::Ready;
pub(crate) use redaction::Redaction;
pub(crate) use reply_stream::UpstreamStream;
pub(crate) use request::{Payload, ProviderRequest, SentForm, TargetPayload};
