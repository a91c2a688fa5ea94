//! The trait an adapter implements.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Call, Decoded, Event, Failure, Manifest, Prepared, Reply, Step};

/// A translator between canonical JSON and one kind of upstream.
///
/// It is pure: its results depend only on its arguments. It keeps nothing between calls, because the next call may run
/// in another instance; anything a later call needs belongs in the state.
pub trait Adapter: Sized {
    /// The provider's `settings` in the configuration; `()` if the adapter has none.
    ///
    /// Its JSON Schema becomes part of the manifest, and the host validates the configuration against it. Use
    /// `#[serde(deny_unknown_fields)]`, defaults, and a doc comment on every field.
    type Settings: DeserializeOwned + JsonSchema;

    /// The state carried between the events of a stream; `()` if none is needed.
    ///
    /// The host holds it as JSON between calls, so keep it small.
    type State: Serialize + DeserializeOwned + Default;

    /// Describes the adapter: its name, operations, dialects and credential.
    fn manifest() -> Manifest;

    /// Turns a client's request into an exchange with the upstream, or answers it.
    ///
    /// # Errors
    /// Of class [`Client`](crate::FailureClass::Client) if the upstream has no equivalent of the request.
    fn prepare(call: &Call<Self::Settings>) -> Result<Prepared, Failure>;

    /// Decodes a buffered reply, or a reply of any framing whose status is not 2xx.
    ///
    /// By default, a reply with status 2xx is taken as canonical, and any other becomes a failure through
    /// [`Failure::from_reply`].
    ///
    /// # Errors
    /// If the upstream reports an error, or its reply makes no sense.
    fn decode(call: &Call<Self::Settings>, reply: &Reply) -> Result<Step, Failure> {
        let _ = call;
        if reply.is_success() {
            Ok(Step::Canonical)
        } else {
            Err(Failure::from_reply(reply))
        }
    }

    /// Decodes the events of one network read. At the end of the stream it is called once more, without events.
    ///
    /// The result must not depend on how events are batched. If `last` is set and the upstream's end marker has not
    /// arrived, fail as malformed; otherwise a truncated reply counts as complete.
    ///
    /// # Errors
    /// If the upstream reports an error in the stream, or an event makes no sense.
    fn decode_events(
        call: &Call<Self::Settings>,
        state: &mut Self::State,
        events: &[Event],
        last: bool,
    ) -> Result<Decoded, Failure> {
        let _ = (call, state, events, last);
        Err(Failure::malformed("this adapter does not decode streams"))
    }
}
