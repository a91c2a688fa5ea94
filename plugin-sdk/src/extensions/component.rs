//! What the macros of the optional interfaces export.

use std::marker::PhantomData;

use super::{Attaches, Head, ReadsHead};
use crate::bindings::attachments::exports::jackfield::plugin::attachments::Guest as AttachmentsGuest;
use crate::bindings::head::exports::jackfield::plugin::head::{self, Guest as HeadGuest};
use crate::bindings::jackfield::plugin::types as wit;
use crate::boundary::{read_call, read_state};
use crate::component::report_panics;
use crate::{Failure, Reply};

/// Exports [`ReadsHead`](crate::ReadsHead) of an adapter. On targets other than `wasm32` it does nothing.
#[macro_export]
macro_rules! export_head {
    ($adapter:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, reason = "the exports of a component are unsafe by definition")]
        const _: () = {
            type Exported = $crate::component::HeadComponent<$adapter>;
            $crate::bindings::head::export_head_world! { Exported with_types_in $crate::bindings::head }
        };
    };
}

/// Exports [`Attaches`](crate::Attaches) of an adapter. On targets other than `wasm32` it does nothing.
#[macro_export]
macro_rules! export_attachments {
    ($adapter:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, reason = "the exports of a component are unsafe by definition")]
        const _: () = {
            type Exported = $crate::component::AttachmentsComponent<$adapter>;
            $crate::bindings::attachments::export_attachments_world! {
                Exported with_types_in $crate::bindings::attachments
            }
        };
    };
}

/// Wraps an adapter in the type that the generated code of `head` expects.
pub struct HeadComponent<A>(PhantomData<A>);

/// Wraps an adapter in the type that the generated code of `attachments` expects.
pub struct AttachmentsComponent<A>(PhantomData<A>);

// === impl HeadComponent ===

impl<A: ReadsHead> HeadGuest for HeadComponent<A> {
    fn read_head(call: wit::Call, reply: wit::Reply) -> Result<head::Begun, wit::Failure> {
        report_panics();
        let read = || -> Result<head::Begun, Failure> {
            let call = read_call(call)?;
            let Reply {
                status, headers, state, ..
            } = reply.into();
            let mut state: A::State = read_state(&state)?;
            let begun = A::read_head(&call, &mut state, &Head { status, headers })?;
            Ok(head::Begun {
                state: serde_json::to_vec(&state)?,
                more: begun.notes.to_json(),
            })
        };
        read().map_err(Into::into)
    }
}

// === impl AttachmentsComponent ===

impl<A: Attaches> AttachmentsGuest for AttachmentsComponent<A> {
    fn list_attachments(call: wit::Call) -> Result<Vec<String>, wit::Failure> {
        report_panics();
        read_call(call)
            .and_then(|call| A::list_attachments(&call))
            .map_err(Into::into)
    }
}
