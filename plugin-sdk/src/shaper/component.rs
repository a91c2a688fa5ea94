//! What the macro exports: a shaper as a component.

use std::marker::PhantomData;

use super::{Shaper, boundary};
use crate::bindings::jackfield::plugin::types as envelope;
use crate::bindings::shaper::exports::jackfield::plugin::shaper::Guest;
use crate::bindings::shaper::jackfield::plugin::shapes as wit;
use crate::component::report_panics;

/// Exports a [`Shaper`](crate::Shaper) as the plugin. Call it once, next to the trait's implementation.
///
/// On `wasm32` it exports the component's functions. Natively it does nothing, so that tests link.
#[macro_export]
macro_rules! export_shaper {
    ($shaper:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, reason = "the exports of a component are unsafe by definition")]
        const _: () = {
            type Exported = $crate::component::ShaperComponent<$shaper>;
            $crate::bindings::shaper::export_shaper_world! { Exported with_types_in $crate::bindings::shaper }
        };
    };
}

/// Wraps a shaper in the type that the generated code expects.
pub struct ShaperComponent<S>(PhantomData<S>);

// === impl ShaperComponent ===

impl<S: Shaper> Guest for ShaperComponent<S> {
    fn describe() -> Vec<u8> {
        report_panics();
        boundary::describe::<S>()
    }

    fn shape_request(call: wit::Shaping, parts: Vec<wit::Part>) -> Result<wit::Verdict, envelope::Failure> {
        report_panics();
        boundary::shape_request::<S>(call, parts)
    }

    fn shape_reply(
        call: wit::Shaping,
        state: Vec<u8>,
        parts: Vec<wit::Part>,
    ) -> Result<wit::Verdict, envelope::Failure> {
        report_panics();
        boundary::shape_reply::<S>(call, &state, parts)
    }

    fn shape_text(
        call: wit::Shaping,
        state: Vec<u8>,
        fragment: wit::Fragment,
    ) -> Result<wit::Released, envelope::Failure> {
        report_panics();
        boundary::shape_text::<S>(call, &state, fragment)
    }
}
