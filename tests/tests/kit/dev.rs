//! `plugin dev`: what an author saves is live, and what does not compile is not.

use std::fs;
use std::time::Instant;

use crate::desk::{Desk, root};

// All tests build into one folder, where a component has its package's name. So each of these packages has its own name.

#[test]
fn what_is_saved_is_live_and_what_does_not_compile_leaves_the_last_version() {
    let desk = Desk::new();
    desk.jackfield(&["plugin", "new", "steady", "--template", "talker"])
        .well();
    fs::copy(root().join("Cargo.lock"), desk.path("steady/Cargo.lock")).unwrap();
    let mut dev = desk.watch("jackfield plugin dev steady --plugins plugins");
    dev.says("live in plugins/steady.wasm");
    dev.says("4 cases passed");
    dev.says("watching steady");
    let first = fs::read(desk.path("plugins/steady.wasm")).unwrap();

    let request = desk.read("steady/src/request.rs");
    desk.write("steady/src/request.rs", request.replace("/talk", "/speak"));
    println!("{}", dev.says("live in plugins/steady.wasm after "));
    dev.says("failed    request/text.json: differs from its snapshot in line 3");
    dev.says("1 of 4 cases failed");
    let second = fs::read(desk.path("plugins/steady.wasm")).unwrap();
    assert!(first != second, "the component is still the first");

    desk.write("steady/src/request.rs", "broken");
    dev.says("not installed: cargo failed to compile steady");
    assert!(
        fs::read(desk.path("plugins/steady.wasm")).unwrap() == second,
        "a broken version was installed"
    );

    desk.write("steady/src/request.rs", request);
    dev.says("4 cases passed");
}

#[test]
fn with_a_gateway_what_is_saved_is_in_force() {
    let desk = Desk::new();
    desk.jackfield(&["plugin", "new", "served", "--template", "talker"])
        .well();
    fs::copy(root().join("Cargo.lock"), desk.path("served/Cargo.lock")).unwrap();
    desk.write(
        "gateway.yaml",
        "server: { auth: off, listen: \"127.0.0.1:0\" }\nplugins: { dir: plugins, cache_dir: cache }\n\
         providers:\n  served: { adapter: served, base_url: \"http://127.0.0.1:9\" }\n\
         models:\n  talker-1: { chain: [{ provider: served, model: talker-1 }] }\n",
    );
    let mut dev = desk.watch("jackfield plugin dev served --config gateway.yaml --serve 1>&2");
    dev.says("jackfield is listening on");
    let request = desk.read("served/src/request.rs");
    let saved = Instant::now();
    desk.write("served/src/request.rs", request.replace("/talk", "/speak"));
    dev.says("new snapshot in force");
    println!("from saving to being in force: {:.1?}", saved.elapsed());
}

#[test]
fn a_folder_for_the_component_must_be_named() {
    let told = Desk::new().jackfield(&["plugin", "dev", "."]).badly();
    assert!(told.contains("--plugins <DIR>"), "{told}");
}
