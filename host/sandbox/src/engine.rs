//! The compiler and the pool of instance slots, shared by all plugins.

use std::sync::Arc;
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::Component;
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::LoadError;
use crate::compiler::Compiler;
use crate::limits::{CORE_INSTANCES, MEMORIES, TABLE_ELEMENTS, TABLES};
use crate::pace::{Pace, Paces, Threads};

/// Bytes of a slot's memory that stay mapped between instances. Resetting them in place makes no system call; that is
/// many times cheaper than returning the pages to the kernel. Covers the initial memory of a plugin built with the SDK.
/// Copy-on-write images, wasmtime's default, gain nothing on memories of this size.
pub(crate) const KEEP_RESIDENT: usize = 4 << 20;

/// Address space reserved per slot: everything a 32-bit memory can address. How much of it a plugin may use is a limit
/// of its store, so that it can change with the configuration.
const ADDRESSABLE: usize = 1 << 32;

/// Instances that may wait for the next call of their request at once, per core. If as many wait already, that call gets a
/// fresh instance.
const PLACES_PER_CORE: usize = 16;

/// Instances that may be alive at once, per core. Calls are synchronous, so a core runs one at a time. The rest are those
/// that wait for the next call of their request, and the idle ones of plugins with `isolation: shared`, one per plugin
/// and core.
const SLOTS_PER_CORE: u32 = 32 + PLACES_PER_CORE as u32;

/// The shared WebAssembly engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: wasmtime::Engine,
    /// Where slow plugins run.
    threads: Arc<Threads>,
    paces: Arc<Paces>,
    compiler: Arc<Compiler>,
    /// Places in which instances wait for the next call of their request.
    places: Arc<Semaphore>,
}

// === impl Engine ===

impl Engine {
    /// An engine whose instances come from a pool. Where the pool cannot be reserved, such as under `ulimit -v`, this is
    /// logged and memory is allocated per instance instead.
    ///
    /// # Errors
    /// [`LoadError::Engine`] if this machine cannot run WebAssembly at all.
    pub fn new() -> Result<Self, LoadError> {
        Self::with_pool(pool_of_this_machine(), false)
    }

    /// An engine for tools, of which somebody waits for one plugin: it compiles on all cores. What it compiles is what
    /// every other engine would have.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn hurried() -> Result<Self, LoadError> {
        Self::with_pool(pool_of_this_machine(), true)
    }

    pub(crate) fn with_pool(pool: PoolingAllocationConfig, hurries: bool) -> Result<Self, LoadError> {
        let mut config = Config::new();
        config
            .epoch_interruption(true)
            // One thread compiles (`compiler`): with one per core, requests would wait for theirs.
            .parallel_compilation(hurries)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let pooled = wasmtime::Engine::new(&config).or_else(|error| {
            tracing::warn!(
                reason = %error.root_cause(),
                "cannot reserve the pool of plugin instances; memory is allocated per instance, which makes calls slower"
            );
            config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
            wasmtime::Engine::new(&config)
        });
        let inner = pooled.map_err(|error| LoadError::Engine(error.to_string()))?;
        Ok(Self {
            inner,
            threads: Threads::for_this_machine(),
            paces: Arc::default(),
            compiler: Arc::default(),
            places: Arc::new(Semaphore::new(PLACES_PER_CORE * cores())),
        })
    }

    /// Advances the epoch, against which deadlines are measured, by one tick.
    pub(crate) fn tick(&self) {
        self.inner.increment_epoch();
    }

    /// Compiles a component, when it is its turn.
    pub(crate) fn compile(&self, bytes: &[u8]) -> Result<Component, LoadError> {
        self.compiler.compile(&self.inner, bytes)
    }

    /// The pace of the plugin whose file has this hash.
    pub(crate) fn pace(&self, plugin: &str, sha256: &str, uses_wasi: bool) -> Arc<Pace> {
        self.paces.of(plugin, sha256, &self.threads, uses_wasi)
    }

    /// A place for an instance to wait in; `None` if all are taken.
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner
    }
}

fn pool_of_this_machine() -> PoolingAllocationConfig {
    pool(SLOTS_PER_CORE * cores() as u32)
}

/// The cores for which there are instances.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, |cores| cores.get().min(64))
}

/// A pool of this many slots.
fn pool(slots: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    // A component built from Rust has three core modules; those of other languages have more.
    pool.total_component_instances(slots)
        .total_core_instances(slots * 16)
        .total_memories(slots * 2)
        .total_tables(slots * 8)
        .max_core_instances_per_component(CORE_INSTANCES as u32)
        .max_memories_per_component(MEMORIES as u32)
        .max_tables_per_component(TABLES as u32)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(ADDRESSABLE)
        .max_unused_warm_slots(slots)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20);
    pool
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::guest;
    use crate::tests::{load, prepared};

    #[test]
    fn without_room_for_the_pool_plugins_run_all_the_same() {
        // 2^20 memories of 4 GiB do not fit into the 2^47 bytes that a process can address.
        let mut too_large = pool(1);
        too_large.total_memories(1 << 20);
        let engine = Engine::with_pool(too_large, false).unwrap();
        let plugin = load(&engine, guest::COUNTS, |limits| limits);
        assert_eq!(prepared(&plugin), Ok("1".to_owned()));
    }

    #[test]
    fn a_table_has_the_same_limit_with_and_without_the_pool() {
        let mut too_large = pool(1);
        too_large.total_memories(1 << 20);
        let grows = |elements: usize| {
            format!(
                "(if (i32.eq (table.grow $table (ref.null func) (i32.const {elements})) (i32.const -1))
                    (then (global.set $calls (i32.const 7)))) {}",
                guest::COUNTS
            )
        };
        for engine in [Engine::with_pool(too_large, false).unwrap(), Engine::new().unwrap()] {
            for (elements, answer) in [(TABLE_ELEMENTS - 1, "1"), (TABLE_ELEMENTS, "8"), (1 << 26, "8")] {
                let plugin = load(&engine, &grows(elements), |limits| limits);
                assert_eq!(prepared(&plugin), Ok(answer.to_owned()), "{elements}");
            }
        }
    }

    #[test]
    fn what_a_hurried_engine_compiles_is_what_a_gateway_has_in_its_cache() {
        let folder = tempfile::tempdir().unwrap();
        let cache = crate::CodeCache::open(folder.path()).unwrap();
        let (hurried, usual) = (Engine::hurried().unwrap(), Engine::new().unwrap());
        let compiled = hurried.compile(&guest::component(guest::COUNTS)).unwrap();
        cache.store(&hurried, "hash", &compiled);
        assert!(cache.load(&usual, "hash").is_some());
    }
}
