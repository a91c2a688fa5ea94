//! What one instance owns on the host's side: its limits, the request's body, its log lines.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime::{ResourceLimiter, Store, StoreLimits, StoreLimitsBuilder};

use super::wasi::Denied;
use super::{CallError, Engine};
use jackfield_config::PluginLimits;

/// The data behind an instance's store.
pub(super) struct State {
    /// The plugin's name, for the log.
    pub(super) plugin: Arc<str>,
    /// The client's request body; empty outside `prepare`.
    pub(super) body: Bytes,
    /// Lines that this call may still write to the log.
    pub(super) log_lines_left: u32,
    /// The empty world of a plugin that imports WASI.
    pub(super) wasi: Option<Box<Denied>>,
    memory: MemoryLimit,
}

/// Refuses growth beyond the limit and remembers that it did, so that the trap can be named.
struct MemoryLimit {
    limits: StoreLimits,
    max_bytes: usize,
    exceeded: bool,
}

/// A store for one instance.
pub(super) fn new(
    engine: &Engine,
    plugin: &Arc<str>,
    limits: &PluginLimits,
    wasi: Option<Box<Denied>>,
) -> Result<Store<State>, CallError> {
    let memory = MemoryLimit {
        limits: StoreLimitsBuilder::new()
            .memory_size(limits.max_memory_bytes)
            .trap_on_grow_failure(false)
            .build(),
        max_bytes: limits.max_memory_bytes,
        exceeded: false,
    };
    let state = State {
        plugin: Arc::clone(plugin),
        body: Bytes::new(),
        log_lines_left: limits.max_log_lines,
        wasi,
        memory,
    };
    let mut store =
        Store::try_new(engine.wasmtime(), state).map_err(|error| CallError::Instantiate(error.to_string()))?;
    store.limiter(|state| &mut state.memory);
    Ok(store)
}

// === impl State ===

impl State {
    /// The memory limit, if the plugin ran into it.
    pub(super) fn memory_exceeded(&self) -> Option<usize> {
        self.memory.exceeded.then_some(self.memory.max_bytes)
    }
}

// === impl MemoryLimit ===

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let granted = self.limits.memory_growing(current, desired, maximum)?;
        self.exceeded |= !granted;
        Ok(granted)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.limits.table_growing(current, desired, maximum)
    }
}
