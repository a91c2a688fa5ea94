//! The clock that ends calls which run for too long.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::Engine;

/// How often the epoch advances, and so the resolution of a call's deadline.
const TICK: Duration = Duration::from_millis(10);

/// The thread that advances the epoch of an [`Engine`] every 10 ms. It ends when this is dropped.
///
/// Without one, no call ever reaches its deadline.
pub struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The number of ticks after which `deadline` has certainly passed: the first may come at once.
pub(crate) fn ticks(deadline: Duration) -> u64 {
    let ticks = deadline.as_nanos().div_ceil(TICK.as_nanos());
    u64::try_from(ticks).unwrap_or(u64::MAX - 1).saturating_add(1)
}

/// Advances the epoch after each wait, until `wait` returns false.
fn tick_while(engine: &Engine, mut wait: impl FnMut() -> bool) {
    while wait() {
        engine.tick();
    }
}

// === impl Ticker ===

impl Ticker {
    /// Starts ticking.
    #[must_use]
    pub fn start(engine: &Engine) -> Self {
        let (stop, stopped) = mpsc::channel();
        let engine = engine.clone();
        let wait = move || stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout);
        Self {
            stop: Some(stop),
            thread: Some(thread::spawn(move || tick_while(&engine, wait))),
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // Hanging up ends the thread's wait at once.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::{Instance, Module, Store, Trap};

    use super::*;

    /// Calls a function of an instance that may run for `deadline`, after this many ticks.
    fn call_after(count: usize, deadline: Duration) -> Result<(), Trap> {
        let engine = Engine::new().unwrap();
        let bytes = wat::parse_str(r#"(module (func (export "f")))"#).unwrap();
        let module = Module::new(engine.wasmtime(), bytes).unwrap();
        let mut store = Store::new(engine.wasmtime(), ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let function = instance.get_typed_func::<(), ()>(&mut store, "f").unwrap();
        store.set_epoch_deadline(ticks(deadline));
        let mut waits = 0..count;
        tick_while(&engine, || waits.next().is_some());
        function
            .call(&mut store, ())
            .map_err(|error| *error.downcast_ref().unwrap())
    }

    #[test]
    fn a_call_ends_at_the_tick_that_certainly_reaches_its_deadline() {
        let deadline = 10 * TICK;
        assert_eq!(call_after(10, deadline), Ok(()));
        assert_eq!(call_after(11, deadline), Err(Trap::Interrupt));
    }

    #[test]
    fn a_deadline_is_rounded_up_to_ticks() {
        assert_eq!(ticks(Duration::from_millis(100)), 11);
        assert_eq!(ticks(Duration::from_millis(91)), 11);
        assert_eq!(ticks(Duration::from_millis(1)), 2);
        assert_eq!(ticks(Duration::MAX), u64::MAX);
    }
}
