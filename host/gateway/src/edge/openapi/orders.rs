//! Files and batches, as the description of the API has them.
#![allow(
    dead_code,
    reason = "these types are never constructed; they exist for their schemas"
)]

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::faults::{self, orders};
use super::operation::{FormFields, OperationDescription};
use super::reply::ResponseDescription;

/// The body of `POST /v1/files`, a form.
#[derive(JsonSchema)]
struct Upload {
    /// `batch`.
    purpose: String,
    /// The lines of a batch, as a file.
    #[schemars(extend("format" = "binary"))]
    file: String,
}

/// A file.
#[derive(JsonSchema)]
struct File {
    id: String,
    object: String,
    bytes: u64,
    created_at: u64,
    expires_at: u64,
    filename: String,
    /// `batch`, or `batch_output` for results.
    purpose: String,
    status: String,
}

/// A page of the list of files.
#[derive(JsonSchema)]
struct Files {
    object: String,
    data: Vec<File>,
    first_id: Option<String>,
    last_id: Option<String>,
    has_more: bool,
}

/// The confirmation that something is deleted.
#[derive(JsonSchema)]
struct Deleted {
    id: String,
}

/// The body of `POST /v1/batches`.
#[derive(JsonSchema)]
struct Order {
    /// The id of a file whose lines have `custom_id`, `method`, `url` and `body`.
    #[schemars(length(min = 1))]
    input_file_id: String,
    /// The path at which all lines ask, such as `/v1/chat/completions`.
    endpoint: String,
    /// `24h`.
    completion_window: String,
    /// Up to 16 texts.
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

/// A batch.
#[derive(JsonSchema)]
struct Batch {
    id: String,
    object: String,
    endpoint: String,
    input_file_id: String,
    completion_window: String,
    /// `validating`, `in_progress`, `finalizing`, `completed`, `failed`, `cancelling`, `cancelled` or `expired`.
    status: String,
    /// The file of the answers.
    output_file_id: Option<String>,
    /// The file of the errors.
    error_file_id: Option<String>,
    /// What is wrong with the lines, if the batch failed.
    errors: Option<Map<String, Value>>,
    created_at: u64,
    expires_at: u64,
    request_counts: Map<String, Value>,
    metadata: Option<Map<String, Value>>,
}

/// A page of the list of batches.
#[derive(JsonSchema)]
struct BatchPage {
    object: String,
    data: Vec<Batch>,
    first_id: Option<String>,
    last_id: Option<String>,
    has_more: bool,
}

/// The body of `POST /v1/messages/batches`.
#[derive(JsonSchema)]
struct MessageOrder {
    #[schemars(length(min = 1))]
    requests: Vec<MessageLine>,
}

/// One request of a batch.
#[derive(JsonSchema)]
struct MessageLine {
    /// A name that no other request of the batch has.
    #[schemars(length(min = 1, max = 64))]
    custom_id: String,
    /// The body of a request to `/v1/messages`.
    params: Map<String, Value>,
}

/// A batch of messages.
#[derive(JsonSchema)]
struct MessageBatch {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    /// `in_progress`, `canceling` or `ended`.
    processing_status: String,
    request_counts: Map<String, Value>,
    created_at: String,
    expires_at: String,
    ended_at: Option<String>,
    cancel_initiated_at: Option<String>,
    /// Where the results are, once the batch has ended; relative to the API's address.
    results_url: Option<String>,
}

/// A page of the list of batches of messages.
#[derive(JsonSchema)]
struct MessageBatches {
    data: Vec<MessageBatch>,
    has_more: bool,
    first_id: Option<String>,
    last_id: Option<String>,
}

/// The form of an upload.
const UPLOAD: FormFields = FormFields {
    texts: &[("purpose", "batch")],
    file: ("file", "lines.jsonl"),
};

/// Every operation of files and batches.
pub(super) fn all(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    let mut all = files(generator);
    all.extend(batches(generator));
    all.extend(message_batches(generator));
    all.into_iter().map(|operation| operation.fails(orders::DESK)).collect()
}

fn files(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    let file = |operation: OperationDescription| operation.parameter("id", "The file's id.").fails(&[orders::NO_FILE]);
    let lines = ResponseDescription::bytes(["application/octet-stream"]);
    vec![
        OperationDescription::post("/v1/files", "Upload the lines of a batch")
            .form::<Upload>(generator, UPLOAD)
            .fails(orders::UPLOAD)
            .fails(&[orders::FULL])
            .reply(ResponseDescription::json::<File>(generator)),
        OperationDescription::get("/v1/files", "List the caller's files")
            .query("limit", "The size of a page.", &count(10_000))
            .query("after", "The file before the page.", &id())
            .query("order", "By the time of creation.", &json!({ "enum": ["asc", "desc"] }))
            .query("purpose", "Only files for this purpose.", &id())
            .fails(&[faults::PAGE])
            .reply(ResponseDescription::json::<Files>(generator)),
        file(OperationDescription::get("/v1/files/{id}", "Get what a file is"))
            .reply(ResponseDescription::json::<File>(generator)),
        file(OperationDescription::delete("/v1/files/{id}", "Delete a file"))
            .fails(&[orders::FILE_IN_USE, orders::FULL])
            .reply(ResponseDescription::json::<Deleted>(generator)),
        file(OperationDescription::get(
            "/v1/files/{id}/content",
            "Get the content of a file",
        ))
        .reply(lines),
    ]
}

fn batches(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    let batch =
        |operation: OperationDescription| operation.parameter("id", "The batch's id.").fails(&[orders::NO_BATCH]);
    vec![
        OperationDescription::post("/v1/batches", "Order a batch")
            .body::<Order>(generator)
            .fails(orders::ORDER)
            .fails(&[orders::FULL])
            .reply(ResponseDescription::json::<Batch>(generator)),
        OperationDescription::get("/v1/batches", "List the caller's batches")
            .query("limit", "The size of a page.", &count(100))
            .query("after", "The batch before the page.", &id())
            .fails(&[faults::PAGE])
            .reply(ResponseDescription::json::<BatchPage>(generator)),
        batch(OperationDescription::get("/v1/batches/{id}", "Get a batch"))
            .reply(ResponseDescription::json::<Batch>(generator)),
        batch(OperationDescription::post("/v1/batches/{id}/cancel", "Cancel a batch"))
            .fails(&[orders::FULL])
            .reply(ResponseDescription::json::<Batch>(generator)),
    ]
}

fn message_batches(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    let batch =
        |operation: OperationDescription| operation.parameter("id", "The batch's id.").fails(&[orders::NO_BATCH]);
    let lines = ResponseDescription::bytes(["application/octet-stream"]);
    vec![
        OperationDescription::post("/v1/messages/batches", "Order a batch of messages")
            .body::<MessageOrder>(generator)
            .fails(orders::REQUESTS)
            .fails(&[orders::FULL])
            .reply(ResponseDescription::json::<MessageBatch>(generator)),
        OperationDescription::get("/v1/messages/batches", "List the caller's batches of messages")
            .query("limit", "The size of a page.", &count(1000))
            .query("after_id", "The batch before the page.", &id())
            .query("before_id", "The batch behind the page.", &id())
            .fails(&[faults::PAGE])
            .reply(ResponseDescription::json::<MessageBatches>(generator)),
        batch(OperationDescription::get(
            "/v1/messages/batches/{id}",
            "Get a batch of messages",
        ))
        .reply(ResponseDescription::json::<MessageBatch>(generator)),
        batch(OperationDescription::delete(
            "/v1/messages/batches/{id}",
            "Delete a batch of messages",
        ))
        .fails(&[orders::NOT_OVER, orders::FULL])
        .reply(ResponseDescription::json::<Deleted>(generator)),
        batch(OperationDescription::post(
            "/v1/messages/batches/{id}/cancel",
            "Cancel a batch of messages",
        ))
        .fails(&[orders::FULL])
        .reply(ResponseDescription::json::<MessageBatch>(generator)),
        batch(OperationDescription::get(
            "/v1/messages/batches/{id}/results",
            "Get the results of a batch of messages",
        ))
        .reply(lines),
    ]
}

fn count(most: u64) -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": most })
}

fn id() -> Value {
    json!({ "type": "string", "minLength": 1 })
}
