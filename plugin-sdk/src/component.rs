//! What the macro exports: an adapter as a component, with panics reported to the host's log.

use std::marker::PhantomData;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::bindings::exports::jackfield::plugin::adapter::Guest;
use crate::bindings::jackfield::plugin::types as wit;
pub use crate::extensions::component::{AttachmentsComponent, HeadComponent};
pub use crate::shaper::component::ShaperComponent;
use crate::{Adapter, boundary, log};

/// Exports an [`Adapter`](crate::Adapter) as the plugin. Call it once, next to the trait's implementation.
///
/// On `wasm32` it exports the component's functions. Natively it does nothing, so that tests link.
#[macro_export]
macro_rules! export_adapter {
    ($adapter:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, reason = "the exports of a component are unsafe by definition")]
        const _: () = {
            type Exported = $crate::component::Component<$adapter>;
            $crate::bindings::export! { Exported with_types_in $crate::bindings }
        };
    };
}

/// Wraps an adapter in the type that the generated code expects.
pub struct Component<A>(PhantomData<A>);

// === impl Component ===

impl<A: Adapter> Guest for Component<A> {
    fn describe() -> Vec<u8> {
        report_panics();
        boundary::describe::<A>()
    }

    fn prepare(call: wit::Call) -> Result<wit::Prepared, wit::Failure> {
        report_panics();
        boundary::prepare::<A>(call)
    }

    fn decode(call: wit::Call, reply: wit::Reply) -> Result<wit::Step, wit::Failure> {
        report_panics();
        boundary::decode::<A>(call, reply)
    }

    fn decode_events(
        call: wit::Call,
        state: Vec<u8>,
        events: Vec<wit::Event>,
        last: bool,
    ) -> Result<wit::Decoded, wit::Failure> {
        report_panics();
        boundary::decode_events::<A>(call, &state, events, last)
    }
}

/// Installs a panic hook, once per instance, that writes to the host's log: the trap that follows says only
/// `unreachable`.
pub(crate) fn report_panics() {
    static DONE: AtomicBool = AtomicBool::new(false);
    if !DONE.swap(true, Ordering::Relaxed) {
        std::panic::set_hook(Box::new(report));
    }
}

#[cold]
fn report(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    match panic.location() {
        Some(place) => log::error(&format!("panicked at {place}: {message}")),
        None => log::error(&format!("panicked: {message}")),
    }
}
