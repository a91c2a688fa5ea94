//! The allocator of this program.

use std::ffi::c_long;
use std::time::Duration;
use std::{io, thread};

use jackfield_sandbox::lower_priority;
use libmimalloc_sys::mi_option_t;
use mimalloc::MiMalloc;

use crate::start_code;

/// A request makes many allocations of a few hundred bytes. mimalloc (MIT, maintained by Microsoft) serves them faster
/// than the system's allocator: a bare proxy of the same parts reaches 42,400 requests/s instead of 35,300.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How often unused memory is returned to the system.
const INTERVAL: Duration = Duration::from_secs(1);

/// After how many of these intervals the start is over: the files of plugins are read once more soon after it.
const SETTLED: u64 = 3;

/// `mi_option_purge_delay` in mimalloc.h: after how many milliseconds a thread that allocates returns what any thread has freed.
const PURGE_DELAY: mi_option_t = 15;

/// Returns memory that nobody uses to the system, from a thread of its own, for as long as this process lives.
///
/// By itself the allocator has whoever allocates next return all that was freed in the last second. After requests of many
/// megabytes a worker would spend 10 ms with that, and its other requests would wait.
pub(crate) fn return_unused_memory() -> io::Result<()> {
    set_purge_delay(INTERVAL * 60);
    let returning = || {
        lower_priority();
        for interval in 1_u64.. {
            thread::sleep(INTERVAL);
            collect();
            if interval == SETTLED {
                start_code::let_go();
            }
        }
    };
    thread::Builder::new()
        .name("allocator".to_owned())
        .spawn(returning)
        .map(drop)
}

fn set_purge_delay(delay: Duration) {
    let delay = c_long::try_from(delay.as_millis()).unwrap_or(c_long::MAX);
    #[expect(unsafe_code, reason = "declared as foreign code; there is no other way to it")]
    // SAFETY: it takes no pointer, and any thread may call it at any time, by its documentation.
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, delay);
    }
}

fn collect() {
    #[expect(unsafe_code, reason = "declared as foreign code; there is no other way to it")]
    // SAFETY: it takes no pointer, and any thread may call it at any time, by its documentation.
    unsafe {
        libmimalloc_sys::mi_collect(true);
    }
}
