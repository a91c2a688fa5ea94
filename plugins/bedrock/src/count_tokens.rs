//! Token counting: the endpoint's request and its reply.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html>.

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::{Failure, Reply, Step};
use serde::Deserialize;
use serde_json::json;

use crate::request::Turn;

/// The members of a Converse request that the endpoint counts.
const COUNTED: [&str; 3] = ["additionalModelRequestFields", "system", "toolConfig"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    input_tokens: u64,
}

/// The endpoint's request for a Converse request, whose members and messages are given apart.
pub(crate) fn input(mut members: Extra, messages: &[Turn]) -> Extra {
    members.retain(|name, _| COUNTED.contains(&name));
    members.set("messages", messages);
    let mut converse = Extra::new();
    converse.insert("converse", members);
    let mut input = Extra::new();
    input.insert("input", converse);
    input
}

/// Decodes the reply.
///
/// # Errors
/// If it has no count.
pub(crate) fn read(reply: &Reply) -> Result<Step, Failure> {
    let count: Count = reply.json()?;
    Step::done(&json!({ "input_tokens": count.input_tokens }))
}
