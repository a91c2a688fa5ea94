//! Where the gateway listens and writes: what may not be in one place, and what has to be there.

use super::{check, folder, load_folder, load_text, printed};
use crate::Faults;

#[test]
fn listeners_on_one_port_are_reported() {
    check(LISTENERS);
}

const LISTENERS: &str = r#"
server: { listen: "127.0.0.1:9000" }
metrics: { listen: "127.0.0.1:9000" }
! 2:12: metrics.listen: has the same port as server.listen; choose another port
metrics: { listen: "127.0.0.1:8080" }
! 1:12: metrics.listen: has the same port as server.listen; choose another port
server: { listen: "0.0.0.0:9000", admin: { listen: "127.0.0.1:9000" } }
! 1:44: server.admin.listen: has the same port as server.listen; choose another port
server: { admin: { listen: "[::1]:9000" } }
metrics: { listen: "[::1]:9000" }
! 2:12: metrics.listen: has the same port as server.admin.listen; choose another port
"#;

#[test]
fn listeners_that_the_system_tells_apart_are_no_fault() {
    for text in [
        "{ server: { listen: \"127.0.0.1:0\" }, metrics: { listen: \"127.0.0.1:0\" } }",
        "{ server: { listen: \"127.0.0.1:9000\" }, metrics: { listen: \"127.0.0.2:9000\" } }",
        "{ server: { listen: \"0.0.0.0:9000\" }, metrics: { listen: \"[::1]:9000\" } }",
        "{ server: { listen: \"127.0.0.1:9000\" }, metrics: { listen: \"127.0.0.1:9000\", enabled: false } }",
    ] {
        assert!(load_text(text, &[]).is_ok(), "{text}");
    }
}

#[test]
fn operators_with_one_token_are_reported() {
    check(OPERATORS);
}

const OPERATORS: &str = r"
server: { admin: { tokens: { ada: { token: one, roles: [operate] }, bob: { token: one }, eve: { token: two } } } }
! 1:76: server.admin.tokens.bob.token: is the same token as server.admin.tokens.ada.token; give each operator a token of their own
server: { admin: { token: one, tokens: { ada: { token: one } } } }
! 1:49: server.admin.tokens.ada.token: is the same token as server.admin.token; give each operator a token of their own
";

#[test]
fn a_collector_that_speaks_grpc_has_no_path() {
    check(COLLECTOR);
    let traces = "endpoint: \"http://h:4317/\", protocol: grpc";
    assert!(load_text(&format!("telemetry: {{ traces: {{ {traces} }} }}"), &[]).is_ok());
}

const COLLECTOR: &str = r#"
telemetry: { traces: { endpoint: "http://h:4317/v1/traces", protocol: grpc } }
! 1:24: telemetry.traces.endpoint: has a path, and gRPC has one of its own; write it without one, such as http://127.0.0.1:4317, or write `protocol: http`
"#;

#[test]
fn a_file_of_requests_has_a_name_and_is_not_the_database() {
    check(FILES);
    assert!(
        load_text(
            "{ log: { requests: { file: jackfield.db } }, storage: { url: none } }",
            &[]
        )
        .is_ok()
    );
}

const FILES: &str = r#"
log: { requests: { file: "" } }
! 1:20: log.requests.file: must not be empty; write at least one character
log: { requests: { file: jackfield.db } }
! 1:20: log.requests.file: is the file of the database (storage.url); write another one, such as requests.jsonl
log: { requests: { file: "./b.db" } }
storage: { url: "sqlite:b.db" }
! 1:20: log.requests.file: is the file of the database (storage.url); write another one, such as requests.jsonl
log: { requests: { file: "/b.db" } }
storage: { url: "sqlite:/etc/../b.db" }
! 1:20: log.requests.file: is the file of the database (storage.url); write another one, such as requests.jsonl
"#;

#[test]
fn a_file_of_requests_that_cannot_be_opened_is_reported_where_that_is_asked() {
    let faults = |file: &str| {
        let text = format!("{{ state_dir: state, log: {{ requests: {{ file: {file} }} }} }}");
        let folder = folder(&[("c.yaml", &text)]);
        let fault = load_folder(folder.path()).unwrap().unopenable_file();
        printed(folder.path(), &Faults(fault.into_iter().collect())).replace("config/c.yaml:", "")
    };
    let missing = "1:40: log.requests.file: is in a folder that does not exist; \
                   create the folder, or write another place; a relative one is below state_dir";
    assert_eq!(faults("none/requests.jsonl"), missing);
    let a_folder = "1:40: log.requests.file: is a folder; write the name of a file in it";
    assert_eq!(faults("/"), a_folder);
    // A start creates `state_dir`.
    assert_eq!(faults("requests.jsonl"), "");
}
