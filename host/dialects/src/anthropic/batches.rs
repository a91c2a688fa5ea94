//! Anthropic's message batches: the lines come with the order, and the results are read at the batch.
//!
//! Source: <https://platform.claude.com/docs/en/api/creating-message-batches> and the pages beside it.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::value::RawValue;

use super::models::PAGES;
use crate::batches::{
    BatchApi, BatchCard, BatchLine, BatchOrder, BatchState, LineEnd, LineFate, LineFault, LineReport, LineSpent,
    Moment, OrderedLines, RecordedLine, Shelf,
};
use crate::fault::RequestFault;
use crate::json::fields::{body, given};
use crate::json::{List, Members, Object};
use crate::model_card::Query;
use crate::page::Page;

/// Where every line asks.
const ENDPOINT: &str = "/v1/messages";

/// The longest `custom_id`: 1 to 64 characters.
const LONGEST_ID: usize = 64;

/// Anthropic's API of batches.
#[derive(Debug)]
pub(crate) struct MessageBatches;

// === impl MessageBatches ===

impl BatchApi for MessageBatches {
    fn name(&self) -> &'static str {
        "message-batches"
    }

    fn path(&self) -> &'static str {
        "/v1/messages/batches"
    }

    fn id_prefix(&self) -> &'static str {
        "msgbatch_"
    }

    fn endpoints(&self) -> &'static [&'static str] {
        &[ENDPOINT]
    }

    fn keeps_results(&self) -> bool {
        true
    }

    fn order(&self, text: &[u8]) -> Result<BatchOrder, RequestFault> {
        let members = body(text)?;
        let fault = |place: String, message: &str| RequestFault::new(place, message);
        let requests = given(&members, "requests").and_then(|requests| serde_json::from_str(requests).ok());
        let requests: Vec<&RawValue> =
            requests.ok_or_else(|| fault("requests".into(), "must be a list of requests"))?;
        if requests.is_empty() {
            return Err(fault("requests".into(), "is empty; give at least one request"));
        }
        let mut lines = Vec::with_capacity(text.len());
        let mut known = HashSet::new();
        for (index, request) in requests.iter().enumerate() {
            let line = on_one_line(request.get().as_bytes());
            let read = self.line(&line);
            let place = |param: Option<&str>| match param {
                Some(param) => format!("requests.{index}.{param}"),
                None => format!("requests.{index}"),
            };
            let read = read.map_err(|found| fault(place(found.param.as_deref()), &found.message))?;
            if !known.insert(read.custom_id) {
                return Err(fault(
                    place(Some("custom_id")),
                    "is used twice; each must be unique in its batch",
                ));
            }
            lines.extend_from_slice(&line);
            lines.push(b'\n');
        }
        Ok(BatchOrder {
            endpoint: ENDPOINT.to_owned(),
            lines: OrderedLines::Here(lines),
            metadata: None,
            keep_results: None,
        })
    }

    fn line<'a>(&self, text: &'a [u8]) -> Result<BatchLine<'a>, LineFault> {
        let wrong = |param, message: &str| LineFault::new("invalid_request_error", param, message);
        let members = Members::parse(text).map_err(|_| wrong(None, "must be an object"))?;
        let id = given(&members, "custom_id").and_then(|id| serde_json::from_str(id).ok());
        let fits = |id: &String| {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            (1..=LONGEST_ID).contains(&id.len()) && id.chars().all(plain)
        };
        let message = "must be 1 to 64 letters, digits, - or _";
        let custom_id = id.filter(fits).ok_or_else(|| wrong(Some("custom_id"), message))?;
        let params = given(&members, "params").filter(|params| params.starts_with('{'));
        let params = params.ok_or_else(|| wrong(Some("params"), "must be the body of a request, an object"))?;
        Ok(BatchLine {
            custom_id,
            endpoint: Cow::Borrowed(ENDPOINT),
            body: params.as_bytes(),
        })
    }

    fn report(&self, report: &LineReport<'_>) -> Vec<u8> {
        Object::text(|line| {
            line.string("custom_id", report.custom_id);
            line.object("result", |result| match report.end {
                LineEnd::Answered { status: 200, body } => {
                    result.string("type", "succeeded");
                    result.raw("message", body);
                }
                LineEnd::Answered { body, .. } => {
                    result.string("type", "errored");
                    result.object("error", |error| errored(error, body, report.request_id));
                }
                LineEnd::Canceled => result.string("type", "canceled"),
                LineEnd::Expired => result.string("type", "expired"),
            });
            if !report.dropped.is_empty() {
                line.object("headers", |headers| {
                    headers.string("x-jackfield-dropped", report.dropped);
                });
            }
        })
    }

    fn shelf(&self, _end: &LineEnd<'_>) -> Shelf {
        Shelf::Output
    }

    fn recorded(&self, text: &[u8]) -> Option<RecordedLine> {
        let members = Members::parse(text).ok()?;
        let custom_id = serde_json::from_str(given(&members, "custom_id")?).ok()?;
        let result = Members::of(given(&members, "result")?).ok()?;
        let fate = match given(&result, "type")? {
            "\"succeeded\"" => LineFate::Succeeded,
            "\"errored\"" => LineFate::Errored,
            "\"expired\"" => LineFate::Expired,
            _ => LineFate::Canceled,
        };
        Some(RecordedLine {
            custom_id,
            fate,
            spent: LineSpent::default(),
        })
    }

    fn batch(&self, batch: &BatchCard<'_>) -> Vec<u8> {
        Object::text(|object| write(object, batch, self.path()))
    }

    fn page<'q>(&self, query: &'q Query) -> Result<Page<'q>, RequestFault> {
        PAGES.read(query)
    }

    fn list(&self, batches: &[BatchCard<'_>], has_more: bool) -> Vec<u8> {
        let mut data = List::default();
        for batch in batches {
            data.push_object(|object| write(object, batch, self.path()));
        }
        Object::text(|page| {
            page.raw("data", data.into_text());
            page.raw("has_more", has_more.to_string());
            for (key, batch) in [("first_id", batches.first()), ("last_id", batches.last())] {
                match batch {
                    Some(batch) => page.string(key, batch.id),
                    None => page.raw(key, "null"),
                }
            }
        })
    }

    fn deleted(&self, id: &str) -> Vec<u8> {
        Object::text(|object| {
            object.string("id", id);
            object.string("type", "message_batch_deleted");
        })
    }
}

/// The same JSON without line breaks, which stand only between its tokens.
fn on_one_line(text: &[u8]) -> Vec<u8> {
    let flat = |byte: &u8| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte };
    text.iter().map(flat).collect()
}

/// The members of an error's body, and the id of its request.
fn errored(error: &mut Object<'_>, body: &[u8], request_id: Option<&str>) {
    if let Ok(members) = Members::parse(body) {
        for (key, value) in members.all() {
            error.raw(key, value.get());
        }
    }
    match request_id {
        Some(id) => error.string("request_id", id),
        None => error.raw("request_id", "null"),
    }
}

fn write(object: &mut Object<'_>, batch: &BatchCard<'_>, path: &str) {
    let (times, over) = (&batch.times, batch.state.is_over());
    object.string("id", batch.id);
    object.string("type", "message_batch");
    object.string("processing_status", status(batch.state));
    object.object("request_counts", |counts| {
        let lines = &batch.counts;
        // Until the end of all, every line counts as being processed.
        let shown = |count: u64| if over { count } else { 0 };
        counts.raw(
            "processing",
            (lines.total - shown(lines.done()).min(lines.total)).to_string(),
        );
        for (key, count) in [
            ("succeeded", lines.succeeded),
            ("errored", lines.errored),
            ("canceled", lines.canceled),
            ("expired", lines.expired),
        ] {
            counts.raw(key, shown(count).to_string());
        }
    });
    for (key, moment) in [
        ("created_at", Some(&times.created)),
        ("expires_at", Some(&times.expires)),
        ("ended_at", times.ended.as_ref()),
        ("cancel_initiated_at", times.cancelling.as_ref()),
        ("archived_at", None),
    ] {
        match moment {
            Some(Moment { utc, .. }) => object.string(key, utc),
            None => object.raw(key, "null"),
        }
    }
    // Relative, because the host does not know under which name it is called; the SDKs put their base URL before it.
    if over {
        object.string("results_url", &format!("{path}/{}/results", batch.id));
    } else {
        object.raw("results_url", "null");
    }
}

const fn status(state: BatchState) -> &'static str {
    match state {
        BatchState::Cancelling => "canceling",
        _ if state.is_over() => "ended",
        _ => "in_progress",
    }
}
