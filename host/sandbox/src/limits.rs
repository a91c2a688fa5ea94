//! The memory that one instance may have.

use wasmtime::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};

/// Refuses growth beyond a limit and remembers that it did, so that the trap which usually follows can be named.
pub(crate) struct MemoryLimit {
    limits: StoreLimits,
    max_bytes: usize,
    exceeded: bool,
}

// === impl MemoryLimit ===

impl MemoryLimit {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            limits: StoreLimitsBuilder::new()
                .memory_size(max_bytes)
                .trap_on_grow_failure(false)
                .build(),
            max_bytes,
            exceeded: false,
        }
    }

    /// The limit in bytes, if growth was refused because of it.
    pub(crate) fn exceeded(&self) -> Option<usize> {
        self.exceeded.then_some(self.max_bytes)
    }
}

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
}
