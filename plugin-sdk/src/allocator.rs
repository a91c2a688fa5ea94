//! A plugin's allocator: an arena inside the initial memory, so that a fresh instance makes no system call.
//!
//! Growing a sandbox's memory costs the host more than most calls do, because it changes a mapping on every core. A
//! typical call fits in the arena, so its memory never grows. What does not fit goes to the standard allocator, which
//! grows the memory.
//!
//! The arena is a bump allocator: only the newest block can be reclaimed. Once every block is freed it resets, so that
//! an instance serving many requests does not exhaust it.
#![allow(unsafe_code, reason = "an allocator hands out raw memory")]
#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "natively, only tests use the arena")
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, UnsafeCell};
use std::ptr;

/// The arena's size in bytes. A typical call uses less than a tenth of it.
const ARENA_BYTES: usize = 96 * 1024;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: Arena<ARENA_BYTES> = Arena::new();

/// A region of memory from which blocks are carved one after another.
#[repr(C, align(16))]
struct Arena<const BYTES: usize> {
    memory: UnsafeCell<[u8; BYTES]>,
    /// The offset at which the next block may begin.
    mark: Cell<usize>,
    /// The number of blocks in use.
    live: Cell<usize>,
}

// SAFETY: a plugin has one thread; `wasm32-unknown-unknown` cannot start another.
#[cfg(target_arch = "wasm32")]
unsafe impl<const BYTES: usize> Sync for Arena<BYTES> {}

// === impl Arena ===

impl<const BYTES: usize> Arena<BYTES> {
    const fn new() -> Self {
        Self {
            memory: UnsafeCell::new([0; BYTES]),
            mark: Cell::new(0),
            live: Cell::new(0),
        }
    }

    fn start(&self) -> *mut u8 {
        self.memory.get().cast()
    }

    /// The block's offset in the arena; `None` if it came from the standard allocator.
    fn offset_of(&self, block: *const u8) -> Option<usize> {
        let offset = block.addr().wrapping_sub(self.start().addr());
        (offset < BYTES).then_some(offset)
    }

    /// Carves a block, if there is room.
    fn carve(&self, layout: Layout) -> Option<*mut u8> {
        let start = self.start();
        let here = start.addr() + self.mark.get();
        let offset = here.next_multiple_of(layout.align()) - start.addr();
        let end = offset.checked_add(layout.size()).filter(|end| *end <= BYTES)?;
        self.mark.set(end);
        self.live.set(self.live.get() + 1);
        // SAFETY: `offset <= end <= BYTES`, so the pointer stays in the arena.
        Some(unsafe { start.add(offset) })
    }

    /// Frees a block. Its space is reclaimed if it is the newest, or the last one in use.
    fn release(&self, offset: usize, size: usize) {
        let live = self.live.get() - 1;
        self.live.set(live);
        if live == 0 {
            self.mark.set(0);
        } else if offset + size == self.mark.get() {
            self.mark.set(offset);
        }
    }

    /// Resizes the newest block in place, or shrinks any other; false if neither is possible.
    fn resize_in_place(&self, offset: usize, size: usize, new_size: usize) -> bool {
        if offset + size != self.mark.get() {
            return new_size <= size;
        }
        let end = offset.checked_add(new_size).filter(|end| *end <= BYTES);
        end.inspect(|end| self.mark.set(*end)).is_some()
    }

    /// Moves a block to a larger one.
    ///
    /// # Safety
    /// As for [`GlobalAlloc::realloc`], and `block` must lie in the arena.
    unsafe fn relocate(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller guarantees that the new size is not 0 and does not overflow with this alignment.
        let moved = unsafe { self.alloc(Layout::from_size_align_unchecked(new_size, layout.align())) };
        if !moved.is_null() {
            // SAFETY: both blocks are live, disjoint, and at least this long.
            unsafe {
                ptr::copy_nonoverlapping(block, moved, layout.size().min(new_size));
                self.dealloc(block, layout);
            }
        }
        moved
    }
}

// SAFETY: live blocks do not overlap: the mark moves past each, and back only over a freed block or when no block is
// live. Blocks outside the arena come from, and return to, the standard allocator.
unsafe impl<const BYTES: usize> GlobalAlloc for Arena<BYTES> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.carve(layout) {
            Some(block) => block,
            // SAFETY: the caller upholds the same contract.
            None => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match self.offset_of(block) {
            Some(offset) => self.release(offset, layout.size()),
            // SAFETY: a block from outside the arena came from `System`.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        match self.offset_of(block) {
            Some(offset) if self.resize_in_place(offset, layout.size(), new_size) => block,
            // SAFETY: the caller upholds the contract of `realloc`, and the block lies in the arena.
            Some(_) => unsafe { self.relocate(block, layout, new_size) },
            // SAFETY: a block from outside the arena came from `System`.
            None => unsafe { System.realloc(block, layout, new_size) },
        }
    }
}

#[cfg(test)]
mod tests;
