//! Tries what WASI offers, and notes what came of it.

use serde_json::{Value, json};

use crate::bindings::wasi::cli::{environment, stderr, stdout};
use crate::bindings::wasi::clocks::{monotonic_clock, wall_clock};
use crate::bindings::wasi::filesystem::preopens;
use crate::bindings::wasi::io::streams::OutputStream;
use crate::bindings::wasi::random::random;
use crate::bindings::wasi::sockets::instance_network::instance_network;
use crate::bindings::wasi::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use crate::bindings::wasi::sockets::tcp_create_socket::create_tcp_socket;

/// How long it sleeps, in nanoseconds: a minute, in which no guest code runs that the host could interrupt.
const NAP: u64 = 60_000_000_000;

/// What is there of each thing that a plugin has no business with.
pub(crate) fn everything() -> Value {
    json!({
        "env": environment::get_environment().len(),
        "args": environment::get_arguments().len(),
        "preopens": preopens::get_directories().len(),
        "tcp": name(connect()),
        "bind": name(bind()),
        "now": wall_clock::now().seconds,
        "random": random::get_random_u64(),
    })
}

/// Sleeps inside a call of the host.
pub(crate) fn sleep() {
    monotonic_clock::subscribe_duration(NAP).block();
}

/// Writes to the standard output.
pub(crate) fn write_to_stdout(text: &str) {
    write(&stdout::get_stdout(), text);
}

/// Writes to the standard error output.
pub(crate) fn write_to_stderr(text: &str) {
    write(&stderr::get_stderr(), text);
}

fn write(stream: &OutputStream, text: &str) {
    // A closed stream is not what this plugin is to find out.
    let _ = stream.blocking_write_and_flush(text.as_bytes());
}

fn connect() -> Result<(), ErrorCode> {
    let socket = create_tcp_socket(IpAddressFamily::Ipv4)?;
    socket.start_connect(&instance_network(), address(9))
}

fn bind() -> Result<(), ErrorCode> {
    let socket = create_tcp_socket(IpAddressFamily::Ipv4)?;
    socket.start_bind(&instance_network(), address(0))
}

/// A port of this machine.
fn address(port: u16) -> IpSocketAddress {
    IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port,
        address: (127, 0, 0, 1),
    })
}

/// The error's name in WASI, such as `access-denied`.
fn name(result: Result<(), ErrorCode>) -> String {
    result.map_or_else(|error| error.name().to_owned(), |()| "allowed".to_owned())
}
