//! `plugin dev`: what is there when an author begins is built, installed and tested.

use std::fs;

use crate::desk::{Desk, root};

#[test]
fn a_plugin_is_built_installed_and_tested_before_the_first_change() {
    let desk = Desk::new();
    desk.jackfield(&["plugin", "new", "talker", "--template", "talker"])
        .well();
    fs::copy(root().join("Cargo.lock"), desk.path("talker/Cargo.lock")).unwrap();
    let mut dev = desk.watch("jackfield plugin dev talker --plugins plugins");
    dev.says("live in plugins/talker.wasm");
    dev.says("4 cases passed");
    dev.says("watching talker");
    assert!(fs::read(desk.path("plugins/talker.wasm")).is_ok());
}

#[test]
fn with_a_gateway_the_plugin_is_served() {
    let desk = Desk::new();
    desk.jackfield(&["plugin", "new", "talker", "--template", "talker"])
        .well();
    fs::copy(root().join("Cargo.lock"), desk.path("talker/Cargo.lock")).unwrap();
    desk.write(
        "gateway.yaml",
        "server: { auth: off, listen: \"127.0.0.1:0\" }\nplugins: { dir: plugins, cache_dir: cache }\n\
         providers:\n  talker: { adapter: talker, base_url: \"http://127.0.0.1:9\" }\n\
         models:\n  talker-1: { chain: [{ provider: talker, model: talker-1 }] }\n",
    );
    let mut dev = desk.watch("jackfield plugin dev talker --config gateway.yaml --serve 1>&2");
    dev.says("jackfield is listening on");
}

#[test]
fn a_folder_for_the_component_must_be_named() {
    let told = Desk::new().jackfield(&["plugin", "dev", "."]).badly();
    assert!(told.contains("--plugins <DIR>"), "{told}");
}
