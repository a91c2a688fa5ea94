//! `plugin check`: what passes, and what does not, for a person and for a program.

use crate::desk::{Desk, component, root, test_component};

#[test]
fn a_shipped_plugin_passes_with_its_cases_and_every_call_is_measured() {
    let desk = Desk::new();
    let cases = root().join("plugins/anthropic/tests/golden").display().to_string();
    let file = component("anthropic");
    let told = desk
        .jackfield(&["plugin", "check", &file, "--cases", &cases, "--format", "json"])
        .well();
    let report: serde_json::Value = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"));
    assert_eq!(report["passed"], true, "{told}");
    let checks = report["checks"].as_array().unwrap();
    let names: Vec<&str> = checks.iter().filter_map(|finding| finding["check"].as_str()).collect();
    let expected = [
        "imports",
        "size",
        "manifest",
        "settings",
        "memory",
        "limits",
        "time",
        "purity",
        "leftovers",
        "damaged replies",
        "damaged streams",
    ];
    assert_eq!(names, expected);
    let calls = report["calls"].as_array().unwrap();
    assert!(calls.len() > 50, "{}", calls.len());
    let is_measured = |call: &serde_json::Value| {
        let number = |name: &str| call[name].as_u64().is_some_and(|number| number > 0);
        number("microseconds") && number("memory_bytes") && number("bytes_out")
    };
    assert!(calls.iter().all(is_measured), "{told}");
    assert!(calls.iter().any(|call| call["function"] == "decode-events"), "{told}");
}

#[test]
fn every_other_shipped_adapter_passes_too() {
    let desk = Desk::new();
    for name in ["echo", "openai"] {
        let cases = root()
            .join(format!("plugins/{name}/tests/golden"))
            .display()
            .to_string();
        let told = desk
            .jackfield(&["plugin", "check", &component(name), "--cases", &cases])
            .well();
        assert!(!told.contains("FAIL"), "{told}");
    }
}

#[test]
fn a_plugin_that_answers_an_error_fails_with_what_to_do() {
    let told = Desk::new()
        .jackfield(&["plugin", "check", &test_component("curious")])
        .badly();
    assert!(told.contains("FAIL  damaged replies   chat with status 400"), "{told}");
    assert!(
        told.contains("-> check the status first: `Failure::from_reply` picks the class"),
        "{told}"
    );
    assert!(
        told.contains("FAIL  damaged streams   chat: cut off before event 0, the stream counts as complete"),
        "{told}"
    );
    assert!(told.contains("failed 2 of 11 checks"), "{told}");
    // It asks for facts, so its answers may differ.
    assert!(told.contains("warn  purity"), "{told}");
}

#[test]
fn what_is_no_plugin_is_refused_with_the_way_out() {
    let desk = Desk::new();
    let told = desk
        .jackfield(&["plugin", "check", &test_component("alien-major")])
        .badly();
    assert!(
        told.contains("rebuild it with the SDK of this host's release"),
        "{told}"
    );
    desk.write("a.wasm", "garbage");
    let told = desk.jackfield(&["plugin", "check", "a.wasm"]).badly();
    assert!(told.contains("a.wasm is not WebAssembly"), "{told}");
}
