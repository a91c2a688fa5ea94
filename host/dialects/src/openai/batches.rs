//! OpenAI's batches: lines in a file, results in two others.
//!
//! Sources: <https://developers.openai.com/api/reference/resources/batches>, and its guide to the Batch API for the lines.

mod object;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use self::object::write;
use crate::batches::{
    BatchApi, BatchCard, BatchLine, BatchOrder, LineEnd, LineFate, LineFault, LineReport, LineSpent, OrderedLines,
    RecordedLine, Shelf, files,
};
use crate::fault::RequestFault;
use crate::json::fields::{body, given, required_text};
use crate::json::{List, Members, Object};
use crate::model_card::Query;
use crate::page::{Page, PageRules};

/// The paths at which lines may ask.
const ENDPOINTS: [&str; 5] = [
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/moderations",
    "/v1/responses",
];

const PAGES: PageRules = PageRules {
    after: "after",
    before: "after",
    usual: 20,
    most: 100,
};

/// The most members of `metadata`, and the longest key and value.
const METADATA: (usize, usize, usize) = (16, 64, 512);

/// OpenAI's API of batches.
#[derive(Debug)]
pub(crate) struct OpenaiBatches;

// === impl OpenaiBatches ===

impl BatchApi for OpenaiBatches {
    fn name(&self) -> &'static str {
        "openai-batches"
    }

    fn path(&self) -> &'static str {
        "/v1/batches"
    }

    fn id_prefix(&self) -> &'static str {
        "batch_"
    }

    fn endpoints(&self) -> &'static [&'static str] {
        &ENDPOINTS
    }

    fn keeps_results(&self) -> bool {
        false
    }

    fn order(&self, text: &[u8]) -> Result<BatchOrder, RequestFault> {
        let members = body(text)?;
        let file = required_text(&members, "input_file_id", "the id of a file")?;
        let endpoint = required_text(&members, "endpoint", "the path at which the lines ask")?;
        if !ENDPOINTS.contains(&&*endpoint) {
            let message = format!("must be one of {}", ENDPOINTS.join(", "));
            return Err(RequestFault::new("endpoint", message));
        }
        if required_text(&members, "completion_window", "`24h`")? != "24h" {
            return Err(RequestFault::new("completion_window", "must be `24h`"));
        }
        Ok(BatchOrder {
            endpoint,
            lines: OrderedLines::File(file),
            metadata: metadata(&members)?,
            keep_results: files::kept(&members, "output_expires_after")?,
        })
    }

    fn line<'a>(&self, text: &'a [u8]) -> Result<BatchLine<'a>, LineFault> {
        let members = Members::parse(text)
            .map_err(|_| LineFault::new("invalid_json_line", None, "This line is not a JSON object."))?;
        let word = |key: &'static str| -> Result<String, LineFault> {
            let Some(value) = given(&members, key) else {
                let message = format!("Missing required parameter: `{key}`.");
                return Err(LineFault::new("missing_required_parameter", Some(key), message));
            };
            let text: Option<String> = serde_json::from_str(value)
                .ok()
                .filter(|text: &String| !text.is_empty());
            let message = || format!("Invalid type for `{key}`: expected a string that is not empty.");
            text.ok_or_else(|| LineFault::new("invalid_type", Some(key), message()))
        };
        let (custom_id, method, url) = (word("custom_id")?, word("method")?, word("url")?);
        if method != "POST" {
            return Err(LineFault::new(
                "invalid_method",
                Some("method"),
                "`method` must be POST.",
            ));
        }
        let Some(body) = given(&members, "body").filter(|body| body.starts_with('{')) else {
            let message = "Missing required parameter: `body`, an object.";
            return Err(LineFault::new("missing_required_parameter", Some("body"), message));
        };
        Ok(BatchLine {
            custom_id,
            endpoint: Cow::Owned(url),
            body: body.as_bytes(),
        })
    }

    fn report(&self, report: &LineReport<'_>) -> Vec<u8> {
        Object::text(|line| {
            let id = report.request_id.unwrap_or(report.custom_id);
            line.string("id", &format!("batch_{id}"));
            line.string("custom_id", report.custom_id);
            match report.end {
                LineEnd::Answered { status, body } => {
                    line.object("response", |response| {
                        response.raw("status_code", status.to_string());
                        response.string("request_id", report.request_id.unwrap_or_default());
                        response.raw("body", body);
                        if !report.dropped.is_empty() {
                            response.object("headers", |headers| {
                                headers.string("x-jackfield-dropped", report.dropped);
                            });
                        }
                    });
                    line.raw("error", "null");
                }
                LineEnd::Canceled => unbegun(line, "batch_cancelled", "because the batch was cancelled"),
                LineEnd::Expired => unbegun(line, "batch_expired", "before the completion window expired"),
            }
        })
    }

    fn shelf(&self, end: &LineEnd<'_>) -> Shelf {
        match end.fate() {
            LineFate::Succeeded => Shelf::Output,
            _ => Shelf::Errors,
        }
    }

    fn recorded(&self, text: &[u8]) -> Option<RecordedLine> {
        let members = Members::parse(text).ok()?;
        let custom_id = serde_json::from_str(given(&members, "custom_id")?).ok()?;
        let mut spent = LineSpent::default();
        let fate = if let Some(response) = given(&members, "response") {
            let response = Members::of(response).ok()?;
            match response.get("status_code").map(RawValue::get) {
                Some("200") => {
                    let body = given(&response, "body").and_then(|body| Members::of(body).ok());
                    spent = body.as_ref().map(LineSpent::of_answer).unwrap_or_default();
                    LineFate::Succeeded
                }
                _ => LineFate::Errored,
            }
        } else {
            let error: Value = serde_json::from_str(given(&members, "error")?).ok()?;
            match error["code"].as_str()? {
                "batch_expired" => LineFate::Expired,
                _ => LineFate::Canceled,
            }
        };
        Some(RecordedLine { custom_id, fate, spent })
    }

    fn batch(&self, batch: &BatchCard<'_>) -> Vec<u8> {
        Object::text(|object| write(object, batch))
    }

    fn page<'q>(&self, query: &'q Query) -> Result<Page<'q>, RequestFault> {
        PAGES.read(query)
    }

    fn list(&self, batches: &[BatchCard<'_>], has_more: bool) -> Vec<u8> {
        let mut data = List::default();
        for batch in batches {
            data.push_object(|object| write(object, batch));
        }
        let ends = [batches.first(), batches.last()].map(|batch| batch.map(|batch| batch.id));
        files::page(data, ends, has_more)
    }

    /// This API has no deletion; the form is that of its other confirmations.
    fn deleted(&self, id: &str) -> Vec<u8> {
        Object::text(|object| {
            object.string("id", id);
            object.string("object", "batch");
            object.raw("deleted", "true");
        })
    }
}

/// What became of a line that was not begun.
fn unbegun(line: &mut Object<'_>, code: &str, why: &str) {
    line.raw("response", "null");
    line.object("error", |error| {
        error.string("code", code);
        error.string("message", &format!("This request could not be executed {why}."));
    });
}

/// `metadata`: up to 16 short texts.
fn metadata(members: &Members<'_>) -> Result<Option<String>, RequestFault> {
    let Some(given) = given(members, "metadata") else {
        return Ok(None);
    };
    let (most, key, value) = METADATA;
    let parsed: Option<BTreeMap<String, String>> = serde_json::from_str(given).ok();
    let fits = |(name, text): (&String, &String)| name.chars().count() <= key && text.chars().count() <= value;
    let parsed = parsed.filter(|pairs| pairs.len() <= most && pairs.iter().all(fits));
    let message = || {
        format!(
            "must be an object of up to {most} texts, with keys of up to {key} characters and values of up to {value}"
        )
    };
    let parsed = parsed.ok_or_else(|| RequestFault::new("metadata", message()))?;
    Ok(Some(serde_json::to_string(&parsed).unwrap_or_default()))
}
