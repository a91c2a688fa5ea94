//! The OpenAPI document: references resolve, and every operation says what it takes, answers with and fails with.

use std::collections::BTreeSet;

use super::*;

/// Every operation of a document, with its path.
fn all(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let items = paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        let operations = operations.filter(|(method, _)| *method != "servers");
        operations.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    items.collect()
}

/// The response of an operation with this status, which may be one that others have too; null if it has none.
fn response<'a>(document: &'a Value, operation: &'a Value, status: &str) -> &'a Value {
    let response = &operation["responses"][status];
    match response["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => response,
    }
}

/// The successful response of an operation.
fn good(operation: &Value) -> &Value {
    let responses = operation["responses"].as_object().unwrap();
    let (_, good) = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap();
    good
}

#[test]
fn every_reference_resolves() {
    let text = document().to_string();
    let document: Value = serde_json::from_str(&text).unwrap();
    let references: Vec<&str> = text.split("\"$ref\":\"#").skip(1).collect();
    assert!(references.len() > 500, "{}", references.len());
    for rest in references {
        let place = rest.split('"').next().unwrap();
        assert!(document.pointer(place).is_some(), "{place}");
    }
}

#[test]
fn the_text_is_not_much_larger_than_what_it_says() {
    let length = document().to_string().len();
    assert!(length < 512 << 10, "{length}");
}

#[test]
fn each_operation_describes_its_response() {
    let document = document();
    for path in ["/v1/chat/completions", "/admin/requests", "/metrics"] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    for (path, _, operation) in all(&document) {
        assert!(good(operation)["content"].is_object(), "{path}");
        assert!(operation["summary"].is_string());
    }
}

#[test]
fn operators_are_told_the_members_of_each_reply() {
    let document = document();
    let mut described = 0;
    for (path, _, operation) in all(&document) {
        let content = &good(operation)["content"];
        let Some(reply) = content.get("application/json").filter(|_| path.starts_with("/admin")) else {
            continue;
        };
        let reference = reply["schema"]["$ref"]
            .as_str()
            .unwrap_or_else(|| panic!("{path}: {reply}"));
        let schema = document.pointer(reference.trim_start_matches('#')).unwrap();
        assert!(!schema["properties"].as_object().unwrap().is_empty(), "{path}");
        described += 1;
    }
    assert!(described > 20, "{described}");
}

#[test]
fn each_operation_has_an_id_of_its_own_and_a_heading_that_exists() {
    let document = document();
    let headings: Vec<&Value> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| &tag["name"])
        .collect();
    let mut ids = BTreeSet::new();
    for (_, _, operation) in all(&document) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{operation}");
        assert!(headings.contains(&&operation["tags"][0]), "{operation}");
    }
}

#[test]
fn every_body_has_an_example() {
    let document = document();
    for (path, method, operation) in all(&document) {
        let Some(content) = operation["requestBody"]["content"].as_object() else {
            continue;
        };
        for (media_type, body) in content {
            let is_described = media_type == "application/wasm" || body["example"].is_object();
            assert!(is_described, "{method} {path}: {media_type}");
        }
    }
}

#[test]
fn a_stream_of_contents_is_shown_as_events_and_as_a_list() {
    let document = document();
    let operation = &document["paths"]["/v1beta/models/{model}:streamGenerateContent"]["post"];
    let content = &operation["responses"]["200"]["content"];
    assert_eq!(content["application/json"]["example"].as_array().unwrap().len(), 2);
    let events = content["text/event-stream"]["example"].as_str().unwrap();
    assert_eq!(events.matches("data: ").count(), 2);
}

/// The statuses that an operation may fail with.
fn failures(document: &Value, method: &str, path: &str) -> Vec<u16> {
    let responses = document["paths"][path][method]["responses"].as_object().unwrap();
    let statuses = responses.keys().map(|status| status.parse().unwrap());
    statuses.filter(|status| *status >= 400).collect()
}

#[test]
fn operators_are_told_the_errors_that_their_operations_have() {
    let document = document();
    let table: [(&str, &str, &[u16]); 11] = [
        ("get", "/admin/api/me", &[400, 401, 403, 404, 500, 503]),
        (
            "post",
            "/admin/api/users",
            &[400, 401, 403, 404, 408, 409, 413, 415, 500, 503],
        ),
        (
            "patch",
            "/admin/api/users/{id}",
            &[400, 401, 403, 404, 408, 413, 415, 500, 503],
        ),
        ("delete", "/admin/api/users/{id}", &[400, 401, 403, 404, 500, 503]),
        (
            "post",
            "/admin/api/keys",
            &[400, 401, 403, 404, 408, 413, 415, 500, 503],
        ),
        (
            "patch",
            "/admin/api/keys/{id}",
            &[400, 401, 403, 404, 408, 409, 413, 415, 500, 503],
        ),
        (
            "put",
            "/admin/api/plugins/{name}",
            &[400, 401, 403, 404, 408, 409, 413, 415, 500, 503],
        ),
        (
            "post",
            "/admin/api/plugins/{name}/rollback",
            &[400, 401, 403, 404, 408, 409, 413, 415, 500, 503],
        ),
        ("post", "/admin/api/live/{number}/end", &[400, 401, 403, 404, 500, 503]),
        ("post", "/admin/api/reload", &[400, 401, 403, 404, 500, 503]),
        ("post", "/admin/api/drain", &[400, 401, 403, 404, 500, 503]),
    ];
    for (method, path, expected) in table {
        assert_eq!(failures(&document, method, path), expected, "{method} {path}");
    }
    let drain = &document["paths"]["/admin/api/drain"]["post"];
    assert!(drain["responses"]["202"].is_object());
    let codes = |operation, status| {
        let headers = &response(&document, operation, status)["headers"];
        headers["x-error-code"]["schema"]["examples"].clone()
    };
    let expected = json!(["ROLE_REQUIRED", "HOST_NOT_ALLOWED", "ORIGIN_NOT_ALLOWED"]);
    assert_eq!(codes(drain, "403"), expected);
    let reading = &document["paths"]["/admin/api/me"]["get"];
    assert_eq!(codes(reading, "403"), json!(["HOST_NOT_ALLOWED", "ORIGIN_NOT_ALLOWED"]));
}

#[test]
fn each_dialect_shows_its_own_errors() {
    let document = document();
    let shown = |path: &str, status: &str, code: &str| {
        let operation = &document["paths"][path]["post"];
        let response = response(&document, operation, status);
        let object = &response["content"]["application/json"];
        (
            object["schema"].clone(),
            object["examples"][code]["value"].clone(),
            response["content"].get("text/plain").is_some(),
        )
    };
    let form = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let message = "There is no model `gpt-0`; GET /v1/models lists them.";
    let fault = json!({ "message": message, "type": "invalid_request_error", "param": null, "code": "INVALID_MODEL" });
    assert_eq!(
        shown("/v1/chat/completions", "400", "INVALID_MODEL"),
        (form("OpenAIError"), json!({ "error": fault }), true)
    );
    // Without its header, a client gets OpenAI's object.
    let either = json!({ "anyOf": [form("AnthropicError"), form("OpenAIError")] });
    let fault = json!({ "type": "not_found_error", "message": message });
    assert_eq!(
        shown("/v1/messages", "404", "INVALID_MODEL"),
        (either.clone(), json!({ "type": "error", "error": fault }), true)
    );
    let (schema, written, _) = shown("/v1/messages", "400", "INVALID_MODEL-2");
    assert_eq!((schema, &written["error"]["code"]), (either, &Value::Null));
    let (_, written, _) = shown("/v1/messages", "400", "INVALID_MODEL");
    assert_eq!(written["error"]["code"], "INVALID_MODEL");
    let (schema, written, plain) = shown("/v1beta/models/{model}:generateContent", "404", "INVALID_MODEL");
    assert_eq!((schema, plain), (form("GoogleError"), false));
    assert_eq!(written["error"]["status"], "NOT_FOUND");
    assert_eq!(written["error"]["details"][0]["reason"], "INVALID_MODEL");
    let bare = (form("CohereError"), json!({ "message": message }), false);
    assert_eq!(shown("/v2/rerank", "400", "INVALID_MODEL"), bare);
}

#[test]
fn every_error_response_names_codes_and_shows_each() {
    let document = document();
    let mut known = BTreeSet::new();
    for (path, method, operation) in all(&document) {
        for status in failures(&document, method, path) {
            let response = response(&document, operation, &status.to_string());
            let codes = response["headers"]["x-error-code"]["schema"]["examples"]
                .as_array()
                .unwrap();
            let examples = response["content"]["application/json"]["examples"].as_object().unwrap();
            for code in codes.iter().map(|code| code.as_str().unwrap()) {
                assert!(examples.contains_key(code), "{method} {path}: {code}");
                assert!(
                    response["description"]
                        .as_str()
                        .unwrap()
                        .contains(&format!("`{code}`: "))
                );
                known.insert(code.to_owned());
            }
            let waits = response["headers"]["retry-after"].is_object();
            assert_eq!(waits, matches!(status, 429 | 503), "{method} {path}: {status}");
        }
    }
    // Those of the one table of errors. No operation has a method that its path does not support.
    let table = include_str!("../../error.rs").split('"').skip(1).step_by(2);
    let is_code = |word: &&str| word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let codes: BTreeSet<&str> = table
        .filter(is_code)
        .filter(|code| *code != "METHOD_NOT_ALLOWED")
        .collect();
    assert!(codes.len() > 25, "{codes:?}");
    for code in codes {
        assert!(known.contains(code), "{code}");
    }
}

#[test]
fn a_model_that_there_is_not_has_an_object_of_its_own() {
    let document = document();
    let operation = &document["paths"]["/v1/models/{id}"]["get"];
    let content = &response(&document, operation, "404")["content"];
    let example = &content["application/json"]["examples"]["NOT_FOUND"]["value"];
    assert_eq!(*example, json!({ "error": "Model not found" }));
    assert!(content.get("text/plain").is_none());
}

#[test]
fn the_headers_about_routing_are_described_where_upstreams_answer() {
    let document = document();
    let headers = |path: &str, method: &str| &document["paths"][path][method]["responses"]["200"]["headers"];
    for path in ["/v1/chat/completions", "/v1/messages", "/v1/rerank"] {
        assert!(headers(path, "post")["x-jackfield-model"].is_object(), "{path}");
    }
    assert!(headers("/v1/models", "get").is_null());
}
