//! The edge and the `anthropic` adapter agree: the canonical form that the host makes of a Messages request is the one
//! from which the adapter makes an equal request again, by its own test of the same files.

use std::fs;
use std::path::Path;

use jackfield_dialects::{Operation, all};
use serde_json::Value;

#[test]
fn the_host_makes_the_canonical_requests_that_the_adapter_reads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/anthropic/tests/round_trip");
    let mut dialects = all().into_iter();
    let anthropic = dialects.find(|dialect| dialect.name() == "anthropic-messages").unwrap();
    let mut cases = 0;
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let case: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let request = case["anthropic"].to_string();
        let request = anthropic.parse(Operation::Chat, request.as_bytes()).unwrap();
        let made = anthropic.canonical(&request).unwrap().unwrap();
        let made: Value = serde_json::from_slice(&made).unwrap();
        // Equal whatever the order of members, but printed in full where they are not.
        assert!(
            made == case["canonical"],
            "{}: the host makes\n{made:#}\nand not\n{:#}",
            path.display(),
            case["canonical"]
        );
        cases += 1;
    }
    assert!(cases > 0, "there are no cases");
}
