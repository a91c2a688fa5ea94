//! A shaper from its template: created, tested in the sandbox and natively, built and checked.

use std::fs;

use crate::desk::{Desk, root};

#[test]
fn a_new_shaper_passes_its_tests_and_its_check() {
    let desk = Desk::new();
    desk.jackfield(&["plugin", "new", "quiet", "--kind", "shaper"]).well();
    fs::copy(root().join("Cargo.lock"), desk.path("quiet/Cargo.lock")).unwrap();
    let told = desk.jackfield(&["plugin", "test", "quiet"]).well();
    assert!(told.contains("in the sandbox: 2 cases passed"), "{told}");
    assert!(told.contains("natively: the same 2 outcomes, to the byte"), "{told}");

    desk.jackfield(&["plugin", "build", "quiet", "--out", "plugins"]).well();
    let check = ["plugin", "check", "plugins/quiet.wasm", "--cases", "quiet/tests/golden"];
    let told = desk.jackfield(&check).well();
    assert!(told.contains("2 cases decide the same under every cut"), "{told}");

    desk.write("quiet/tests/golden/request/adapters.json", "{}");
    let told = desk
        .jackfield(&["plugin", "test", "quiet", "--plugin", "plugins/quiet.wasm"])
        .badly();
    assert!(
        told.contains("request/adapters.json: is a case of an adapter, but this is a shaper"),
        "{told}"
    );
}
