//! An adapter: it turns a client's request into one for its upstream, and the upstream's reply into OpenAI's form.

mod reply;
mod request;
pub mod settings;
pub mod stream;

use jackfield_plugin_sdk::{
    Adapter, Auth, Call, Decoded, Event, Failure, Manifest, Prepared, Reply, Step, export_adapter,
};

use crate::settings::Settings;
use crate::stream::State;

/// The adapter.
pub struct Plugin;

export_adapter!(Plugin);

impl Adapter for Plugin {
    type Settings = Settings;
    type State = State;

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")).auth(Auth::Bearer)
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        request::prepare(call)
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        if reply.is_success() {
            reply::decode(call, reply)
        } else {
            Err(Failure::from_reply(reply))
        }
    }

    fn decode_events(_: &Call<Settings>, state: &mut State, events: &[Event], last: bool) -> Result<Decoded, Failure> {
        let decoded = stream::decode(state, events)?;
        if last && !decoded.done {
            return Err(Failure::malformed("the stream ended before its last event"));
        }
        Ok(decoded)
    }
}
