//! Both APIs of batches: what they read, and what they write.

use serde_json::{Value, json};

use super::{
    BatchCard, BatchState, BatchTimes, LineCounts, LineEnd, LineFate, LineFault, LineReport, LineSpent, Moment,
    OrderedLines, Shelf, files,
};
use crate::known::{batch_api, batch_apis};
use crate::model_card::Query;

fn api(path: &str) -> super::Batching {
    batch_apis().into_iter().find(|api| api.path() == path).unwrap()
}

fn in_files() -> super::Batching {
    api("/v1/batches")
}

fn in_orders() -> super::Batching {
    api("/v1/messages/batches")
}

fn moment(seconds: u64) -> Moment {
    Moment {
        seconds,
        utc: format!("at {seconds}"),
    }
}

/// What nothing used.
const NOTHING: LineSpent = LineSpent {
    model: None,
    input_tokens: 0,
    cached_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
};

fn card(state: BatchState, faults: &[LineFault]) -> BatchCard<'_> {
    BatchCard {
        id: "b",
        state,
        endpoint: "/v1/chat/completions",
        input_file: Some("file-in"),
        output_file: Some("file-out"),
        error_file: None,
        counts: LineCounts {
            total: 9,
            succeeded: 2,
            errored: 1,
            canceled: 3,
            expired: 0,
        },
        spent: &NOTHING,
        faults,
        metadata: Some("{\"a\":\"b\"}"),
        times: BatchTimes {
            created: moment(1),
            expires: moment(9),
            started: Some(moment(2)),
            finalizing: None,
            cancelling: Some(moment(3)),
            ended: Some(moment(4)),
        },
    }
}

fn value(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

#[test]
fn an_api_is_found_again_by_its_name() {
    for api in batch_apis() {
        assert_eq!(batch_api(api.name()).unwrap().path(), api.path());
    }
    assert!(batch_api("other").is_none());
}

#[test]
fn an_order_names_the_file_of_its_lines() {
    let order = json!({
        "input_file_id": "file-1", "endpoint": "/v1/embeddings", "completion_window": "24h",
        "metadata": {"a": "b"}, "output_expires_after": {"anchor": "created_at", "seconds": 3600},
    });
    let read = in_files().order(order.to_string().as_bytes()).unwrap();
    assert_eq!(read.lines, OrderedLines::File("file-1".to_owned()));
    assert_eq!(
        (read.endpoint.as_str(), read.keep_results),
        ("/v1/embeddings", Some(3600))
    );
    assert_eq!(read.metadata.as_deref(), Some("{\"a\":\"b\"}"));
    for (member, wrong, field) in [
        ("input_file_id", json!(null), "input_file_id: is missing"),
        (
            "endpoint",
            json!("/v1/audio/speech"),
            "endpoint: must be one of /v1/chat/completions",
        ),
        ("completion_window", json!("1h"), "completion_window: must be `24h`"),
        ("metadata", json!({"a": 1}), "metadata: must be an object of up to 16"),
        (
            "metadata",
            json!({"a": "b".repeat(513)}),
            "metadata: must be an object of up to 16",
        ),
        (
            "output_expires_after",
            json!({"anchor": "created_at", "seconds": 1}),
            "output_expires_after: must have",
        ),
        (
            "output_expires_after",
            json!({"seconds": 3600}),
            "output_expires_after: must have",
        ),
    ] {
        let mut order = order.clone();
        order[member] = wrong;
        let fault = in_files().order(order.to_string().as_bytes()).unwrap_err().to_string();
        assert!(fault.starts_with(field), "{fault}");
    }
}

#[test]
fn an_order_with_its_lines_is_read_whole() {
    let order = "{\"requests\":[{\"custom_id\":\"a\",\n \"params\":{\"x\":\n1}},{\"custom_id\":\"b\",\"params\":{}}]}";
    let read = in_orders().order(order.as_bytes()).unwrap();
    let OrderedLines::Here(lines) = read.lines else {
        panic!()
    };
    let lines: Vec<&[u8]> = lines
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .collect();
    let bodies: Vec<_> = lines
        .iter()
        .map(|line| in_orders().line(line).unwrap().body.to_vec())
        .collect();
    assert_eq!(bodies, [b"{\"x\": 1}".to_vec(), b"{}".to_vec()]);
    for (requests, fault) in [
        (json!(null), "requests: must be a list"),
        (json!([]), "requests: is empty"),
        (json!([1]), "requests.0: must be an object"),
        (
            json!([{"custom_id": "a b", "params": {}}]),
            "requests.0.custom_id: must be 1 to 64",
        ),
        (
            json!([{"custom_id": "a", "params": 1}]),
            "requests.0.params: must be the body",
        ),
        (
            json!([{"custom_id": "a", "params": {}}, {"custom_id": "a", "params": {}}]),
            "requests.1.custom_id: is used twice",
        ),
    ] {
        let order = json!({ "requests": requests }).to_string();
        let found = in_orders().order(order.as_bytes()).unwrap_err().to_string();
        assert!(found.starts_with(fault), "{found}");
    }
}

#[test]
fn a_line_that_cannot_be_answered_is_refused_with_a_code() {
    let good = json!({"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": {"model": "m"}});
    let text = good.to_string();
    let line = in_files().line(text.as_bytes()).unwrap();
    assert_eq!(
        (&*line.custom_id, &*line.endpoint, line.body),
        ("a", "/v1/embeddings", &b"{\"model\":\"m\"}"[..])
    );
    for (member, wrong, code) in [
        ("custom_id", json!(null), "missing_required_parameter"),
        ("custom_id", json!(1), "invalid_type"),
        ("method", json!("GET"), "invalid_method"),
        ("url", json!(""), "invalid_type"),
        ("body", json!("x"), "missing_required_parameter"),
    ] {
        let mut line = good.clone();
        line[member] = wrong;
        let fault = in_files().line(line.to_string().as_bytes()).unwrap_err();
        assert_eq!((&*fault.code, fault.param.as_deref()), (code, Some(member)));
    }
    assert_eq!(in_files().line(b"{\"a\"").unwrap_err().code, "invalid_json_line");
}

#[test]
fn a_report_says_what_became_of_its_line_and_is_read_back() {
    let answer = |status, body| LineEnd::Answered { status, body };
    let refused = &b"{\"type\":\"error\",\"error\":{\"message\":\"no\"}}"[..];
    for (end, fate, in_file, at_batch) in [
        (
            answer(200, &b"{\"id\":1}"[..]),
            LineFate::Succeeded,
            json!({"status_code": 200, "request_id": "req_1", "body": {"id": 1}}),
            json!({"type": "succeeded", "message": {"id": 1}}),
        ),
        (
            answer(400, refused),
            LineFate::Errored,
            json!({"status_code": 400, "request_id": "req_1", "body": value(refused)}),
            json!({"type": "errored", "error": {"type": "error", "error": {"message": "no"}, "request_id": "req_1"}}),
        ),
        (
            LineEnd::Canceled,
            LineFate::Canceled,
            json!("batch_cancelled"),
            json!({"type": "canceled"}),
        ),
        (
            LineEnd::Expired,
            LineFate::Expired,
            json!("batch_expired"),
            json!({"type": "expired"}),
        ),
    ] {
        let report = LineReport {
            custom_id: "a",
            request_id: matches!(end, LineEnd::Answered { .. }).then_some("req_1"),
            end,
            dropped: "",
        };
        for api in batch_apis() {
            let text = api.report(&report);
            let recorded = api.recorded(&text).unwrap();
            assert_eq!((recorded.custom_id.as_str(), recorded.fate), ("a", fate));
        }
        let line = value(&in_files().report(&report));
        assert_eq!(line["custom_id"], "a");
        let told = if line["response"].is_null() {
            &line["error"]["code"]
        } else {
            &line["response"]
        };
        assert_eq!(*told, in_file);
        assert_eq!(in_files().shelf(&end) == Shelf::Output, fate == LineFate::Succeeded);
        assert_eq!(value(&in_orders().report(&report))["result"], at_batch);
    }
    assert!(
        batch_apis()
            .iter()
            .all(|api| api.recorded(b"{\"custom_id\":\"a\",\"resu").is_none())
    );
}

#[test]
fn what_was_left_out_is_named() {
    let report = LineReport {
        custom_id: "a",
        request_id: Some("req_1"),
        end: LineEnd::Answered {
            status: 200,
            body: b"{}",
        },
        dropped: "top_k",
    };
    let named = json!({"x-jackfield-dropped": "top_k"});
    assert_eq!(value(&in_files().report(&report))["response"]["headers"], named);
    assert_eq!(value(&in_orders().report(&report))["headers"], named);
}

#[test]
fn a_batch_in_a_file_has_every_member() {
    let fault = LineFault::new("invalid_json_line", None, "no").at(3);
    let shown = value(&in_files().batch(&card(BatchState::Failed, &[fault])));
    let expected = json!({
        "id": "b", "object": "batch", "endpoint": "/v1/chat/completions",
        "errors": {"object": "list", "data": [{"code": "invalid_json_line", "message": "no", "param": null, "line": 3}]},
        "input_file_id": "file-in", "completion_window": "24h", "status": "failed", "output_file_id": "file-out",
        "error_file_id": null, "created_at": 1, "in_progress_at": 2, "expires_at": 9, "finalizing_at": null,
        "completed_at": null, "failed_at": 4, "expired_at": null, "cancelling_at": 3, "cancelled_at": null,
        "request_counts": {"total": 9, "completed": 2, "failed": 4}, "metadata": {"a": "b"},
        "model": null, "usage": {
            "input_tokens": 0, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 0,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 0,
        },
    });
    assert_eq!(shown, expected);
}

#[test]
fn a_batch_with_its_results_counts_them_once_it_is_over() {
    let running = value(&in_orders().batch(&card(BatchState::Cancelling, &[])));
    assert_eq!(running["processing_status"], "canceling");
    assert_eq!(
        running["request_counts"],
        json!({"processing": 9, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0})
    );
    assert_eq!(running["results_url"], Value::Null);
    let over = value(&in_orders().batch(&card(BatchState::Cancelled, &[])));
    let expected = json!({
        "id": "b", "type": "message_batch", "processing_status": "ended",
        "request_counts": {"processing": 3, "succeeded": 2, "errored": 1, "canceled": 3, "expired": 0},
        "created_at": "at 1", "expires_at": "at 9", "ended_at": "at 4", "cancel_initiated_at": "at 3",
        "archived_at": null, "results_url": "/v1/messages/batches/b/results",
    });
    assert_eq!(over, expected);
}

#[test]
fn lists_name_their_ends() {
    let cards = [card(BatchState::Completed, &[])];
    for (api, none) in [(in_files(), Value::Null), (in_orders(), Value::Null)] {
        let list = value(&api.list(&cards, true));
        assert_eq!((&list["first_id"], &list["has_more"]), (&json!("b"), &json!(true)));
        let empty = value(&api.list(&[], false));
        assert_eq!((&empty["last_id"], &empty["data"]), (&none, &json!([])));
    }
}

#[test]
fn an_upload_says_what_it_is_for_and_how_long_it_stays() {
    let keep = |fields: Value| files::upload(fields.to_string().as_bytes()).map(|upload| upload.keep);
    assert_eq!(keep(json!({"purpose": "batch", "file": {}})), Ok(None));
    let kept = json!({"purpose": "batch", "expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"});
    assert_eq!(keep(kept), Ok(Some(3600)));
    for (fields, field) in [
        (json!({}), "purpose"),
        (json!({"purpose": "fine-tune"}), "purpose"),
        (
            json!({"purpose": "batch", "expires_after[seconds]": "3600"}),
            "expires_after",
        ),
        (
            json!({"purpose": "batch", "expires_after[anchor]": "created_at", "expires_after[seconds]": "x"}),
            "expires_after",
        ),
    ] {
        assert_eq!(keep(fields).unwrap_err().field, field);
    }
}

#[test]
fn a_list_of_files_is_asked_for_in_either_order() {
    let query = |pairs: &[(&str, &str)]| -> Box<Query> {
        pairs
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect()
    };
    let asked = query(&[("order", "asc"), ("purpose", "batch"), ("limit", "1"), ("after", "a")]);
    let read = files::query(&asked).unwrap();
    assert_eq!((read.oldest_first, read.purpose), (true, Some("batch")));
    assert_eq!(read.page.cut(&["a", "b", "c"], |id| id).unwrap(), (&["b"][..], true));
    assert_eq!(files::query(&query(&[("order", "up")])).unwrap_err().field, "order");
    assert_eq!(files::query(&query(&[("limit", "0")])).unwrap_err().field, "limit");
}

#[test]
fn what_answers_used_is_found_in_their_reports() {
    let body = br#"{"model":"m","usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":1}}}"#;
    let report = LineReport {
        custom_id: "a",
        request_id: Some("req_1"),
        end: LineEnd::Answered { status: 200, body },
        dropped: "",
    };
    let recorded = in_files().recorded(&in_files().report(&report)).unwrap();
    let mut spent = LineSpent::default();
    spent.add(recorded.spent.clone());
    spent.add(recorded.spent);
    let card = BatchCard {
        spent: &spent,
        ..card(BatchState::Completed, &[])
    };
    let batch = value(&in_files().batch(&card));
    assert_eq!(batch["model"], "m");
    assert_eq!(
        batch["usage"],
        json!({
            "input_tokens": 18, "input_tokens_details": {"cached_tokens": 12}, "output_tokens": 8,
            "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 26,
        })
    );
}
