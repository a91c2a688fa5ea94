//! The OpenAPI document: references resolve, and every operation has a response.

use super::*;

#[test]
fn every_schema_reference_resolves() {
    let text = document().to_string();
    let document: Value = serde_json::from_str(&text).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let references: Vec<&str> = text.split("#/components/schemas/").skip(1).collect();
    assert!(!references.is_empty());
    for rest in references {
        let name = rest.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
}

#[test]
fn each_operation_describes_its_response() {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    for path in ["/v1/chat/completions", "/admin/requests", "/metrics"] {
        assert!(paths.contains_key(path), "{path}");
    }
    for operation in paths.values().flat_map(|path| path.as_object().unwrap().values()) {
        assert!(operation["responses"]["200"]["content"].is_object(), "{operation}");
        assert!(operation["summary"].is_string());
    }
}

#[test]
fn operators_are_told_the_members_of_each_reply() {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let theirs = paths.iter().filter(|(path, _)| path.starts_with("/admin"));
    let mut described = 0;
    for (path, operation) in
        theirs.flat_map(|(path, item)| item.as_object().unwrap().values().map(move |of| (path, of)))
    {
        let Some(reply) = operation["responses"]["200"]["content"].get("application/json") else {
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
    let paths = document["paths"].as_object().unwrap();
    let mut ids = std::collections::BTreeSet::new();
    for operation in paths.values().flat_map(|path| path.as_object().unwrap().values()) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{operation}");
        assert!(headings.contains(&&operation["tags"][0]), "{operation}");
    }
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
