//! Bytes of clients on connections of the running gateway: it answers or closes, soon and without a panic.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use super::gateway::{PATIENCE, running};

/// Words that requests of HTTP/1.1 and HTTP/2 are made of.
pub const WORDS: &[&str] = &[
    "\r\n",
    "\r\n\r\n",
    "\n",
    " HTTP/1.0",
    " HTTP/1.1",
    "GET /v1/models",
    "POST /v1/chat/completions",
    "POST /v1/messages",
    "host: localhost\r\n",
    "content-length: 2\r\n",
    "content-length: 99999999999999999999\r\n",
    "transfer-encoding: chunked\r\n",
    "transfer-encoding: gzip, chunked\r\n",
    "content-encoding: gzip\r\n",
    "expect: 100-continue\r\n",
    "connection: close\r\n",
    "content-type: application/json\r\n",
    "anthropic-version: 2023-06-01\r\n",
    "origin: null\r\n",
    "x-request-id: \u{7f}\r\n",
    "0\r\n\r\n",
    "ffffffffffffffff\r\n",
    "{\"model\":\"echo\",\"stream\":true}",
    "/..;/",
    "%00",
    "%c0%ae",
    "\0\0\0\u{4}\0\0\0\0\0",
    "\0\0\u{1}\u{6}\0\0\0\0\0",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

/// Sends the input on a connection of its own, says that no more comes, and reads until the gateway closes.
pub fn run(data: &[u8]) {
    let gateway = running();
    let mut stream = TcpStream::connect(gateway.address).expect("the gateway accepts connections");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    // Whom it refuses, it need not hear to the end.
    let _ = stream.write_all(data);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        let held = matches!(
            error.kind(),
            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
        );
        assert!(
            !held,
            "the connection was held for {PATIENCE:?} after its client had finished"
        );
    }
    gateway.assert_well();
    assert_has_code(&answer);
}

/// An answer that blames the gateway or what is behind it says so in a header.
fn assert_has_code(answer: &[u8]) {
    let text = String::from_utf8_lossy(answer);
    let last = text.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&text);
    let head = last.split("\r\n\r\n").next().unwrap_or_default();
    let status = head.split(' ').nth(1).unwrap_or_default();
    let is_coded = head.contains("\r\nx-error-code: ");
    assert!(
        !head.starts_with("HTTP/1") || !status.starts_with('5') || is_coded,
        "no code: {head}"
    );
    assert_ne!(status, "500", "{last}");
}
