//! One call of a plugin: an instance, its deadline, its limits, and what came of it.

use bytes::Bytes;
use std::thread;

use tokio::runtime::{Handle, RuntimeFlavor};
use wasmtime::{Store, Trap};

use super::bindings::AdapterPlugin;
use super::contract::{Answer, Body, Call, Decoded, Event, Failure, Prepared, Reply, Step};
use super::store::{self, State};
use super::wasi::Denied;
use super::{CallError, Engine, Plugin};
use jackfield_config::Isolation;

/// Calls after which a shared instance is retired, so that a leak in a plugin stays small.
const MAX_CALLS: u32 = 10_000;

/// A running plugin.
pub(super) struct Instance {
    store: Store<State>,
    exports: AdapterPlugin,
    calls: u32,
}

/// What a call gives: the plugin's own verdict, or the sandbox's.
pub type CallResult<T> = Result<Result<T, Failure>, CallError>;

// === impl Plugin ===

impl Plugin {
    /// The manifest's bytes.
    pub(super) fn describe(&self) -> Result<Vec<u8>, CallError> {
        self.with_instance(Bytes::new(), |instance| {
            instance
                .exports
                .jackfield_plugin_adapter()
                .call_describe(&mut instance.store)
        })
    }

    /// Turns a request into an exchange or an answer. `body` is what the plugin gets if it asks for it.
    ///
    /// # Errors
    /// [`CallError`] if the sandbox ended the call.
    pub fn prepare(&self, call: Call<'_>, body: Bytes) -> CallResult<Prepared> {
        let result = self.with_instance(body, |instance| {
            instance
                .exports
                .jackfield_plugin_adapter()
                .call_prepare(&mut instance.store, call)
        })?;
        self.checked(result, prepared_size)
    }

    /// Reads a buffered reply.
    ///
    /// # Errors
    /// [`CallError`] if the sandbox ended the call.
    pub fn decode(&self, call: Call<'_>, reply: Reply<'_>) -> CallResult<Step> {
        let result = self.with_instance(Bytes::new(), |instance| {
            instance
                .exports
                .jackfield_plugin_adapter()
                .call_decode(&mut instance.store, call, reply)
        })?;
        self.checked(result, step_size)
    }

    /// Reads all the events of one network read; `last` after the end of the stream.
    ///
    /// # Errors
    /// [`CallError`] if the sandbox ended the call.
    pub fn decode_events(&self, call: Call<'_>, state: &[u8], events: &[Event<'_>], last: bool) -> CallResult<Decoded> {
        let result = self.with_instance(Bytes::new(), |instance| {
            let adapter = instance.exports.jackfield_plugin_adapter();
            adapter.call_decode_events(&mut instance.store, call, state, events, last)
        })?;
        self.checked(result, |decoded| decoded.chunks.len() + decoded.state.len())
    }

    fn checked<T>(&self, result: Result<T, Failure>, size: impl Fn(&T) -> usize) -> CallResult<T> {
        let bytes = match &result {
            Ok(value) => size(value),
            Err(failure) => failure.message.len() + failure.class.len(),
        };
        if bytes > self.limits.max_output_bytes {
            return Err(CallError::Output(self.limits.max_output_bytes));
        }
        Ok(result)
    }

    fn with_instance<T: Send>(
        &self,
        body: Bytes,
        call: impl FnOnce(&mut Instance) -> wasmtime::Result<T> + Send,
    ) -> Result<T, CallError> {
        let on_this_thread = || {
            let mut instance = self.take_instance()?;
            instance.begin(self, body);
            match call(&mut instance) {
                Ok(value) => {
                    self.give_back(instance);
                    Ok(value)
                }
                // After a trap the instance's memory cannot be trusted: it is dropped.
                Err(error) => Err(instance.explain(self, &error)),
            }
        };
        if self.uses_wasi {
            off_the_async_threads(on_this_thread)?
        } else {
            on_this_thread()
        }
    }

    fn take_instance(&self) -> Result<Instance, CallError> {
        if self.limits.isolation == Isolation::Shared {
            let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
            if let Some(instance) = idle {
                return Ok(instance);
            }
        }
        let wasi = self.uses_wasi.then(|| Box::new(Denied::new()));
        let mut store = store::new(&self.engine, &self.name, &self.limits, wasi)?;
        store.set_epoch_deadline(Engine::ticks(self.limits.deadline));
        let exports = match self.pre.instantiate(&mut store) {
            Ok(exports) => exports,
            Err(error) => return Err(explain(&mut store, self, &error, CallError::Instantiate)),
        };
        Ok(Instance {
            store,
            exports,
            calls: 0,
        })
    }

    fn give_back(&self, mut instance: Instance) {
        instance.store.data_mut().log_output();
        instance.calls += 1;
        let shared = self.limits.isolation == Isolation::Shared && !self.uses_wasi;
        if shared && instance.calls < MAX_CALLS {
            instance.store.data_mut().body = Bytes::new();
            if let Ok(mut idle) = self.idle.lock() {
                idle.push(instance);
            }
        }
    }
}

// === impl Instance ===

impl Instance {
    fn begin(&mut self, plugin: &Plugin, body: Bytes) {
        self.store.set_epoch_deadline(Engine::ticks(plugin.limits.deadline));
        let state = self.store.data_mut();
        state.body = body;
        state.log_lines_left = plugin.limits.max_log_lines;
    }

    fn explain(&mut self, plugin: &Plugin, error: &wasmtime::Error) -> CallError {
        explain(&mut self.store, plugin, error, CallError::Trap)
    }
}

fn explain(
    store: &mut Store<State>,
    plugin: &Plugin,
    error: &wasmtime::Error,
    otherwise: fn(String) -> CallError,
) -> CallError {
    store.data_mut().log_output();
    let trap = error.downcast_ref::<Trap>();
    if trap == Some(&Trap::Interrupt) {
        return CallError::Deadline(plugin.limits.deadline);
    }
    if let Some(limit) = store.data().memory_exceeded() {
        return CallError::Memory(limit);
    }
    tracing::debug!(target: "jackfield::plugin", plugin = &*plugin.name, "{error:?}");
    otherwise(error.root_cause().to_string())
}

/// WASI's synchronous functions wait on a runtime of their own, which a thread that runs one already must not do.
fn off_the_async_threads<T: Send>(call: impl FnOnce() -> T + Send) -> Result<T, CallError> {
    let threw = |_| CallError::Trap("its thread ended".to_owned());
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => Ok(tokio::task::block_in_place(call)),
        Ok(_) => thread::scope(|scope| scope.spawn(call).join()).map_err(threw),
        Err(_) => Ok(call()),
    }
}

fn prepared_size(prepared: &Prepared) -> usize {
    match prepared {
        Prepared::Exchange(exchange) => exchange_size(exchange),
        Prepared::Answer(Answer::Whole(bytes) | Answer::Chunks(bytes)) => bytes.len(),
    }
}

fn step_size(step: &Step) -> usize {
    match step {
        Step::Done(bytes) => bytes.len(),
        Step::Canonical => 0,
        Step::Again(exchange) => exchange_size(exchange),
    }
}

fn exchange_size(exchange: &super::contract::Exchange) -> usize {
    let body = match &exchange.request.body {
        Body::Empty | Body::Original => 0,
        Body::Patch(bytes) | Body::Bytes(bytes) => bytes.len(),
    };
    let headers = &exchange.request.headers;
    let headers: usize = headers.iter().map(|h| h.name.len() + h.value.len()).sum();
    body + headers + exchange.request.path.len() + exchange.state.len()
}
