//! The memory and the tables that one instance may have.

use wasmtime::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};

/// The most elements of a table: what a slot of the pool has room for. Without the pool it would be the plugin's choice.
pub(crate) const TABLE_ELEMENTS: usize = 20_000;

/// The most core instances of a plugin, with or without the pool.
pub(crate) const CORE_INSTANCES: usize = 64;

/// The most tables of a plugin.
pub(crate) const TABLES: usize = 64;

/// The most memories of a plugin.
pub(crate) const MEMORIES: usize = 4;

/// Refuses growth beyond a limit and remembers that it did, so that the trap which usually follows can be named.
pub(crate) struct MemoryLimit {
    limits: StoreLimits,
    max_bytes: usize,
    /// The bytes that the instance has now, in all its memories. Memories never shrink.
    used_bytes: usize,
    /// The bytes that it began with.
    initial_bytes: usize,
    exceeded: bool,
}

// === impl MemoryLimit ===

impl MemoryLimit {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            limits: StoreLimitsBuilder::new()
                .memory_size(max_bytes)
                .table_elements(TABLE_ELEMENTS)
                .instances(2 * CORE_INSTANCES)
                .tables(TABLES)
                .memories(MEMORIES)
                .trap_on_grow_failure(false)
                .build(),
            max_bytes,
            used_bytes: 0,
            initial_bytes: 0,
            exceeded: false,
        }
    }

    /// The limit in bytes, if growth was refused because of it.
    pub(crate) fn exceeded(&self) -> Option<usize> {
        self.exceeded.then_some(self.max_bytes)
    }

    /// The bytes that the instance has now.
    pub(crate) fn used_bytes(&self) -> usize {
        self.used_bytes
    }

    /// Takes what the instance has now for what it begins with.
    pub(crate) fn begin(&mut self) {
        self.initial_bytes = self.used_bytes;
    }

    /// Whether the instance has grown so much that its next call might not find enough memory: beyond half of its limit,
    /// or until growth was refused.
    pub(crate) fn is_tight(&self) -> bool {
        let grown = self.used_bytes > self.initial_bytes;
        self.exceeded || grown && self.used_bytes > self.max_bytes / 2
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let granted = self.limits.memory_growing(current, desired, maximum)?;
        if granted {
            self.used_bytes += desired.saturating_sub(current);
        }
        self.exceeded |= !granted;
        Ok(granted)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.limits.table_growing(current, desired, maximum)
    }

    fn instances(&self) -> usize {
        self.limits.instances()
    }

    fn tables(&self) -> usize {
        self.limits.tables()
    }

    fn memories(&self) -> usize {
        self.limits.memories()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 1 << 16;

    #[test]
    fn memory_grows_up_to_the_limit() {
        let mut limit = MemoryLimit::new(2 * PAGE);
        assert!(limit.memory_growing(PAGE, 2 * PAGE, None).unwrap());
        assert_eq!(limit.exceeded(), None);
    }

    #[test]
    fn growth_beyond_the_limit_is_refused_and_remembered() {
        let mut limit = MemoryLimit::new(2 * PAGE);
        assert!(!limit.memory_growing(2 * PAGE, 3 * PAGE, None).unwrap());
        assert!(limit.memory_growing(PAGE, 2 * PAGE, None).unwrap());
        assert_eq!(limit.exceeded(), Some(2 * PAGE));
    }

    #[test]
    fn tables_grow_up_to_what_the_pool_has_room_for() {
        let mut limit = MemoryLimit::new(2 * PAGE);
        assert!(limit.table_growing(0, TABLE_ELEMENTS, None).unwrap());
        assert!(!limit.table_growing(TABLE_ELEMENTS, TABLE_ELEMENTS + 1, None).unwrap());
        assert_eq!((limit.instances(), limit.tables(), limit.memories()), (128, 64, 4));
    }

    #[test]
    fn memory_is_tight_beyond_half_of_the_limit_or_once_growth_was_refused() {
        let mut limit = MemoryLimit::new(4 * PAGE);
        assert!(limit.memory_growing(0, PAGE, None).unwrap());
        assert!(limit.memory_growing(PAGE, 2 * PAGE, None).unwrap());
        assert!(!limit.is_tight());
        // A second memory counts as well.
        assert!(limit.memory_growing(0, PAGE, None).unwrap());
        assert!(limit.is_tight());
        // What an instance begins with is there in every fresh one too.
        limit.begin();
        assert!(!limit.is_tight());

        let mut limit = MemoryLimit::new(4 * PAGE);
        assert!(!limit.memory_growing(0, 5 * PAGE, None).unwrap());
        assert!(limit.is_tight());
    }
}
