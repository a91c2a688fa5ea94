//! `GET /openapi.json`: the description of the public API.
//!
//! Responses are described by the types they are made from. Of requests, only what the gateway itself reads is
//! described. An [`operation`] says who has [`access`], what it takes and what it answers with ([`reply`]), and how it may
//! fail ([`faults`], which [`errors`] writes); [`samples`] call it. The text is [`addressed`] to each reader.

mod access;
mod addressed;
mod addresses;
mod administration;
mod contents;
mod error_forms;
mod errors;
mod examples;
mod faults;
mod media;
mod names;
mod operation;
mod operators;
mod orders;
mod reply;
mod requests;
mod responses;
mod samples;

use std::sync::LazyLock;

use axum::Extension;
use axum::extract::Request;
use axum::response::Response;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use self::access::Access;
use self::addressed::{Addressed, OPERATORS_SERVER};
use self::addresses::Addresses;
pub(super) use self::addresses::OperatorsAt;
use self::errors::Errors;
use self::faults::administration::SMALL;
use self::faults::routed::{COMPACTION, MODEL, NO_MODEL, NO_SUCH_MODEL};
use self::faults::{PAGE, callers};
use self::operation::OperationDescription;
use self::reply::ResponseDescription;
use super::entered::Entered;
use super::{keys, models, operators as paths_of_operators, pricing, status, user};

/// Rendered once: it does not depend on the snapshot, but for the addresses.
static DOCUMENT: LazyLock<Addressed> = LazyLock::new(|| Addressed::new(&document().to_string()));

/// `GET /openapi.json`. Needs no credential.
pub(super) async fn description(
    Extension(entered): Extension<Entered>,
    Extension(operators): Extension<OperatorsAt>,
    request: Request,
) -> Response {
    let server = &entered.snapshot.config.server;
    DOCUMENT.response(&Addresses::of(&request, server, operators))
}

/// What holds for all operations.
const DESCRIPTION: &str = "A gateway for language-model APIs. Request members that are not listed here are passed to the \
    provider unchanged.\n\nEvery error has its code in `X-Error-Code`. Its body is the object of the path's dialect, or one \
    sentence of plain text for clients that do not show that they read JSON. At paths of no dialect it is OpenAI's object, or \
    that of the dialect whose headers the client sends. A method that a path does not have gets a 405 with \
    `METHOD_NOT_ALLOWED`.";

/// Builds the description (OpenAPI 3.1).
fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let (mut paths, mut errors) = (Map::new(), Errors::new(&mut generator));
    for operation in operations(&mut generator) {
        let (name, method, form) = (operation.path, operation.method, operation.form);
        let path = paths.entry(name).or_insert_with(|| item(name));
        let mut described = operation.describe(&mut errors);
        samples::add((method, name), form, &mut described);
        path[method] = described;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Jackfield",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "Where this description is." }],
        "tags": names::tags(),
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "responses": errors.finish(),
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

/// The item of a path. Those of operators may be on a listener of their own.
fn item(path: &str) -> Value {
    if paths_of_operators::has(path) {
        json!({ "servers": [{ "url": OPERATORS_SERVER, "description": "The listener for operators." }] })
    } else {
        json!({})
    }
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
            .fails(&[MODEL])
            .reply(ResponseDescription::json::<answered::Completion>(generator).or_events()),
        OperationDescription::post("/v1/messages", "Complete a chat (Anthropic's dialect)")
            .body::<asked::Turns>(generator)
            .fails(&[MODEL])
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
            .fails(&[MODEL])
            .reply(ResponseDescription::json::<answered::TokenCount>(generator)),
        OperationDescription::post("/v1/embeddings", "Create embeddings")
            .body::<asked::Embeddings>(generator)
            .fails(&[MODEL])
            .reply(ResponseDescription::json::<answered::Embeddings>(generator)),
        OperationDescription::post("/v1/rerank", "Rank documents by relevance")
            .body::<asked::Rerank>(generator)
            .fails(&[MODEL])
            .reply(ResponseDescription::json::<answered::Ranking>(generator)),
        OperationDescription::post("/v1/images/generations", "Generate images")
            .body::<asked::Images>(generator)
            .fails(&[MODEL])
            .reply(ResponseDescription::json::<answered::Images>(generator)),
    ];
    let operations = operations
        .into_iter()
        .chain(items(generator))
        .chain(contents::all(generator));
    let operations = operations.chain(media::all(generator));
    operations.map(OperationDescription::routed).collect()
}

/// The Responses dialect.
fn items(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    use self::{requests as asked, responses as answered};
    vec![
        OperationDescription::post("/v1/responses", "Complete a chat (OpenAI's Responses dialect)")
            .body::<asked::Items>(generator)
            .fails(&[MODEL])
            .reply(ResponseDescription::json::<answered::Items>(generator).or_events()),
        OperationDescription::post("/v1/responses/input_tokens", "Count the tokens of a Responses prompt")
            .body::<asked::Items>(generator)
            .fails(&[MODEL])
            .reply(ResponseDescription::json::<answered::TokenCount>(generator)),
        OperationDescription::post(
            "/v1/responses/compact",
            "Make a conversation shorter, by providers whose API is the Responses API",
        )
        .body::<asked::Items>(generator)
        .fails(&[MODEL, COMPACTION])
        .reply(ResponseDescription::json::<answered::Compacted>(generator)),
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
        .fails(callers::CALLER)
        .fails(&[PAGE])
        .reply(ResponseDescription::json::<models::List<'_>>(generator).or_json::<answered::ModelPage>(generator)),
        OperationDescription::get("/v1/models/{id}", "Get one model")
            .parameter("id", "The model's id; it may contain slashes.")
            .header("anthropic-version", (ANTHROPICS_FORM, "2023-06-01"))
            .fails(&[NO_MODEL])
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
        .fails(callers::CALLER)
        .reply(ResponseDescription::json::<answered::GoogleModels>(generator)),
        OperationDescription::get("/v1beta/models/{model}", "Get one model (Google's dialect)")
            .parameter("model", "The model's id; it may contain slashes.")
            .fails(&[NO_SUCH_MODEL])
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
            .fails(callers::USER)
            .reply(ResponseDescription::json::<user::Used>(generator)),
        OperationDescription::get("/v1/user/requests/hourly", "Get the caller's usage in the current hour")
            .fails(callers::USER)
            .reply(ResponseDescription::json::<user::Hourly>(generator)),
        OperationDescription::post("/v1/user/streams/kill", "Kill all running streams of the caller")
            .fails(callers::USER)
            .reply(ResponseDescription::json::<user::Killed>(generator)),
        OperationDescription::post("/v1/user/key", "Create a key")
            .access(Access::Token)
            .fails(&[callers::NO_NAME, SMALL])
            .body::<keys::Wanted>(generator)
            .reply(ResponseDescription::json::<keys::Created>(generator)),
        OperationDescription::get("/v1/user/key", "List the caller's keys")
            .access(Access::Token)
            .reply(ResponseDescription::json::<keys::List>(generator)),
        OperationDescription::delete("/v1/user/key/{id}", "Revoke a key")
            .access(Access::Token)
            .parameter("id", "The key's id.")
            .fails(&[callers::NO_OWN_KEY])
            .reply(ResponseDescription::json::<keys::Revoked>(generator)),
    ]
}

#[cfg(test)]
mod tests;
