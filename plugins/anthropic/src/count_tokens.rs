//! Token counting: the endpoint's request and its reply.
//!
//! Source: <https://platform.claude.com/docs/en/api/messages/count_tokens>.

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::{Failure, Reply, Step};
use serde::Deserialize;
use serde_json::Value;

use crate::error;

/// The endpoint's path below the base URL.
pub(crate) const PATH: &str = "/messages/count_tokens";

/// The members of a Messages request that the endpoint refuses, because they concern the reply. Unknown members are
/// sent on, because they may be part of the prompt.
const REFUSED: [&str; 10] = [
    "container",
    "inference_geo",
    "max_tokens",
    "metadata",
    "service_tier",
    "stop_sequences",
    "stream",
    "temperature",
    "top_k",
    "top_p",
];

/// The required part of the reply.
#[derive(Deserialize)]
struct Count {
    #[serde(rename = "type", default)]
    kind: String,
    input_tokens: Option<u64>,
}

/// Removes from a Messages request what the endpoint refuses.
pub(crate) fn reduce(body: &mut Extra) {
    body.retain(|name, _| !REFUSED.contains(&name));
}

/// The same as members of a patch on a Messages request.
pub(crate) fn removals() -> impl Iterator<Item = (String, Value)> {
    REFUSED.iter().map(|name| ((*name).to_owned(), Value::Null))
}

/// Decodes the reply, which has the same form in both dialects: `{"input_tokens": 7}`.
///
/// # Errors
/// If the body is an error despite its status, or has no count.
pub(crate) fn read(reply: &Reply) -> Result<Step, Failure> {
    let count: Count = reply.json()?;
    match count.input_tokens {
        _ if count.kind == "error" => Err(error::of_reply(reply)),
        Some(_) => Ok(Step::Canonical),
        None => Err(Failure::malformed("the reply has no input_tokens")),
    }
}
