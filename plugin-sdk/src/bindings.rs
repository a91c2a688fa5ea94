//! The contract of `wit/`, as wit-bindgen writes it: nothing here is by hand.
#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    clippy::pedantic,
    reason = "generated"
)]

wit_bindgen::generate!({
    path: "../wit",
    world: "adapter-plugin",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "jackfield_plugin_sdk::bindings",
});
