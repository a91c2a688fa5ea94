//! Adapter that traps as soon as the host asks for its manifest: it must not become part of a snapshot.

use jackfield_plugin_sdk::{Adapter, Call, Failure, Manifest, Prepared, export_adapter};

/// The adapter.
pub struct TrappingDescribe;

export_adapter!(TrappingDescribe);

// === impl TrappingDescribe ===

impl Adapter for TrappingDescribe {
    type Settings = ();
    type State = ();

    #[expect(clippy::panic, reason = "it is what this plugin is for")]
    fn manifest() -> Manifest {
        panic!("hostile describe")
    }

    fn prepare(_call: &Call<()>) -> Result<Prepared, Failure> {
        Err(Failure::refused("nobody gets this far"))
    }
}
