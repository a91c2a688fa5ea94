//! The host's side of the contract, generated from `wit/`.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "generated from wit/world.wit, where every item is documented"
)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "adapter-plugin",
    ownership: Borrowing { duplicate_if_necessary: false },
});
