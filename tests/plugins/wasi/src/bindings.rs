//! The contract and WASI, as wit-bindgen writes them: nothing here is by hand.
#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    clippy::pedantic,
    reason = "generated"
)]

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "jackfield:wasi-guest/guest",
    generate_all,
});
