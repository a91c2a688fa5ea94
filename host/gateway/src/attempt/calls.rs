//! The calls of an adapter for one request. Each runs where the plugin's pace says: here, or on a thread for slow ones.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jackfield_sandbox::contract::{self, Call, Decoded, Header, Step};
use jackfield_sandbox::{Begun, CallError, Made, Paced, Parking, Repeatable, RequestText, Turn};

use super::adapter::{Adapter, Task};
use crate::memo::Key;
use crate::upstream::framing::Event;

/// What a call returns: the plugin's own result, which may be a failure, or the sandbox's error.
pub(super) type Outcome<T> = Result<Result<T, contract::Failure>, CallError>;

/// What the calls of one attempt have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calls<'a> {
    pub(super) adapter: &'a Arc<Adapter>,
    pub(super) task: Task,
    /// The upstream's name for the model.
    pub(super) model: &'a str,
    pub(super) request: &'a RequestText,
    /// Whose request it is, if anyone must say who they are.
    pub(super) user: Option<&'a Arc<str>>,
}

/// The same, owned: for calls on other threads, and for those of a stream.
#[derive(Debug, Clone)]
pub(super) struct OwnedCalls {
    adapter: Arc<Adapter>,
    task: Task,
    model: Arc<str>,
    request: RequestText,
    user: Option<Arc<str>>,
}

/// A buffered reply, as the plugin sees it.
#[derive(Debug, Clone)]
pub(super) struct SeenReply {
    pub(super) status: u16,
    pub(super) headers: Vec<Header>,
    pub(super) body: Bytes,
    pub(super) state: Vec<u8>,
}

// === impl Calls ===

impl<'a> Calls<'a> {
    /// All that `prepare` depends on.
    pub(super) fn key(self) -> Key<'a> {
        Key {
            name: &self.adapter.provider,
            settings: &self.adapter.settings,
            operation: self.task.operation.as_str(),
            dialect: self.task.dialect,
            stream: self.task.stream,
            model: self.model,
            // No adapter knows callers.
            caller: [""; 2],
            parameters: &self.request.parameters,
        }
    }

    /// Turns the request into an exchange or an answer, and says whether it would do the same for another request with
    /// the same parameters. The instance may wait in `parking`.
    pub(super) fn prepare(self, parking: &Parking) -> Paced<Result<Repeatable<Made>, CallError>> {
        let away = || {
            let calls = self.to_owned();
            move || calls.as_calls().prepare_now(&Parking::default())
        };
        let here = || self.prepare_now(parking);
        self.adapter.plugin.pace.run(Turn::first(self.user()), here, away)
    }

    /// Asks which URLs the adapter wants fetched.
    pub(super) fn list_attachments(self) -> Paced<Outcome<Vec<String>>> {
        let here = || self.adapter.plugin.list_attachments(&self.call(), self.request);
        let away = || {
            let calls = self.to_owned();
            move || {
                calls
                    .adapter
                    .plugin
                    .list_attachments(&calls.as_calls().call(), &calls.request)
            }
        };
        self.adapter.plugin.pace.run(Turn::first(self.user()), here, away)
    }

    /// Gives the adapter the head of a streamed reply.
    pub(super) fn read_head(self, reply: &SeenReply) -> Paced<Outcome<Begun>> {
        let away = || {
            let (calls, reply) = (self.to_owned(), reply.clone());
            move || calls.as_calls().read_head_now(&reply)
        };
        let turn = Turn::later(self.user());
        self.adapter.plugin.pace.run(turn, || self.read_head_now(reply), away)
    }

    /// Decodes a buffered reply, in the instance that waits in `parking` if there is one.
    pub(super) fn decode(self, reply: &SeenReply, parking: &Parking) -> Paced<Outcome<Step>> {
        let away = || {
            let (calls, reply) = (self.to_owned(), reply.clone());
            move || calls.as_calls().decode_now(&reply, &Parking::default())
        };
        let here = || self.decode_now(reply, parking);
        self.adapter.plugin.pace.run(Turn::later(self.user()), here, away)
    }

    /// Decodes events of one read, within this time. `last` is true once, after the end of the stream.
    pub(super) fn decode_events(
        self,
        state: &[u8],
        events: &[Event],
        last: bool,
        within: Duration,
    ) -> Paced<Outcome<Decoded>> {
        let here = || self.decode_events_now(state, events, last, within);
        let away = || {
            let (calls, state, events) = (self.to_owned(), state.to_vec(), events.to_vec());
            move || calls.as_calls().decode_events_now(&state, &events, last, within)
        };
        self.adapter.plugin.pace.run(Turn::later(self.user()), here, away)
    }

    fn prepare_now(self, parking: &Parking) -> Result<Repeatable<Made>, CallError> {
        let plugin = &self.adapter.plugin;
        plugin.prepare_repeatably(&self.call(), self.request, parking)
    }

    fn decode_now(self, reply: &SeenReply, parking: &Parking) -> Outcome<Step> {
        let headers: Vec<_> = reply.headers.iter().collect();
        let plugin = &self.adapter.plugin;
        plugin.decode(&self.call(), self.request, &reply.as_reply(&headers), parking)
    }

    fn read_head_now(self, reply: &SeenReply) -> Outcome<Begun> {
        let headers: Vec<_> = reply.headers.iter().collect();
        self.adapter
            .plugin
            .read_head(&self.call(), self.request, &reply.as_reply(&headers))
    }

    fn decode_events_now(self, state: &[u8], events: &[Event], last: bool, within: Duration) -> Outcome<Decoded> {
        let names: Vec<_> = events.iter().map(Event::name).collect();
        let events: Vec<contract::Event<'_>> = std::iter::zip(&names, events)
            .map(|(name, event)| contract::Event {
                name,
                data: &event.data,
            })
            .collect();
        let plugin = &self.adapter.plugin;
        plugin.decode_events(&self.call(), self.request, state, &events, last, within)
    }

    /// The context that the plugin gets with each call.
    fn call(&self) -> Call<'_> {
        Call {
            operation: self.task.operation.as_str(),
            dialect: self.task.dialect,
            model: self.model,
            stream: self.task.stream,
            settings: &self.adapter.settings,
        }
    }

    fn user(&self) -> Option<&str> {
        self.user.map(|user| &**user)
    }

    pub(super) fn to_owned(self) -> OwnedCalls {
        OwnedCalls {
            adapter: Arc::clone(self.adapter),
            task: self.task,
            model: self.model.into(),
            request: self.request.clone(),
            user: self.user.cloned(),
        }
    }
}

// === impl SeenReply ===

impl SeenReply {
    fn as_reply<'a>(&'a self, headers: &'a [&'a Header]) -> contract::Reply<'a> {
        contract::Reply {
            status: self.status,
            headers,
            body: &self.body,
            state: &self.state,
            more: &[],
        }
    }
}

// === impl OwnedCalls ===

impl OwnedCalls {
    pub(super) fn as_calls(&self) -> Calls<'_> {
        Calls {
            adapter: &self.adapter,
            task: self.task,
            model: &self.model,
            request: &self.request,
            user: self.user.as_ref(),
        }
    }
}
