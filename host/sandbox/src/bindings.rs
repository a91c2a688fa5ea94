//! The host's side of the contract, generated from `wit/`, one module a world.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "generated from wit/, where every item is documented"
)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "adapter-plugin",
    ownership: Borrowing { duplicate_if_necessary: false },
});

/// The world of shapers.
pub mod shaper {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "shaper-plugin",
        ownership: Borrowing { duplicate_if_necessary: false },
        with: {
            "jackfield:plugin/types": crate::bindings::jackfield::plugin::types,
            "jackfield:plugin/host": crate::bindings::jackfield::plugin::host,
        },
    });
}

/// The optional interface `head`.
pub mod head {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "adapter-with-head",
        ownership: Borrowing { duplicate_if_necessary: false },
        with: { "jackfield:plugin/types": crate::bindings::jackfield::plugin::types },
    });
}

/// The optional interface `attachments`.
pub mod attachments {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "adapter-with-attachments",
        ownership: Borrowing { duplicate_if_necessary: false },
        with: { "jackfield:plugin/types": crate::bindings::jackfield::plugin::types },
    });
}

/// The optional interface `long-texts`.
pub mod long_texts {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "adapter-with-long-texts",
        ownership: Borrowing { duplicate_if_necessary: false },
    });
}
