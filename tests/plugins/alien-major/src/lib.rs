//! Adapter of another major version of the contract: the host must name both versions and the way out.

mod bindings;

use bindings::exports::jackfield::plugin::adapter::Guest;

/// The adapter.
pub struct AlienMajor;

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "the exports of a component are unsafe by their form")]
const _: () = {
    bindings::export!(AlienMajor with_types_in bindings);
};

// === impl AlienMajor ===

impl Guest for AlienMajor {
    fn describe() -> Vec<u8> {
        let version = env!("CARGO_PKG_VERSION");
        format!(r#"{{"name":"alien-major","version":"{version}","operations":["chat"]}}"#).into_bytes()
    }
}
