//! `plugin test`: cases of every framing, in the sandbox and natively.

use std::fs;

use crate::desk::{Desk, component, root};

/// A recorded stream of the shipped adapter whose upstream has its own protocol: its events as JSON, one per item.
fn events() -> Vec<String> {
    let recorded = root().join("plugins/anthropic/tests/golden/stream/text.sse");
    let text = fs::read_to_string(recorded).unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    data.map(|data| data.trim().to_owned()).collect()
}

fn sse(events: &[String]) -> String {
    let add = |all: String, event: &String| all + "data: " + event + "\n\n";
    events.iter().fold(String::new(), add)
}

/// One message of AWS's event stream (Smithy, "Amazon event stream").
fn message(payload: &str) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        let step = |crc: u32, byte: &u8| {
            let shift = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
            (0..8).fold(crc ^ u32::from(*byte), shift)
        };
        (!bytes.iter().fold(!0, step)).to_be_bytes()
    };
    let length = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
    let prelude = [length(16 + payload.len()), length(0)].concat();
    let head = [&prelude[..], &crc(&prelude)].concat();
    let body = [&head[..], payload.as_bytes()].concat();
    [&body[..], &crc(&body)].concat()
}

#[test]
fn every_shipped_plugin_passes_its_cases_in_the_sandbox() {
    let desk = Desk::new();
    let folders = fs::read_dir(root().join("plugins")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    let plugins: Vec<_> = folders.filter(|folder| folder.join("Cargo.toml").exists()).collect();
    assert!(plugins.len() > 15, "{plugins:?}");
    for folder in plugins {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let folder = folder.to_str().unwrap();
        let said = desk
            .jackfield(&["plugin", "test", folder, "--plugin", &component(name)])
            .well();
        assert!(said.contains("cases passed"), "{name}: {said}");
    }
}

#[test]
fn a_number_keeps_its_digits_through_a_case_and_its_snapshot() {
    let desk = Desk::new();
    let asked = r#"{"body": {"model": "m", "tools": [{"type": "function", "function":
        {"name": "f", "parameters": {"type": "object", "minimum": 1.50}}}], "messages": [{"role": "user", "content": "Hi"}]}}"#;
    desk.write("p/tests/golden/request/a.json", asked);
    desk.jackfield(&["plugin", "test", "p", "--accept", "--plugin", &component("anthropic")])
        .well();
    let shown = desk.read("p/tests/golden/request/a.snap");
    assert!(shown.contains(r#""minimum": 1.50"#), "{shown}");
}

#[test]
fn a_recording_of_any_framing_comes_to_the_same() {
    let desk = Desk::new();
    let events = events();
    desk.write("p/tests/golden/stream/a.sse", sse(&events));
    desk.write("p/tests/golden/stream/b.ndjson", events.join("\n"));
    desk.write(
        "p/tests/golden/stream/c.json-array",
        format!("[{}]", events.join(",\r\n")),
    );
    let messages: Vec<u8> = events.iter().flat_map(|event| message(event)).collect();
    desk.write("p/tests/golden/stream/d.aws-event-stream", messages);
    let asked = r#"{"body": {"model": "m", "stream": true, "messages": [{"role": "user", "content": "Hi"}]}}"#;
    desk.write("p/tests/golden/stream/e.json", asked);
    desk.write("p/tests/golden/stream/e.stream", sse(&events));
    let test =
        |more: &[&str]| desk.jackfield(&[&["plugin", "test", "p", "--plugin", &component("anthropic")], more].concat());

    let said = test(&[]).badly();
    assert!(
        said.contains("5 of 5 cases failed; if the new outcomes are right, accept them with --accept"),
        "{said}"
    );
    let said = test(&["--accept"]).well();
    assert!(said.contains("accepted  stream/d.aws-event-stream"), "{said}");
    let accepted = desk.read("p/tests/golden/stream/a.snap");
    assert!(accepted.contains(r#""finish_reason":"stop""#), "{accepted}");
    for name in ["b", "c", "d", "e"] {
        assert_eq!(
            desk.read(&format!("p/tests/golden/stream/{name}.snap")),
            accepted,
            "{name}"
        );
    }
    assert!(test(&[]).well().contains("in the sandbox: 5 cases passed"));
}

#[test]
fn a_stream_that_says_something_else_than_its_reply_in_one_piece_fails() {
    let desk = Desk::new();
    let reply = |text: &str| {
        let usage = r#"{"input_tokens":12,"cache_creation_input_tokens":0,"cache_read_input_tokens":4,"output_tokens":30,"service_tier":"standard"}"#;
        let content = format!(r#"[{{"type":"text","text":"{text}"}}]"#);
        format!(
            r#"{{"reply":{{"body":{{"id":"m","type":"message","role":"assistant","model":"c","content":{content},
                "stop_reason":"end_turn","usage":{usage}}}}}}}"#
        )
    };
    let sse = String::from(": {\"whole\": \"text\"}\n\n") + &sse(&events());
    desk.write("p/tests/golden/stream/text.sse", sse);
    let test = || desk.jackfield(&["plugin", "test", "p", "--accept", "--plugin", &component("anthropic")]);

    desk.write("p/tests/golden/response/text.json", reply("Goodbye"));
    let told = test().badly();
    assert!(
        told.contains("put together, the stream's `choices` differ from those of response/text.json"),
        "{told}"
    );
    desk.write("p/tests/golden/response/text.json", reply("Hello"));
    test().well();
}

#[test]
fn an_extension_that_contradicts_the_exchange_is_a_fault_of_the_case() {
    let desk = Desk::new();
    desk.write("p/tests/golden/stream/a.ndjson", events().join("\n"));
    let asked = r#"{"body": {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}}"#;
    desk.write("p/tests/golden/stream/a.json", asked);
    let told = desk
        .jackfield(&["plugin", "test", "p", "--plugin", &component("anthropic")])
        .badly();
    assert!(
        told.contains("contradict each other: the exchange asks for `sse`"),
        "{told}"
    );
}

#[test]
fn only_a_folder_without_cases_has_none() {
    let desk = Desk::new();
    let test = || desk.jackfield(&["plugin", "test", "p", "--plugin", &component("echo")]);
    desk.write("p/README.md", "");
    let told = test().badly();
    assert!(
        told.contains("p/tests/golden: no cases; add one, such as request/text.json"),
        "{told}"
    );
    desk.write("p/tests/golden/request/broken.json", "{");
    let told = test().badly();
    assert!(told.contains("request/broken.json: is not a valid case"), "{told}");
    assert!(!told.contains("no cases"), "{told}");
}
