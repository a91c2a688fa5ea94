//! Bytes of an upstream, from the first of its head: the client gets an answer, a stream that says how it ends, or a code.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use super::gateway::{PATIENCE, running};

/// Words that replies are made of.
pub const WORDS: &[&str] = &[
    "\r\n",
    "\r\n\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 503 \r\n",
    "content-type: text/event-stream\r\n",
    "content-type: application/json\r\n",
    "content-length: 99999999999999999999\r\n",
    "content-length: 0\r\n",
    "content-encoding: br\r\n",
    "transfer-encoding: chunked\r\n",
    "retry-after: 99999999999999999999\r\n",
    "location: http://127.0.0.1/\r\n",
    "0\r\n\r\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n",
    "data: [DONE]\n\n",
    "\"usage\":{\"prompt_tokens\":18446744073709551615,\"completion_tokens\":1e300}",
    "\"finish_reason\":\"stop\"",
    "\"tool_calls\":[{\"index\":99999999}]",
    "[[[[[[[[[[[[[[[[",
    "null",
];

/// The first byte decides whether the client asks for a stream; the rest is what the upstream says.
pub fn run(data: &[u8]) {
    let [kind, reply @ ..] = data else { return };
    let gateway = running();
    gateway.upstream_says(reply);
    let body = format!(
        "{{\"model\":\"fuzzed\",\"stream\":{},\"messages\":[{{\"role\":\"user\",\"content\":\"a\"}}]}}",
        kind % 2 == 0
    );
    let mut stream = TcpStream::connect(gateway.address).expect("the gateway accepts connections");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    assert!(read.is_ok(), "no end: {read:?}");
    let _ = stream.shutdown(Shutdown::Both);
    gateway.assert_well();
    let text = String::from_utf8_lossy(&answer);
    let status = text.split(' ').nth(1).unwrap_or_default();
    let is_good = status == "200" || text.contains("\r\nx-error-code: ");
    assert!(is_good && status != "500", "{text}");
}
