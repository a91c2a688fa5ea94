//! The handler of `SIGBUS`, by which the kernel says that a mapped page has nothing behind it any more.
//!
//! For addresses of a [`Guard`] it puts zeroed memory in the place of the whole mapping, notes the loss, and lets the
//! interrupted access go on, as systemd's journal does (its `sigbus-handler.c`). All others are left to whoever handled
//! the signal before. It uses only what signal-safety(7) allows, and mmap(2), which is a plain system call.

#![allow(
    unsafe_code,
    reason = "signals are not part of the standard library, and a mapping can be replaced only at its own address"
)]

use std::io;
use std::mem;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use libc::{c_int, c_void, siginfo_t};

use super::SIZE;

/// How many mappings can be guarded at once. A node has up to nine per core.
const PLACES: usize = 8192;

/// What is guarded. The handler can neither wait nor allocate, hence a fixed table without a lock.
static GUARDED: [Place; PLACES] = [const { Place::free() }; PLACES];

/// What the process did with the signal before.
static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

/// [`SIZE`] bytes of address space whose loss is survived.
#[derive(Debug)]
pub(super) struct Guard(&'static Place);

#[derive(Debug)]
struct Place {
    /// The first address; 0 if the place is free.
    start: AtomicUsize,
    lost: AtomicBool,
}

// === impl Guard ===

impl Guard {
    /// Guards the mapping that begins at this address. Drop it before the mapping.
    ///
    /// # Errors
    /// If too many are guarded already.
    pub(super) fn over(start: usize) -> io::Result<Self> {
        BEFORE.get_or_init(install);
        let claimed = |place: &&Place| {
            let (free, relaxed) = (0, Ordering::Relaxed);
            place
                .start
                .compare_exchange(free, start, Ordering::AcqRel, relaxed)
                .is_ok()
        };
        let place = GUARDED.iter().find(claimed);
        place
            .map(Self)
            .ok_or_else(|| io::Error::other("too many segments of the journal are open"))
    }

    /// Whether the mapping has been replaced by memory.
    pub(super) fn is_lost(&self) -> bool {
        self.0.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.lost.store(false, Ordering::Relaxed);
        self.0.start.store(0, Ordering::Release);
    }
}

// === impl Place ===

impl Place {
    const fn free() -> Self {
        Self {
            start: AtomicUsize::new(0),
            lost: AtomicBool::new(false),
        }
    }

    fn holds(&self, address: usize) -> bool {
        let start = self.start.load(Ordering::Acquire);
        start != 0 && (start..start + SIZE).contains(&address)
    }

    /// Puts memory in the mapping's place. Returns false if there is none to be had.
    fn replace(&self) -> bool {
        let start: *mut c_void = ptr::with_exposed_provenance_mut(self.start.load(Ordering::Acquire));
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
        // SAFETY: the guard says that these addresses are a mapping of ours, which lives for as long as the guard.
        let mapped = unsafe { libc::mmap(start, SIZE, access, kind, -1, 0) };
        let replaced = mapped == start;
        if replaced {
            self.lost.store(true, Ordering::Relaxed);
        }
        replaced
    }
}

/// Installs the handler. Returns what was there before.
fn install() -> libc::sigaction {
    let handler: extern "C" fn(c_int, *const siginfo_t, *const c_void) = handle;
    // SAFETY: all zeros are a valid value: no handler, no flags, no signals blocked.
    let (mut ours, mut before): (libc::sigaction, libc::sigaction) = unsafe { (mem::zeroed(), mem::zeroed()) };
    ours.sa_sigaction = handler as usize;
    ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
    // SAFETY: both point to values of their type. With a valid signal and valid pointers it cannot fail (sigaction(2)).
    unsafe { libc::sigaction(libc::SIGBUS, &raw const ours, &raw mut before) };
    before
}

extern "C" fn handle(signal: c_int, info: *const siginfo_t, _: *const c_void) {
    // SAFETY: with SA_SIGINFO the kernel passes one. An address is in it if the kernel itself sent the signal.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr().addr()) };
    let guarded = GUARDED.iter().find(|place| place.holds(address));
    // Other codes are about the memory itself, or come from kill(2).
    if code == libc::BUS_ADRERR && guarded.is_some_and(Place::replace) {
        return;
    }
    let sent = code <= 0;
    // SAFETY: as in `install`; zeros are also the default, which is to end the process. An access is repeated on return,
    // and meets the handler from before.
    unsafe {
        let before = BEFORE.get().filter(|_| !sent).copied();
        let before = before.unwrap_or_else(|| mem::zeroed());
        libc::sigaction(signal, &raw const before, ptr::null_mut());
        if sent {
            libc::raise(signal);
        }
    }
}
