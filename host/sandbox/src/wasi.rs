//! WASI for the plugins that import it: everything is present and everything is denied.
//!
//! Toolchains of other languages import WASI whether or not the plugin uses it. There are no files, sockets, environment
//! variables or arguments, both clocks stand still, and random numbers repeat. What is written to stdout and stderr is
//! kept for the log.

use std::time::Duration;

use bytes::Bytes;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::p2::{Pollable, subscribe};
use wasmtime_wasi::{Deterministic, HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// Bytes that a plugin can write to stdout, and to stderr, in any call.
const MAX_OUTPUT: usize = 64 * 1024;

/// Random bytes that a plugin may ask for at once. The host makes them outside the guest's memory, so no limit of the
/// guest applies.
const MAX_RANDOM: u64 = 64 * 1024;

/// The interface with the timers, in the version that wasmtime-wasi 48 links.
const MONOTONIC_CLOCK: &str = "wasi:clocks/monotonic-clock@0.2.12";

/// A WASI context that grants nothing.
pub(crate) struct Denied {
    context: WasiCtx,
    table: ResourceTable,
    stdout: Output,
    stderr: Output,
}

/// What a plugin wrote. Nothing is taken out of a pipe, so it has room for two calls, and is full once that of one is
/// used.
struct Output {
    pipe: MemoryOutputPipe,
    /// How much of it has been read.
    read: usize,
}

/// A clock that stands still at zero.
struct Stopped;

/// A timer that goes off at once. The clock stands still, and a plugin that sleeps would hold a thread beyond its
/// deadline, which is checked only while the plugin computes.
struct Elapsed;

/// Satisfies the imports of WASI 0.2.
pub(crate) fn link<T: WasiView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_sync(linker)?;
    linker.allow_shadowing(true);
    let mut clock = linker.instance(MONOTONIC_CLOCK)?;
    for timer in ["subscribe-instant", "subscribe-duration"] {
        clock.func_wrap(timer, |mut store: StoreContextMut<'_, T>, (_,): (u64,)| {
            let table = store.data_mut().ctx().table;
            let elapsed = table.push(Elapsed)?;
            Ok((subscribe(table, elapsed)?,))
        })?;
    }
    Ok(())
}

// === impl Denied ===

impl Denied {
    pub(crate) fn new() -> Self {
        let (stdout, stderr) = (Output::new(), Output::new());
        let context = WasiCtxBuilder::new()
            .stdout(stdout.pipe.clone())
            .stderr(stderr.pipe.clone())
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .wall_clock(Stopped)
            .monotonic_clock(Stopped)
            .secure_random(Deterministic::new(vec![0]))
            .insecure_random(Deterministic::new(vec![0]))
            .insecure_random_seed(0)
            .max_random_size(MAX_RANDOM)
            .build();
        Self {
            context,
            table: ResourceTable::new(),
            stdout,
            stderr,
        }
    }

    /// What WASI's functions work on.
    pub(crate) fn view(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.context,
            table: &mut self.table,
        }
    }

    /// What was written to stdout since the last time.
    pub(crate) fn stdout(&mut self) -> Bytes {
        self.stdout.rest()
    }

    /// What was written to stderr since the last time.
    pub(crate) fn stderr(&mut self) -> Bytes {
        self.stderr.rest()
    }

    /// Whether another call might not have room for its output.
    pub(crate) fn is_full(&self) -> bool {
        [&self.stdout, &self.stderr]
            .iter()
            .any(|output| output.read > MAX_OUTPUT)
    }
}

// === impl Output ===

impl Output {
    fn new() -> Self {
        Self {
            pipe: MemoryOutputPipe::new(2 * MAX_OUTPUT),
            read: 0,
        }
    }

    fn rest(&mut self) -> Bytes {
        let mut written = self.pipe.contents();
        let rest = written.split_off(self.read.min(written.len()));
        self.read += rest.len();
        rest
    }
}

// === impl Stopped ===

impl HostWallClock for Stopped {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl HostMonotonicClock for Stopped {
    fn resolution(&self) -> u64 {
        1_000_000_000
    }

    fn now(&self) -> u64 {
        0
    }
}

// === impl Elapsed ===

#[async_trait]
impl Pollable for Elapsed {
    async fn ready(&mut self) {}
}

#[cfg(test)]
mod tests {
    use wasmtime::component::Component;
    use wasmtime::{Engine, Store};
    use wasmtime_wasi::p2::OutputStream;

    use super::*;

    impl WasiView for Denied {
        fn ctx(&mut self) -> WasiCtxView<'_> {
            self.view()
        }
    }

    /// A component that makes a timer of an hour and waits for it.
    const SLEEPER: &str = r#"(component
        (import "wasi:io/poll@0.2.12" (instance $poll
            (export "pollable" (type $pollable (sub resource)))
            (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
        (alias export $poll "pollable" (type $pollable))
        (import "wasi:clocks/monotonic-clock@0.2.12" (instance $clock
            (alias outer 1 $pollable (type $outer))
            (export "pollable" (type $inner (eq $outer)))
            (export "now" (func (result u64)))
            (export "subscribe-duration" (func (param "when" u64) (result (own $inner))))))
        (core func $block (canon lower (func $poll "[method]pollable.block")))
        (core func $timer (canon lower (func $clock "subscribe-duration")))
        (core func $now (canon lower (func $clock "now")))
        (core module $module
            (import "wasi" "block" (func $block (param i32)))
            (import "wasi" "timer" (func $timer (param i64) (result i32)))
            (import "wasi" "now" (func $now (result i64)))
            (func (export "sleep") (result i64)
                (call $block (call $timer (i64.const 3600000000000)))
                (call $now)))
        (core instance $instance (instantiate $module (with "wasi" (instance
            (export "block" (func $block)) (export "timer" (func $timer)) (export "now" (func $now))))))
        (func (export "sleep") (result u64) (canon lift (core func $instance "sleep"))))"#;

    #[test]
    fn output_is_read_once_and_another_call_always_has_room() {
        let mut output = Output::new();
        let mut pipe = output.pipe.clone();
        pipe.write("one".into()).unwrap();
        assert_eq!(output.rest(), "one");
        pipe.write("two".into()).unwrap();
        assert_eq!((output.rest(), output.rest()), ("two".into(), "".into()));
        pipe.write(vec![b'x'; MAX_OUTPUT].into()).unwrap();
        let mut denied = Denied::new();
        assert!(!denied.is_full());
        denied.stdout = output;
        denied.stdout();
        assert!(denied.is_full());
    }

    #[test]
    fn a_plugin_that_sleeps_wakes_at_once_in_the_same_moment() {
        let engine = Engine::default();
        let component = Component::new(&engine, wat::parse_str(SLEEPER).unwrap()).unwrap();
        let mut linker = Linker::<Denied>::new(&engine);
        link(&mut linker).unwrap();
        let mut store = Store::new(&engine, Denied::new());
        let instance = linker.instantiate(&mut store, &component).unwrap();
        let sleep = instance.get_typed_func::<(), (u64,)>(&mut store, "sleep").unwrap();
        assert_eq!(sleep.call(&mut store, ()).unwrap(), (0,));
    }
}
