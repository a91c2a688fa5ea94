//! The trait that an adapter implements.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Call, Decoded, Event, Failure, Manifest, Prepared, Reply, Step};

/// A translator between canonical JSON and one kind of upstream.
///
/// It is pure: what it returns depends on its arguments alone, and it keeps nothing between calls, because
/// the next call may come to another instance. What a later call needs goes into the state.
pub trait Adapter: Sized {
    /// The provider's `settings` in the configuration; `()` if there are none.
    ///
    /// Its JSON Schema becomes a part of the manifest, and the host checks the configuration against it: use
    /// `#[serde(deny_unknown_fields)]`, defaults, and a doc comment on every field.
    type Settings: DeserializeOwned + JsonSchema;

    /// What is carried from event to event of a stream; `()` if nothing.
    ///
    /// The host holds it as JSON between calls, so keep it small.
    type State: Serialize + DeserializeOwned + Default;

    /// What the adapter says of itself.
    fn manifest() -> Manifest;

    /// Turns a client's request into an exchange with the upstream, or answers it.
    ///
    /// # Errors
    /// Of class [`Client`](crate::FailureClass::Client) if the request cannot be put into the upstream's words.
    fn prepare(call: &Call<Self::Settings>) -> Result<Prepared, Failure>;

    /// Reads a buffered reply, or a reply of any framing whose status is not 2xx.
    ///
    /// Unless overridden, a reply of status 2xx is canonical as it stands, and every other is a failure by
    /// [`Failure::from_reply`].
    ///
    /// # Errors
    /// If the upstream did not do what was asked, or its reply makes no sense.
    fn decode(call: &Call<Self::Settings>, reply: &Reply) -> Result<Step, Failure> {
        let _ = call;
        if reply.is_success() {
            Ok(Step::Canonical)
        } else {
            Err(Failure::from_reply(reply))
        }
    }

    /// Reads the events of one network read, and at the stream's end is called once more with none.
    ///
    /// How the events are spread over the calls must not matter. With `last`, a stream whose own end mark has
    /// not come must fail as malformed, or a reply that was cut off passes for a whole one.
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
        Err(Failure::malformed("this adapter decodes no streams"))
    }
}
