//! Component of another world: it greets, and is no plugin.

mod bindings;

use bindings::exports::other::thing::greeting::Guest;

/// The component.
pub struct Alien;

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "the exports of a component are unsafe by their form")]
const _: () = {
    bindings::export!(Alien with_types_in bindings);
};

// === impl Alien ===

impl Guest for Alien {
    fn greet() -> String {
        "hello from elsewhere".to_owned()
    }
}
