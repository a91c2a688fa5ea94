//! What an instance owns on the host's side: its limits, the request, its log allowance.

use std::sync::Arc;

use jackfield_config::PluginLimits;
use wasmtime::Store;
use wasmtime_wasi::{WasiCtxView, WasiView};

use crate::limits::MemoryLimit;
use crate::long_texts::LongTexts;
use crate::wasi::Denied;
use crate::{Censor, Engine, RequestText};

/// The data behind an instance's store.
pub(crate) struct State {
    /// The plugin's name, for the log.
    pub(crate) plugin: Arc<str>,
    /// The request that the call is for; empty for `describe`.
    pub(crate) request: RequestText,
    /// The call has asked for what differs from request to request.
    pub(crate) asked: bool,
    /// This call may have marks instead of long texts.
    pub(crate) takes_marks: bool,
    /// The texts that marks stand for in this call.
    pub(crate) long_texts: Option<LongTexts>,
    /// Takes secrets out of what this call logs.
    pub(crate) censor: Option<Arc<dyn Censor>>,
    /// Lines that this call may still log.
    pub(crate) log_lines_left: u32,
    /// The WASI of a plugin that imports it; none otherwise.
    pub(crate) wasi: Option<Box<Denied>>,
    pub(crate) memory: MemoryLimit,
}

/// A store for one instance.
pub(crate) fn new(engine: &Engine, state: State) -> wasmtime::Result<Store<State>> {
    let mut store = Store::try_new(engine.wasmtime(), state)?;
    store.limiter(|state| &mut state.memory);
    Ok(store)
}

// === impl State ===

impl State {
    pub(crate) fn new(plugin: Arc<str>, limits: &PluginLimits, uses_wasi: bool) -> Self {
        Self {
            plugin,
            request: RequestText::default(),
            asked: false,
            takes_marks: false,
            long_texts: None,
            censor: None,
            log_lines_left: limits.max_log_lines,
            wasi: uses_wasi.then(|| Box::new(Denied::new())),
            memory: MemoryLimit::new(limits.max_memory_bytes),
        }
    }

    /// Whether what the call returns depends on the call and the request's parameters alone. WASI has clocks and chance.
    pub(crate) fn is_repeatable(&self) -> bool {
        !self.asked && self.wasi.is_none()
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        // WASI is linked only into plugins that import it, so for the others this is never called.
        self.wasi.get_or_insert_with(|| Box::new(Denied::new())).view()
    }
}
