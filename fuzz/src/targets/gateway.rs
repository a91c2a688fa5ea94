//! One gateway for a whole run, over an upstream that says what the input says.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::panic;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use jackfield_tests::gateway::{FREE, Gateway};

/// How long the gateway may take for anything: longer than every clock of its configuration.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What memory may grow by after the first inputs, in bytes.
const GROWTH: u64 = 192 << 20;

/// After so many inputs, caches and pools are filled.
const WARM: u64 = 500;

/// Panics in threads of the gateway.
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// The running gateway.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    reply: &'static Mutex<Vec<u8>>,
    inputs: AtomicU64,
    warm: OnceLock<u64>,
}

/// The gateway of this process, which is started by the first call.
pub fn running() -> &'static Running {
    static RUNNING: OnceLock<Running> = OnceLock::new();
    RUNNING.get_or_init(start)
}

fn start() -> Running {
    let reply: &'static Mutex<Vec<u8>> = Box::leak(Box::default());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let upstream = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream, reply));
        }
    });
    let (tell, told) = std::sync::mpsc::channel();
    let name = "gateway".to_owned();
    let gateway = thread::Builder::new().name(name).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let gateway = Gateway::start(&config(upstream)).await;
            tell.send(gateway.address()).expect("somebody waits");
            std::future::pending::<()>().await;
        });
    });
    gateway.expect("a thread");
    count_panics();
    Running {
        address: told.recv().expect("the gateway starts; build the plugins first"),
        reply,
        inputs: AtomicU64::new(0),
        warm: OnceLock::new(),
    }
}

fn config(upstream: SocketAddr) -> String {
    format!(
        r#"
server: {{ auth: off, header_timeout: 2s, body_timeout: 2s, write_timeout: 2s, idle_timeout: 2s }}
routing: {{ retry_count: 0, breaker: {{ failures: 1000000 }} }}
providers:
  echo: {{ adapter: echo }}
  fuzzed: {{ adapter: openai, base_url: "http://{upstream}/v1", timeouts: {{ first_content: 2s, idle: 2s, total: 4s }} }}
models:
  echo: {{ {FREE}, chain: [{{ provider: echo, model: m }}] }}
  fuzzed: {{ {FREE}, chain: [{{ provider: fuzzed, model: m }}] }}
"#
    )
}

/// Reads a request as far as it comes at once, says the reply, and hangs up.
fn answer(mut stream: TcpStream, reply: &Mutex<Vec<u8>>) {
    let mut request = [0; 16 * 1024];
    let _ = stream.read(&mut request);
    let bytes = reply.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let _ = stream.write_all(&bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.read(&mut request);
}

/// Counts the panics of other threads than those that run targets, whose panics are finds.
fn count_panics() {
    let earlier = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let name = thread::current().name().unwrap_or_default().to_owned();
        if name.contains("gateway") || name.contains("worker") || name.contains("listen") {
            PANICS.fetch_add(1, Ordering::Relaxed);
        }
        earlier(info);
    }));
}

// === impl Running ===

impl Running {
    /// Sets what the upstream says to the next request.
    pub fn upstream_says(&self, reply: &[u8]) {
        reply.clone_into(&mut self.reply.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Asserts that no thread of the gateway has panicked, and that it does not grow.
    pub fn assert_well(&self) {
        assert_eq!(PANICS.swap(0, Ordering::Relaxed), 0, "the gateway has panicked");
        let inputs = self.inputs.fetch_add(1, Ordering::Relaxed);
        if inputs < WARM || !inputs.is_multiple_of(100) {
            return;
        }
        let now = resident();
        let warm = *self.warm.get_or_init(|| now);
        assert!(
            now < warm + GROWTH,
            "{warm} bytes after {WARM} inputs, {now} bytes after {inputs}"
        );
    }
}

/// The resident memory of this process in bytes: `VmRSS` in proc(5).
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
