//! The world of a plugin that imports WASI: everything is there and everything is denied.
//!
//! Toolchains of other languages import WASI whether the plugin uses it or not. Files, sockets, environment
//! and arguments are empty, both clocks stand still, random numbers repeat; what is written to stdout and
//! stderr goes to the log.

use std::time::Duration;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::p2::{Pollable, subscribe};
use wasmtime_wasi::{Deterministic, HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use super::bindings::jackfield::plugin::host::Level;
use super::store::State;

/// What a plugin may write to stdout and stderr in one call, in bytes.
const MAX_OUTPUT: usize = 64 * 1024;

/// What it may ask of random bytes at once; the host makes them outside of the guest's memory.
const MAX_RANDOM: u64 = 64 * 1024;

/// The interface with the timers, in the version that wasmtime-wasi 48 links.
const MONOTONIC_CLOCK: &str = "wasi:clocks/monotonic-clock@0.2.12";

/// An empty WASI context.
pub(super) struct Denied {
    context: WasiCtx,
    table: ResourceTable,
    stdout: MemoryOutputPipe,
    stderr: MemoryOutputPipe,
}

/// A clock that stands still at zero.
struct Stopped;

/// A timer that goes off at once: the clock stands still, and a plugin that sleeps would hold a thread
/// beyond its deadline, which is only looked at while it computes.
struct Elapsed;

/// Satisfies the imports of WASI 0.2.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_sync(linker)?;
    linker.allow_shadowing(true);
    let mut clock = linker.instance(MONOTONIC_CLOCK)?;
    for timer in ["subscribe-instant", "subscribe-duration"] {
        clock.func_wrap(timer, |mut store: StoreContextMut<'_, State>, (_,): (u64,)| {
            let table = store.data_mut().ctx().table;
            let elapsed = table.push(Elapsed)?;
            Ok((subscribe(table, elapsed)?,))
        })?;
    }
    Ok(())
}

// === impl Denied ===

impl Denied {
    pub(super) fn new() -> Self {
        let (stdout, stderr) = (MemoryOutputPipe::new(MAX_OUTPUT), MemoryOutputPipe::new(MAX_OUTPUT));
        let context = WasiCtxBuilder::new()
            .stdout(stdout.clone())
            .stderr(stderr.clone())
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
}

impl State {
    /// Sends to the log what the plugin wrote to stdout and stderr.
    pub(super) fn log_output(&mut self) {
        let Some(wasi) = &self.wasi else { return };
        let written = [
            (Level::Info, wasi.stdout.contents()),
            (Level::Warn, wasi.stderr.contents()),
        ];
        for (level, bytes) in written {
            for line in String::from_utf8_lossy(&bytes).lines() {
                self.write_log(level, line);
            }
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        // Only a plugin without WASI imports lacks the context, and nothing it can call leads here.
        let wasi = self.wasi.get_or_insert_with(|| Box::new(Denied::new()));
        WasiCtxView {
            ctx: &mut wasi.context,
            table: &mut wasi.table,
        }
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
