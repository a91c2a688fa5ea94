//! The instances of one plugin: a fresh one per request, or kept for the next one under `isolation: shared`.

mod place;

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use jackfield_config::{Isolation, PluginLimits};
use tokio::runtime::{Handle, RuntimeFlavor};
use wasmtime::{Store, Trap};

use crate::contract::Failure;
use crate::engine::KEEP_RESIDENT;
use crate::error::CallResult;
use crate::store::{self, State};
use crate::tally::Strains;
use crate::ticker::ticks;
use crate::worlds::World;
use crate::{CallError, Censor, Engine, RequestText};

pub(crate) use self::place::Place;

/// Calls after which a shared instance is retired, so that a plugin's memory leak stays small.
const MAX_CALLS: u32 = 10_000;

/// Makes a plugin's instances and runs calls in them.
pub(crate) struct Instances<W: World> {
    plugin: Arc<str>,
    engine: Engine,
    /// The code; `None` of a plugin at rest.
    pre: Option<W::Pre>,
    uses_wasi: bool,
    limits: PluginLimits,
    /// Instances that wait for their next call; stays empty without `isolation: shared`.
    idle: Arc<Mutex<Vec<Instance<W>>>>,
    /// What calls have needed, under whatever name and limits.
    strains: Arc<Strains>,
    censor: Option<Arc<dyn Censor>>,
}

/// An instance and what it exports.
struct Instance<W: World> {
    store: Store<State>,
    exports: W::Exports,
    calls: u32,
}

// === impl Instances ===

impl<W: World> Instances<W> {
    /// Instances of the plugin with this name.
    pub(crate) fn new(engine: &Engine, pre: W::Pre, uses_wasi: bool, plugin: &str, limits: PluginLimits) -> Self {
        Self {
            plugin: Arc::from(plugin),
            engine: engine.clone(),
            pre: Some(pre),
            uses_wasi,
            limits,
            idle: Arc::default(),
            strains: Arc::default(),
            censor: None,
        }
    }

    /// The same plugin under another name and other limits, without the instances made under the old ones.
    pub(crate) fn renamed(&self, plugin: &str, limits: PluginLimits) -> Self {
        Self {
            plugin: Arc::from(plugin),
            limits,
            idle: Arc::default(),
            ..self.same()
        }
    }

    /// The same plugin without its code.
    pub(crate) fn at_rest(&self) -> Self {
        Self {
            pre: None,
            idle: Arc::default(),
            ..self.same()
        }
    }

    /// The code; `None` of a plugin at rest.
    pub(crate) fn pre(&self) -> Option<&W::Pre> {
        self.pre.as_ref()
    }

    /// The same instances, whose log lines pass `censor`.
    pub(crate) fn censored_by(&self, censor: Arc<dyn Censor>) -> Self {
        Self {
            censor: Some(censor),
            ..self.same()
        }
    }

    fn same(&self) -> Self {
        Self {
            plugin: Arc::clone(&self.plugin),
            engine: self.engine.clone(),
            pre: self.pre.clone(),
            uses_wasi: self.uses_wasi,
            limits: self.limits,
            idle: Arc::clone(&self.idle),
            strains: Arc::clone(&self.strains),
            censor: None,
        }
    }

    /// Runs one call of up to `deadline` in an instance. `request` is what the plugin gets if it asks the host for it. The
    /// instance may be the one that has waited in `place`, and may wait there afterwards. If an instance that has served
    /// other calls runs out of memory, the call is run once more in a fresh one: the memory may be full of what earlier
    /// calls left behind.
    ///
    /// # Errors
    /// If the instance could not be made, or the call trapped or exceeded a limit. The instance is then dropped, because
    /// its memory cannot be trusted.
    pub(crate) fn call<T: Send>(
        &self,
        request: &RequestText,
        place: Option<&Place<W>>,
        deadline: Duration,
        call: impl Fn(&W::Exports, &mut Store<State>) -> wasmtime::Result<T> + Sync,
    ) -> Result<T, CallError> {
        let on_this_thread = || {
            if let Some(used) = place.and_then(Place::take).or_else(|| self.take_idle()) {
                match self.call_in(used, request, place, deadline, &call) {
                    Err(CallError::Memory(_)) => {}
                    outcome => return outcome,
                }
            }
            self.call_in(self.fresh()?, request, place, deadline, &call)
        };
        let outcome = if self.uses_wasi {
            off_the_async_threads(on_this_thread).flatten()
        } else {
            on_this_thread()
        };
        outcome.inspect_err(|error| self.strains.failed(error))
    }

    /// The result of a call, unless it is larger than the plugin may return.
    pub(crate) fn within_limit<T>(&self, result: Result<T, Failure>, size: impl Fn(&T) -> usize) -> CallResult<T> {
        let bytes = match &result {
            Ok(value) => size(value),
            Err(failure) => failure.message.len() + failure.class.len() + failure.detail.len(),
        };
        if bytes > self.limits.max_output_bytes {
            return Err(self.too_large());
        }
        Ok(result)
    }

    /// The error of a result that is larger than the plugin may return; it is counted.
    pub(crate) fn too_large(&self) -> CallError {
        let error = CallError::Output(self.limits.max_output_bytes);
        self.strains.failed(&error);
        error
    }

    /// What calls have needed so far.
    pub(crate) fn strains(&self) -> &Strains {
        &self.strains
    }

    fn call_in<T>(
        &self,
        mut instance: Instance<W>,
        request: &RequestText,
        place: Option<&Place<W>>,
        deadline: Duration,
        call: impl Fn(&W::Exports, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        instance.begin(&self.limits, deadline, request.clone());
        instance.store.data_mut().censor.clone_from(&self.censor);
        let Instance { store, exports, .. } = &mut instance;
        let outcome = call(exports, store);
        self.strains.used(store.data().memory.used_bytes());
        match outcome {
            Ok(value) => {
                self.put_back(instance, place);
                Ok(value)
            }
            Err(error) => Err(self.explain(store, &error, deadline, CallError::Trap)),
        }
    }

    /// Whether instances are kept.
    fn keeps_instances(&self) -> bool {
        self.limits.isolation == Isolation::Shared
    }

    fn take_idle(&self) -> Option<Instance<W>> {
        if self.keeps_instances() {
            return self.idle.lock().ok()?.pop();
        }
        None
    }

    fn fresh(&self) -> Result<Instance<W>, CallError> {
        let at_rest = || CallError::Instantiate("it is at rest, because nothing names it".to_owned());
        let pre = self.pre.as_ref().ok_or_else(at_rest)?;
        let state = State::new(Arc::clone(&self.plugin), &self.limits, self.uses_wasi);
        let mut store = store::new(&self.engine, state).map_err(|error| CallError::Instantiate(error.to_string()))?;
        store.set_epoch_deadline(ticks(self.limits.deadline));
        let exports = match W::instantiate(pre, &mut store) {
            Ok(exports) => exports,
            Err(error) => return Err(self.explain(&mut store, &error, self.limits.deadline, CallError::Instantiate)),
        };
        store.data_mut().memory.begin();
        Ok(Instance {
            store,
            exports,
            calls: 0,
        })
    }

    /// Keeps the instance for the next call, unless it is worn out.
    fn put_back(&self, mut instance: Instance<W>, place: Option<&Place<W>>) {
        instance.store.data_mut().log_output();
        instance.calls += 1;
        let worn_out = instance.calls >= MAX_CALLS
            || instance.store.data().memory.is_tight()
            || instance.store.data().output_is_full();
        if worn_out {
            return;
        }
        instance.store.data_mut().request = RequestText::default();
        if self.keeps_instances() {
            if let Ok(mut idle) = self.idle.lock() {
                idle.push(instance);
            }
        } else if let Some(place) = place
            && instance.store.data().memory.used_bytes() <= KEEP_RESIDENT
            && let Some(counted) = self.engine.place()
        {
            place.park(instance, counted);
        }
    }

    /// Why a call failed: the limit that it hit, or `otherwise` with the innermost reason.
    fn explain(
        &self,
        store: &mut Store<State>,
        error: &wasmtime::Error,
        deadline: Duration,
        otherwise: fn(String) -> CallError,
    ) -> CallError {
        store.data_mut().log_output();
        if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
            return CallError::Deadline(deadline);
        }
        if let Some(limit) = store.data().memory.exceeded() {
            return CallError::Memory(limit);
        }
        tracing::debug!(target: "jackfield::plugin", plugin = &*self.plugin, "{error:?}");
        otherwise(error.root_cause().to_string())
    }
}

// === impl Instance ===

impl<W: World> Instance<W> {
    fn begin(&mut self, limits: &PluginLimits, deadline: Duration, request: RequestText) {
        self.store.set_epoch_deadline(ticks(deadline));
        let state = self.store.data_mut();
        state.request = request;
        state.asked = false;
        state.takes_marks = false;
        state.long_texts = None;
        state.log_lines_left = limits.max_log_lines;
    }
}

/// Runs a call whose WASI functions block on a runtime of their own, which panics on a thread that drives one already.
fn off_the_async_threads<T: Send>(call: impl FnOnce() -> T + Send) -> Result<T, CallError> {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => Ok(tokio::task::block_in_place(call)),
        Ok(_) => thread::scope(|scope| scope.spawn(call).join())
            .map_err(|_| CallError::Trap("the host's thread for the call panicked".to_owned())),
        Err(_) => Ok(call()),
    }
}
