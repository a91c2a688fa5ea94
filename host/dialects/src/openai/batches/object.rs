//! A batch as OpenAI's clients see it.

use crate::batches::{BatchCard, BatchState, LineFault, LineSpent, Moment};
use crate::json::{List, Object};

/// Writes its members.
pub(super) fn write(object: &mut Object<'_>, batch: &BatchCard<'_>) {
    let times = &batch.times;
    let ended = |state| times.ended.as_ref().filter(|_| batch.state == state);
    object.string("id", batch.id);
    object.string("object", "batch");
    object.string("endpoint", batch.endpoint);
    errors(object, batch.faults);
    object.string("input_file_id", batch.input_file.unwrap_or_default());
    object.string("completion_window", "24h");
    object.string("status", status(batch.state));
    for (key, id) in [
        ("output_file_id", batch.output_file),
        ("error_file_id", batch.error_file),
    ] {
        match id {
            Some(id) => object.string(key, id),
            None => object.raw(key, "null"),
        }
    }
    for (key, moment) in [
        ("created_at", Some(&times.created)),
        ("in_progress_at", times.started.as_ref()),
        ("expires_at", Some(&times.expires)),
        ("finalizing_at", times.finalizing.as_ref()),
        ("completed_at", ended(BatchState::Completed)),
        ("failed_at", ended(BatchState::Failed)),
        ("expired_at", ended(BatchState::Expired)),
        ("cancelling_at", times.cancelling.as_ref()),
        ("cancelled_at", ended(BatchState::Cancelled)),
    ] {
        object.raw(key, seconds(moment));
    }
    object.object("request_counts", |counts| {
        let lines = &batch.counts;
        counts.raw("total", lines.total.to_string());
        counts.raw("completed", lines.succeeded.to_string());
        counts.raw("failed", (lines.errored + lines.expired + lines.canceled).to_string());
    });
    match &batch.spent.model {
        Some(model) => object.string("model", model),
        None => object.raw("model", "null"),
    }
    usage(object, batch.spent);
    object.raw("metadata", batch.metadata.unwrap_or("null"));
}

/// The sums of all answers: 0 before the first.
fn usage(object: &mut Object<'_>, spent: &LineSpent) {
    let total = spent.input_tokens.saturating_add(spent.output_tokens);
    object.object("usage", |usage| {
        usage.raw("input_tokens", spent.input_tokens.to_string());
        usage.object("input_tokens_details", |details| {
            details.raw("cached_tokens", spent.cached_tokens.to_string());
        });
        usage.raw("output_tokens", spent.output_tokens.to_string());
        usage.object("output_tokens_details", |details| {
            details.raw("reasoning_tokens", spent.reasoning_tokens.to_string());
        });
        usage.raw("total_tokens", total.to_string());
    });
}

fn seconds(moment: Option<&Moment>) -> String {
    moment.map_or_else(|| "null".to_owned(), |moment| moment.seconds.to_string())
}

fn errors(object: &mut Object<'_>, faults: &[LineFault]) {
    if faults.is_empty() {
        object.raw("errors", "null");
        return;
    }
    let mut data = List::default();
    for fault in faults {
        data.push_object(|error| {
            error.string("code", &fault.code);
            error.string("message", &fault.message);
            match &fault.param {
                Some(param) => error.string("param", param),
                None => error.raw("param", "null"),
            }
            error.raw(
                "line",
                fault.line.map_or_else(|| "null".to_owned(), |line| line.to_string()),
            );
        });
    }
    object.object("errors", |errors| {
        errors.string("object", "list");
        errors.raw("data", data.into_text());
    });
}

const fn status(state: BatchState) -> &'static str {
    match state {
        BatchState::Validating => "validating",
        BatchState::InProgress => "in_progress",
        BatchState::Finalizing => "finalizing",
        BatchState::Completed => "completed",
        BatchState::Failed => "failed",
        BatchState::Expired => "expired",
        BatchState::Cancelling => "cancelling",
        BatchState::Cancelled => "cancelled",
    }
}
