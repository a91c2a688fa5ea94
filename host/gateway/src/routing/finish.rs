//! A whole reply on its way to the client: checked, and made the client's, as its operation and dialects demand.

use super::Order;
use super::attempt::{millis, unix_seconds};
use super::outcome::Whole;
use jackfield_dialects::Dialect;
use jackfield_dialects::anthropic;
use jackfield_dialects::fault::StreamFault;
use jackfield_dialects::openai::reply::{ReplyOptions, finish_reply};
use jackfield_dialects::openai::{embeddings, images, rerank};
use jackfield_dialects::summary::ReplySummary;

/// Finishes the reply of `provider`, which is in the dialect `reply`.
/// Step 10 of a request's life (ARCHITECTURE.md).
pub(super) fn whole(order: &Order<'_>, provider: &str, reply: Dialect, body: &[u8]) -> Result<Whole, StreamFault> {
    let model = &*order.model;
    let (body, summary) = match order.request.operation {
        "embeddings" => embeddings::finish_reply(body, model, provider)?,
        "rerank" => rerank::finish_reply(body, model, provider)?,
        "images" => images::finish_reply(body, model, provider, unix_seconds())?,
        // A count is the same object in every dialect.
        "count-tokens" => (body.to_vec(), ReplySummary::default()),
        _ => chat(order, provider, reply, body)?,
    };
    Ok(Whole {
        body: body.into(),
        usage: summary.usage,
        produced_bytes: summary.produced_bytes,
    })
}

fn chat(
    order: &Order<'_>,
    provider: &str,
    reply: Dialect,
    body: &[u8],
) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let model = &*order.model;
    match (order.dialect, reply) {
        (Dialect::OpenaiChat, _) => {
            let options = ReplyOptions {
                operation: order.request.operation,
                model,
                provider,
                created: unix_seconds(),
            };
            finish_reply(body, &options, millis(order.started))
        }
        (Dialect::AnthropicMessages, Dialect::OpenaiChat) => {
            let id = order.id;
            anthropic::reply::finish_reply(body, &anthropic::reply::ReplyOptions { model, id })
        }
        (Dialect::AnthropicMessages, Dialect::AnthropicMessages) => anthropic::native::finish_reply(body, model),
    }
}
