//! The compiler and the pool of instance slots, shared by all plugins, and the clock that ends overruns.

use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::LoadError;

/// How often the epoch advances, and so the grain of a call's deadline.
const TICK: Duration = Duration::from_millis(10);

/// Bytes of a slot's memory that stay mapped between instances. It covers the initial memory of a plugin
/// built with the SDK; wiping it in place is many times cheaper than giving the pages back to the kernel.
const KEEP_RESIDENT: usize = 1 << 20;

/// What a slot reserves of the address space: all that a 32-bit memory can address. How much of it a plugin
/// may use is a limit of its store, so that it can change with the configuration.
const ADDRESSABLE: usize = 1 << 32;

/// Instances that may be alive at once, for each core. Calls are synchronous, so that a core is inside one plugin at
/// a time; beside that, each plugin with `isolation: shared` keeps one instance for each core.
const SLOTS_PER_CORE: u32 = 32;

/// The shared WebAssembly engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: wasmtime::Engine,
    pooling: bool,
}

/// The thread that advances the epoch of an [`Engine`] every 10 ms; it ends when this is dropped.
pub struct Ticker {
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

// === impl Engine ===

impl Engine {
    /// An engine whose instances come from a pool, or, where the address space is too small for one
    /// (containers with a `ulimit -v`), are made on demand.
    ///
    /// # Errors
    /// [`LoadError::Engine`] if this machine cannot run WebAssembly at all.
    pub fn new() -> Result<Self, LoadError> {
        let mut config = Self::config();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
        if let Ok(inner) = wasmtime::Engine::new(&config) {
            return Ok(Self { inner, pooling: true });
        }
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        let inner = wasmtime::Engine::new(&config).map_err(|e| LoadError::Engine(e.to_string()))?;
        Ok(Self { inner, pooling: false })
    }

    fn config() -> Config {
        let mut config = Config::new();
        config.epoch_interruption(true);
        // Copy-on-write images gain nothing below a few megabytes of memory: wiping in place is cheaper
        // than the page faults that follow a remapping.
        config.memory_init_cow(true);
        config
    }

    /// True if instances come from the pool.
    #[must_use]
    pub fn is_pooling(&self) -> bool {
        self.pooling
    }

    /// Advances the epoch by one tick (10 ms of a call's deadline). For [`Ticker`] and for tests.
    pub fn tick(&self) {
        self.inner.increment_epoch();
    }

    /// The ticks after which a call that may take `deadline` has certainly used it up.
    pub(super) fn ticks(deadline: Duration) -> u64 {
        let ticks = deadline.as_nanos().div_ceil(TICK.as_nanos());
        u64::try_from(ticks).unwrap_or(u64::MAX - 1).saturating_add(1)
    }

    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner
    }
}

fn pool() -> PoolingAllocationConfig {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get().min(64) as u32);
    let slots = SLOTS_PER_CORE * cores;
    let mut pool = PoolingAllocationConfig::new();
    // Components of other languages consist of several core modules; a Rust one has three.
    pool.total_component_instances(slots)
        .total_core_instances(slots * 16)
        .total_memories(slots * 2)
        .total_tables(slots * 8)
        .max_core_instances_per_component(64)
        .max_memories_per_component(4)
        .max_tables_per_component(64)
        .max_memory_size(ADDRESSABLE)
        .max_unused_warm_slots(slots)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20);
    pool
}

// === impl Ticker ===

impl Ticker {
    /// Starts the ticking.
    #[must_use]
    pub fn start(engine: &Engine) -> Self {
        let stop = CancellationToken::new();
        let (engine, stopped) = (engine.clone(), stop.clone());
        let thread = thread::spawn(move || {
            while !stopped.is_cancelled() {
                thread::sleep(TICK);
                engine.tick();
            }
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
