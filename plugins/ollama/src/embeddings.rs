//! Embeddings, by `/api/embed`.
//!
//! Source: `EmbedRequest` and `EmbedResponse` in `api/types.go`.

use jackfield_plugin_sdk::canonical::{Embedding, Embeddings, EmbeddingsRequest, EncodingFormat, Extra, InputUsage};
use jackfield_plugin_sdk::{Call, Exchange, Failure, Reply, Step};
use serde::Deserialize;

use crate::error;
use crate::settings::Settings;
use jackfield_plugin_sdk::Dropped;

const PATH: &str = "/api/embed";

/// Of the request, what the reply needs. The rest would be bulk.
#[derive(Deserialize)]
struct Wanted {
    encoding_format: Option<EncodingFormat>,
}

#[derive(Deserialize)]
struct Found {
    model: Option<String>,
    embeddings: Option<Vec<Vec<f32>>>,
    prompt_eval_count: Option<u64>,
    error: Option<jackfield_plugin_sdk::canonical::Json>,
}

/// The request for Ollama.
///
/// # Errors
/// If the input is in tokens.
pub(crate) fn request(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let request: EmbeddingsRequest = call.body()?;
    let settings = &call.settings;
    let texts = request.input.texts();
    let texts = texts.ok_or_else(|| Failure::unsupported("input: this provider embeds texts, not tokens"))?;
    let mut body = Extra::new();
    body.insert("model", settings.upstream_model(&call.model));
    body.set("input", texts);
    if let Some(dimensions) = request.dimensions {
        body.insert("dimensions", u64::from(dimensions));
    }
    if !settings.truncate {
        body.insert("truncate", false);
    }
    if let Some(keep_alive) = &settings.keep_alive {
        body.set("keep_alive", keep_alive);
    }
    let mut dropped = Dropped::default();
    if request.user.is_some() {
        dropped.add("user");
    }
    for (name, _) in request.extra.iter().filter(|(_, value)| !value.is_null()) {
        dropped.add(name);
    }
    Ok(dropped.note(Exchange::post(PATH).json(&body)?))
}

/// The vectors in the form that the client asked for.
///
/// # Errors
/// If there are none.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let found: Found = reply.json()?;
    if let Some(error) = &found.error {
        return Err(error::of_line(error));
    }
    let vectors = found
        .embeddings
        .ok_or_else(|| Failure::malformed("the reply has no embeddings"))?;
    let wanted: Wanted = call.parameters()?;
    let format = wanted.encoding_format.unwrap_or_default();
    let embedding = |(index, vector)| Embedding::new(index, vector, &format);
    Step::done(&Embeddings {
        data: vectors.into_iter().enumerate().map(embedding).collect(),
        model: found.model.unwrap_or_default(),
        usage: found.prompt_eval_count.map(InputUsage::of),
        ..Embeddings::default()
    })
}
