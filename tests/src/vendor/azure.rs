//! The Azure-shaped double: OpenAI's chat behind the path and the key of Azure OpenAI, as in
//! <https://learn.microsoft.com/azure/ai-foundry/openai/latest>.

use super::API_KEY;
use super::openai::{self, Form};
use super::turn::Turn;
use crate::upstream::{Reply, Request};

/// The reply that says this turn, if the request is one to the v1 API that the vendor accepts.
pub fn say(request: &Request, turn: &Turn) -> Reply {
    answer(request, turn, "/openai/v1/chat/completions")
}

/// The same for the API with a deployment in its path, of the version 2024-10-21.
pub fn say_of_deployment(request: &Request, turn: &Turn) -> Reply {
    answer(
        request,
        turn,
        "/openai/deployments/gpt-5/chat/completions?api-version=2024-10-21",
    )
}

fn answer(request: &Request, turn: &Turn, path: &'static str) -> Reply {
    let form = Form {
        path,
        header: "api-key",
        credential: API_KEY.to_owned(),
        parameters: &[],
    };
    match openai::accepted(request, &form) {
        Err(fault) => openai::refusal(&fault),
        Ok(body) => openai::tell(&body, turn),
    }
}
