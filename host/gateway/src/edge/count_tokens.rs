//! `POST /v1/messages/count_tokens`: how many tokens a prompt has.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use super::asked::{Asked, Endpoint};
use super::exchange::Entered;
use super::inference::serve;
use crate::listen::Gateway;
use crate::metering::estimate_tokens;

/// The members that make up the prompt.
const PROMPT: [&str; 3] = ["system", "messages", "tools"];

/// The endpoint. Where no target of the chain can count, the answer is an estimate, and says so.
pub(super) async fn count(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    request: Request,
) -> Response {
    serve(&gateway, &entered, request, Endpoint::CountTokens).await
}

/// A count by the prompt's size.
pub(super) fn estimate(asked: &Asked<'_>) -> Vec<u8> {
    let members = PROMPT.iter().filter_map(|key| asked.members().get(key));
    let bytes: usize = members.map(|member| member.get().len()).sum();
    json!({ "input_tokens": estimate_tokens(bytes as u64), "estimated": true })
        .to_string()
        .into_bytes()
}
