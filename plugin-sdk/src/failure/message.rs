//! Finds the words of an upstream's error, wherever vendors, proxies and frameworks put them.

use serde_json::Value;

use crate::Reply;

/// The longest message taken from a body that is not JSON, in characters.
const EXCERPT: usize = 200;

/// How many objects and lists may be wrapped around an error.
const WRAPPERS: usize = 4;

/// The error reply's JSON with the error under `error` as OpenAI has it, as far as it can be found; null if the body is
/// not JSON. Lists are Gemini's, `errors` are those of JSON:API, objects under `detail` are `FastAPI`'s.
pub(super) fn body(reply: &Reply) -> Value {
    let text = reply.body.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(&reply.body);
    let mut body: Value = serde_json::from_slice(text).unwrap_or_default();
    for _ in 0..WRAPPERS {
        body = match body {
            Value::Array(mut entries) if !entries.is_empty() => entries.swap_remove(0),
            Value::Object(mut members) => {
                if let Some(inner) = wrapped(&mut members) {
                    members.insert("error".to_owned(), inner);
                    Value::Object(members)
                } else if members.get("detail").is_some_and(Value::is_object) && !members.contains_key("error") {
                    members.remove("detail").unwrap_or_default()
                } else {
                    return Value::Object(members);
                }
            }
            other => return other,
        };
    }
    body
}

/// The error within a list, or within another error.
fn wrapped(members: &mut serde_json::Map<String, Value>) -> Option<Value> {
    let key = if members.contains_key("error") {
        "error"
    } else {
        "errors"
    };
    match members.get_mut(key)? {
        Value::Array(entries) if !entries.is_empty() => Some(entries.swap_remove(0)),
        Value::Object(error) if error.get("error").is_some_and(Value::is_object) => error.remove("error"),
        _ => None,
    }
}

/// The message in such a body.
pub(super) fn message(body: &Value) -> Option<String> {
    let error = &body["error"];
    let places = [
        body,
        &error["message"],
        error,
        &error["detail"],
        &error["msg"],
        &body["message"],
        &body["detail"],
        &body["message"]["detail"],
        &body["error_description"],
        &body["msg"],
        &body["title"],
    ];
    let words = places.into_iter().find_map(words)?;
    Some(words)
}

/// A text, or the entries of a list of texts and of `FastAPI`'s complaints, each with the place that it is about.
fn words(value: &Value) -> Option<String> {
    let given = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    match value {
        Value::String(text) => given(text),
        Value::Array(entries) => {
            let entries = entries.iter().take(3).filter_map(|entry| match entry {
                Value::String(text) => given(text),
                entry => complaint(entry),
            });
            given(&entries.collect::<Vec<_>>().join("; "))
        }
        _ => None,
    }
}

/// `{"loc": ["body", "messages", 0], "msg": "…"}`
fn complaint(entry: &Value) -> Option<String> {
    let message = entry["msg"].as_str().or_else(|| entry["message"].as_str())?;
    let steps = entry["loc"].as_array().map(Vec::as_slice).unwrap_or_default();
    let steps = steps
        .iter()
        .map(|step| step.as_str().map_or_else(|| step.to_string(), str::to_owned));
    let place: Vec<String> = steps.filter(|step| step != "body").collect();
    Some(if place.is_empty() {
        message.to_owned()
    } else {
        format!("{}: {message}", place.join("."))
    })
}

/// True if the reply is a web page. Pages come from what stands in front of an upstream: its proxy, its firewall.
pub(super) fn is_page(reply: &Reply) -> bool {
    let kind = reply.header("content-type").unwrap_or_default();
    let body = reply.body.trim_ascii_start();
    let begins = |text: &str| {
        body.get(..text.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(text.as_bytes()))
    };
    kind.to_ascii_lowercase().contains("html") || begins("<!doctype html") || begins("<html")
}

/// What is said of a body that is not JSON.
pub(super) fn excerpt(reply: &Reply) -> String {
    let status = reply.status;
    if is_page(reply) {
        return format!("the upstream returned {status} with a web page");
    }
    let text = String::from_utf8_lossy(&reply.body);
    let line = text.trim().lines().next().unwrap_or_default();
    let line: String = line.chars().take(EXCERPT).collect();
    if line.is_empty() {
        format!("the upstream returned {status} with an empty body")
    } else {
        format!("the upstream returned {status}: {line}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(body: &str) -> Reply {
        Reply {
            status: 400,
            body: body.as_bytes().to_vec(),
            ..Reply::default()
        }
    }

    #[test]
    fn the_message_is_found_where_vendors_put_it() {
        for body in [
            r#"{"error": {"message": "too long"}}"#,
            r#"{"error": "too long"}"#,
            r#"{"error": ["too long"]}"#,
            r#"{"error": {"error": {"message": "too long"}}}"#,
            r#"{"error": {"detail": "too long"}}"#,
            r#"[{"error": {"code": 400, "message": "too long"}}]"#,
            r#"[[{"error": "too long"}]]"#,
            r#"{"errors": [{"message": "too long"}]}"#,
            r#"{"errors": ["too long", "too wide"]}"#,
            r#"["too long"]"#,
            r#""too long""#,
            "\u{FEFF}{\"message\": \"too long\"}",
            r#"{"message": "too long"}"#,
            r#"{"message": ["too long"]}"#,
            r#"{"detail": "too long"}"#,
            r#"{"detail": {"error": {"message": "too long"}}}"#,
            r#"{"detail": {"message": "too long"}}"#,
            r#"{"detail": [{"loc": ["body"], "msg": "too long"}]}"#,
            r#"{"object": "error", "message": {"detail": [{"loc": ["body"], "msg": "too long"}]}}"#,
            r#"{"type": "about:blank", "title": "Bad Request", "detail": "too long"}"#,
            r#"{"type": "about:blank", "title": "too long"}"#,
            r#"{"error": "", "error_description": "too long"}"#,
            r#"{"code": 1, "msg": "too long"}"#,
        ] {
            assert_eq!(
                message(&super::body(&reply(body))).as_deref(),
                Some("too long"),
                "{body}"
            );
        }
    }

    #[test]
    fn a_frameworks_complaints_say_what_they_are_about() {
        let complaints = r#"{"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "Field required", "input": {}},
            {"loc": ["body", "n"], "msg": "not a number"}]}"#;
        let expected = "messages.0.role: Field required; n: not a number";
        assert_eq!(message(&body(&reply(complaints))).as_deref(), Some(expected));
    }

    #[test]
    fn a_body_without_words_is_quoted_in_part_and_a_page_never() {
        for (body, expected) in [
            ("", "the upstream returned 400 with an empty body"),
            ("slow down\nsecond line", "the upstream returned 400: slow down"),
            (
                "{\"error\": {\"message\": \"cut",
                "the upstream returned 400: {\"error\": {\"message\": \"cut",
            ),
            (
                "<HTML><h1>Bad Request</h1>",
                "the upstream returned 400 with a web page",
            ),
            ("\n<!DOCTYPE html>", "the upstream returned 400 with a web page"),
        ] {
            assert_eq!(excerpt(&reply(body)), expected, "{body}");
        }
        assert!(excerpt(&reply(&"x".repeat(1_000))).len() < 250);
        let headers = vec![("Content-Type".to_owned(), "text/html; charset=utf-8".to_owned())];
        assert!(is_page(&Reply {
            headers,
            ..reply("Bad Request")
        }));
        for none in [
            "{}",
            "[]",
            "null",
            "7",
            "{\"error\": {}}",
            "{\"errors\": []}",
            "not json",
        ] {
            assert_eq!(message(&body(&reply(none))), None, "{none}");
        }
    }
}
