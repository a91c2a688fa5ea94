//! Tests of the arena, run natively and without making it the global allocator.

use std::alloc::{GlobalAlloc, Layout};

use super::Arena;

const BYTES: usize = 1024;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

/// Allocates and fills a block, so that an overlap is detected.
fn filled(arena: &Arena<BYTES>, size: usize, byte: u8) -> *mut u8 {
    // SAFETY: the size is not 0, and the block is at least that long.
    unsafe {
        let block = arena.alloc(layout(size));
        block.write_bytes(byte, size);
        block
    }
}

fn holds(block: *const u8, size: usize, byte: u8) -> bool {
    // SAFETY: the tests pass only live blocks with their own sizes.
    unsafe { std::slice::from_raw_parts(block, size) }
        .iter()
        .all(|found| *found == byte)
}

fn free(arena: &Arena<BYTES>, block: *mut u8, size: usize) {
    // SAFETY: the tests free each block once, with its own size.
    unsafe { arena.dealloc(block, layout(size)) };
}

fn resize(arena: &Arena<BYTES>, block: *mut u8, size: usize, new_size: usize) -> *mut u8 {
    // SAFETY: as for `free`; no new size is 0.
    unsafe { arena.realloc(block, layout(size), new_size) }
}

#[test]
fn blocks_do_not_overlap_and_are_aligned() {
    let arena = Arena::new();
    let first = filled(&arena, 13, 1);
    let second = filled(&arena, 40, 2);
    assert_eq!(second.addr() % 8, 0);
    assert!(holds(first, 13, 1) && holds(second, 40, 2));
    free(&arena, first, 13);
    free(&arena, second, 40);
}

#[test]
fn what_does_not_fit_comes_from_the_standard_allocator() {
    let arena = Arena::new();
    let small = filled(&arena, 16, 1);
    let large = filled(&arena, 10_000, 2);
    assert_eq!(arena.offset_of(small), Some(0));
    assert_eq!(arena.offset_of(large), None);
    let larger = resize(&arena, large, 10_000, 20_000);
    assert!(holds(larger, 10_000, 2));
    free(&arena, larger, 20_000);
    free(&arena, small, 16);
}

#[test]
fn the_newest_block_grows_and_shrinks_in_place() {
    let arena = Arena::new();
    let block = filled(&arena, 16, 7);
    assert_eq!(resize(&arena, block, 16, 500), block);
    assert_eq!(resize(&arena, block, 500, 8), block);
    assert_eq!(arena.mark.get(), 8);
    assert!(holds(block, 8, 7));
    free(&arena, block, 8);
}

#[test]
fn an_older_block_moves_when_it_grows_and_keeps_its_content() {
    let arena = Arena::new();
    let older = filled(&arena, 16, 3);
    let newest = filled(&arena, 16, 4);
    let moved = resize(&arena, older, 16, 64);
    assert_ne!(moved, older);
    assert!(holds(moved, 16, 3) && holds(newest, 16, 4));
    free(&arena, moved, 64);
    free(&arena, newest, 16);
}

#[test]
fn a_block_that_outgrows_the_arena_moves_out_of_it() {
    let arena = Arena::new();
    let block = filled(&arena, 600, 5);
    let moved = resize(&arena, block, 600, 5000);
    assert_eq!(arena.offset_of(moved), None);
    assert!(holds(moved, 600, 5));
    assert_eq!((arena.live.get(), arena.mark.get()), (0, 0));
    free(&arena, moved, 5000);
}

#[test]
fn the_newest_block_is_reused_once_it_is_freed() {
    let arena = Arena::new();
    let kept = filled(&arena, 16, 1);
    let newest = filled(&arena, 16, 2);
    free(&arena, newest, 16);
    assert_eq!(filled(&arena, 16, 3), newest);
    assert!(holds(kept, 16, 1));
}

#[test]
fn the_arena_starts_anew_once_every_block_is_freed() {
    let arena = Arena::new();
    for _ in 0..100 {
        let first = filled(&arena, 200, 1);
        let second = filled(&arena, 300, 2);
        assert_eq!(arena.offset_of(first), Some(0));
        free(&arena, first, 200);
        assert!(holds(second, 300, 2));
        free(&arena, second, 300);
        assert_eq!(arena.mark.get(), 0);
    }
}
