//! `GET /openapi.json`: the description of the public API.
//!
//! Responses are described by the types they are made from. Of requests, only what the gateway itself reads is
//! described.

mod administration;
mod examples;
mod names;
mod operation;
mod operators;
mod orders;
mod requests;
mod responses;
mod samples;

use std::sync::LazyLock;

use axum::response::Response;
use bytes::Bytes;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use self::operation::{Access, OperationDescription, ResponseDescription};
use super::reply::json as json_response;
use super::{keys, models, pricing, status, user};

/// Rendered once: it does not depend on the snapshot.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document().to_string().into());

/// `GET /openapi.json`. Needs no credential.
pub(super) async fn description() -> Response {
    json_response(DOCUMENT.clone())
}

/// Builds the description (OpenAPI 3.1).
fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for operation in operations(&mut generator) {
        let (name, method, form) = (operation.path, operation.method, operation.form);
        let path = paths.entry(name).or_insert_with(|| json!({}));
        let mut described = operation.describe();
        samples::add((method, name), form, &mut described);
        path[method] = described;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Jackfield",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A gateway for language-model APIs. Request members that are not listed here are passed to the provider unchanged.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The listener for clients; /admin may have one of its own." }],
        "tags": names::tags(),
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "A key: `rk_` followed by 64 hexadecimal digits." },
                "header": { "type": "apiKey", "in": "header", "name": "X-API-Key", "description": "A key in its own header." },
                "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token (JWT)." },
                "operator": { "type": "http", "scheme": "bearer", "description": "A token of `server.admin`, on the operators' listener if there is one." },
                "scraper": { "type": "http", "scheme": "bearer", "description": "`metrics.token`, or `server.admin.token`." },
            },
        },
    })
}

/// Every path of the public API.
fn operations(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    let mut all = inference(generator);
    all.extend(orders::all(generator));
    all.extend(catalogue(generator));
    all.extend(account(generator));
    all.extend(operators::all(generator));
    all.extend(administration::all(generator));
    all
}

fn inference(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    use self::{requests as asked, responses as answered};
    let operations = vec![
        OperationDescription::post("/v1/chat/completions", "Complete a chat (OpenAI's dialect)")
            .body::<asked::Chat>(generator)
            .reply(ResponseDescription::json::<answered::Completion>(generator).or_events()),
        OperationDescription::post("/v1/messages", "Complete a chat (Anthropic's dialect)")
            .body::<asked::Turns>(generator)
            .header(
                "anthropic-version",
                (
                    "Selects Anthropic's own reply format; without this header the reply is in the short form.",
                    "2023-06-01",
                ),
            )
            .reply(ResponseDescription::json::<answered::Message>(generator).or_events()),
        OperationDescription::post("/v1/messages/count_tokens", "Count the tokens of a prompt")
            .body::<asked::CountTokens>(generator)
            .reply(ResponseDescription::json::<answered::TokenCount>(generator)),
        OperationDescription::post("/v1/embeddings", "Create embeddings")
            .body::<asked::Embeddings>(generator)
            .reply(ResponseDescription::json::<answered::Embeddings>(generator)),
        OperationDescription::post("/v1/rerank", "Rank documents by relevance")
            .body::<asked::Rerank>(generator)
            .reply(ResponseDescription::json::<answered::Ranking>(generator)),
        OperationDescription::post("/v1/images/generations", "Generate images")
            .body::<asked::Images>(generator)
            .reply(ResponseDescription::json::<answered::Images>(generator)),
    ];
    let operations = operations
        .into_iter()
        .chain(items(generator))
        .chain(contents(generator));
    let operations = operations.chain(media(generator));
    operations.map(OperationDescription::routed).collect()
}

/// The Responses dialect.
fn items(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    use self::{requests as asked, responses as answered};
    vec![
        OperationDescription::post("/v1/responses", "Complete a chat (OpenAI's Responses dialect)")
            .body::<asked::Items>(generator)
            .reply(ResponseDescription::json::<answered::Items>(generator).or_events()),
        OperationDescription::post("/v1/responses/input_tokens", "Count the tokens of a Responses prompt")
            .body::<asked::Items>(generator)
            .reply(ResponseDescription::json::<answered::TokenCount>(generator)),
        OperationDescription::post(
            "/v1/responses/compact",
            "Make a conversation shorter, by providers whose API is the Responses API",
        )
        .body::<asked::Items>(generator)
        .reply(ResponseDescription::json::<answered::Compacted>(generator)),
    ]
}

/// Google's dialect, whose paths name the model.
fn contents(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    use self::{requests as asked, responses as answered};
    let of = |path: &'static str, what: &'static str| {
        OperationDescription::post(path, what).parameter("model", "The model's id; it may contain slashes.")
    };
    vec![
        of(
            "/v1beta/models/{model}:generateContent",
            "Complete a chat (Google's dialect)",
        )
        .body::<asked::GoogleChat>(generator)
        .reply(ResponseDescription::json::<answered::GoogleReply>(generator)),
        of(
            "/v1beta/models/{model}:streamGenerateContent",
            "Stream a chat (Google's dialect)",
        )
        .query(
            "alt",
            "With `sse`, the stream is server-sent events; else a list.",
            &json!({ "type": "string", "enum": ["json", "sse"] }),
        )
        .body::<asked::GoogleChat>(generator)
        .reply(ResponseDescription::json::<Vec<answered::GoogleReply>>(generator).or_events()),
        of(
            "/v1beta/models/{model}:countTokens",
            "Count the tokens of a prompt (Google's dialect)",
        )
        .body::<asked::GoogleChat>(generator)
        .reply(ResponseDescription::json::<answered::TotalTokens>(generator)),
        of(
            "/v1beta/models/{model}:embedContent",
            "Create an embedding (Google's dialect)",
        )
        .body::<asked::EmbedContent>(generator)
        .reply(ResponseDescription::json::<answered::ContentEmbedding>(generator)),
        of(
            "/v1beta/models/{model}:batchEmbedContents",
            "Create embeddings (Google's dialect)",
        )
        .body::<asked::BatchEmbedContents>(generator)
        .reply(ResponseDescription::json::<answered::ContentEmbeddings>(generator)),
    ]
}

/// What is about recordings, pictures and older forms of text.
fn media(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    use self::{requests as asked, responses as answered};
    let transcript = |generator: &mut SchemaGenerator| {
        ResponseDescription::json::<answered::Transcript>(generator).or_bytes(["text/plain", "text/event-stream"])
    };
    vec![
        OperationDescription::post("/v2/rerank", "Rank documents by relevance (Cohere's dialect)")
            .body::<asked::Rerank>(generator)
            .reply(ResponseDescription::json::<answered::Ranking>(generator)),
        OperationDescription::post("/v1/images/edits", "Change images")
            .form::<asked::ImageEdit>(generator, asked::DRAWING)
            .reply(ResponseDescription::json::<answered::Images>(generator)),
        OperationDescription::post("/v1/images/variations", "Vary an image")
            .form::<asked::ImageVariation>(generator, asked::DRAWING)
            .reply(ResponseDescription::json::<answered::Images>(generator)),
        OperationDescription::post("/v1/completions", "Complete a text (OpenAI's older dialect)")
            .body::<asked::Completion>(generator)
            .reply(ResponseDescription::json::<answered::Continuation>(generator).or_events()),
        OperationDescription::post("/v1/moderations", "Judge whether texts are harmful")
            .body::<asked::Moderation>(generator)
            .reply(ResponseDescription::json::<answered::Moderation>(generator)),
        OperationDescription::post("/v1/audio/speech", "Speak a text")
            .body::<asked::Speech>(generator)
            .reply(ResponseDescription::bytes([
                "audio/mpeg",
                "audio/wav",
                "text/event-stream",
            ])),
        OperationDescription::post("/v1/audio/transcriptions", "Write down what is said in a recording")
            .form::<asked::Recording>(generator, asked::SOUND)
            .reply(transcript(generator)),
        OperationDescription::post(
            "/v1/audio/translations",
            "Write down what is said in a recording, in English",
        )
        .form::<asked::Recording>(generator, asked::SOUND)
        .reply(transcript(generator)),
    ]
}

/// What the header does at the endpoints for models.
const ANTHROPICS_FORM: &str = "Selects Anthropic's form of models.";

/// The operation with the parameters of a page in Anthropic's form.
fn paged(operation: OperationDescription) -> OperationDescription {
    let id = json!({ "type": "string", "minLength": 1 });
    operation
        .query(
            "limit",
            "The size of a page, in Anthropic's form.",
            &json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 20 }),
        )
        .query("after_id", "In Anthropic's form: the model before the page.", &id)
        .query("before_id", "In Anthropic's form: the model behind the page.", &id)
}

fn catalogue(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    use self::responses as answered;
    vec![
        paged(OperationDescription::get(
            "/v1/models",
            "List the models that the caller may use",
        ))
        .access(Access::Anyone)
        .header("anthropic-version", (ANTHROPICS_FORM, "2023-06-01"))
        .reply(ResponseDescription::json::<models::List<'_>>(generator).or_json::<answered::ModelPage>(generator)),
        OperationDescription::get("/v1/models/{id}", "Get one model")
            .parameter("id", "The model's id; it may contain slashes.")
            .header("anthropic-version", (ANTHROPICS_FORM, "2023-06-01"))
            .reply(
                ResponseDescription::json::<models::Detail<'_>>(generator).or_json::<answered::ModelObject>(generator),
            ),
        OperationDescription::get(
            "/v1beta/models",
            "List the models that the caller may use (Google's dialect)",
        )
        .access(Access::Anyone)
        .query(
            "pageSize",
            "The size of a page.",
            &json!({ "type": "integer", "minimum": 1, "default": 50 }),
        )
        .query(
            "pageToken",
            "The `nextPageToken` of another page.",
            &json!({ "type": "string" }),
        )
        .reply(ResponseDescription::json::<answered::GoogleModels>(generator)),
        OperationDescription::get("/v1beta/models/{model}", "Get one model (Google's dialect)")
            .parameter("model", "The model's id; it may contain slashes.")
            .reply(ResponseDescription::json::<answered::GoogleModel>(generator)),
        OperationDescription::get(
            "/v1/model/info",
            "List the models that the caller may use, with limits and prices",
        )
        .reply(ResponseDescription::json::<answered::ModelInfos>(generator)),
        OperationDescription::get("/v1/pricing", "List the price per token of all models")
            .reply(ResponseDescription::json::<pricing::Prices<'_>>(generator)),
        OperationDescription::get("/v1/settings", "Get the settings that apply to all models")
            .access(Access::Anyone)
            .reply(ResponseDescription::json::<pricing::Settings>(generator)),
        OperationDescription::get("/v1/status", "Get the status of providers and models")
            .access(Access::Anyone)
            .reply(ResponseDescription::json::<status::Report<'_>>(generator)),
    ]
}

fn account(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    vec![
        OperationDescription::get("/v1/user/requests", "Get the caller's usage")
            .reply(ResponseDescription::json::<user::Used>(generator)),
        OperationDescription::get("/v1/user/requests/hourly", "Get the caller's usage in the current hour")
            .reply(ResponseDescription::json::<user::Hourly>(generator)),
        OperationDescription::post("/v1/user/streams/kill", "Kill all running streams of the caller")
            .reply(ResponseDescription::json::<user::Killed>(generator)),
        OperationDescription::post("/v1/user/key", "Create a key")
            .access(Access::Token)
            .body::<keys::Wanted>(generator)
            .reply(ResponseDescription::json::<keys::Created>(generator)),
        OperationDescription::get("/v1/user/key", "List the caller's keys")
            .access(Access::Token)
            .reply(ResponseDescription::json::<keys::List>(generator)),
        OperationDescription::delete("/v1/user/key/{id}", "Revoke a key")
            .access(Access::Token)
            .parameter("id", "The key's id.")
            .reply(ResponseDescription::json::<keys::Revoked>(generator)),
    ]
}

#[cfg(test)]
mod tests;
