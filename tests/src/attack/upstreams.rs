//! An upstream that answers `good` and `common`, and does its worst to whoever asks for another model.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::alone::alone_and_on;
use crate::vendor::{Turn, openai};

/// A model of the hostile upstream that answers well: what attackers ask if the question is the attack. The bystander's own
/// upstream has nobody else to serve.
pub const COMMON: &str = "common";

/// More than any gateway should read of one reply, so that nothing here is endless if nobody hangs up.
const ENDLESS: usize = 1 << 20;

/// A body of more bytes is a large one.
const LARGE: usize = 1 << 20;

const SSE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

/// The upstream; it ends when this is dropped.
pub struct HostileUpstream {
    address: SocketAddr,
    _accepting: JoinSet<()>,
}

// === impl HostileUpstream ===

impl HostileUpstream {
    /// Listens on a free port, on a thread of its own that outlives this: what it serves must not wait for others.
    pub async fn start_alone() -> SocketAddr {
        let (tell, told) = oneshot::channel();
        alone_and_on(|| async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
            let _ = tell.send(listener.local_addr().expect("a bound socket has an address"));
            accept(listener).await;
        });
        told.await.expect("it listens")
    }

    /// Listens on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener));
        Self {
            address,
            _accepting: accepting,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: TcpListener) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(async move {
            // Whoever hangs up on this upstream is right.
            let _ = serve(stream).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    while let Some(request) = request(&mut stream).await? {
        let model = request["model"].as_str().unwrap_or_default();
        if ["good", COMMON].contains(&model) {
            stream.write_all(&whole(request["stream"] == true)).await?;
        } else {
            return attack(&mut stream, model, request["stream"] == true).await;
        }
    }
    Ok(())
}

/// The body of the next request; `None` when there is no more. A large one is only read: whoever sends one asks for
/// [`COMMON`], and what this upstream would do with it would take the gateway's cores.
async fn request(stream: &mut TcpStream) -> io::Result<Option<Value>> {
    let mut read = Vec::new();
    let head = loop {
        if let Some(end) = memchr::memmem::find(&read, b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(&read[..head]).to_lowercase();
    let length = text
        .split("content-length:")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next());
    let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    if length > LARGE {
        let mut rest = stream.take((head + length - read.len()) as u64);
        copy(&mut rest, &mut sink()).await?;
        return Ok(Some(json!({ "model": COMMON })));
    }
    while read.len() < head + length {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(
        serde_json::from_slice(&read[head..head + length]).unwrap_or_default(),
    ))
}

/// A good answer: its content type and its body.
fn good(stream: bool) -> (&'static str, String) {
    let turn = Turn::says(&["at ", "your ", "service"]);
    if stream {
        let chunks = openai::chunks(&turn, 1, true);
        let events: Vec<String> = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
        ("text/event-stream", events.concat() + "data: [DONE]\n\n")
    } else {
        ("application/json", openai::completion(&turn, 1).to_string())
    }
}

/// The same as a whole reply of HTTP.
fn whole(stream: bool) -> Vec<u8> {
    let (kind, body) = good(stream);
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

/// One hostile reply.
async fn attack(out: &mut TcpStream, model: &str, stream: bool) -> io::Result<()> {
    match model {
        "absurd-usage" => absurd_usage(out, stream).await,
        "cut" => {
            let body = whole(true);
            out.write_all(&body[..body.len() / 2]).await
        }
        "empty-chunks" => {
            endlessly(
                out,
                |_| json!({ "id": "a", "object": "chat.completion.chunk", "choices": [] }),
            )
            .await
        }
        "endless-chunks" => endlessly(out, |_| chunk(0, &json!({ "content": "and on " }))).await,
        "endless-choices" => endlessly(out, |index| chunk(index, &json!({ "content": "one more" }))).await,
        "endless-line" => {
            out.write_all(SSE.as_bytes()).await?;
            repeat(
                out,
                "data: {\"choices\":[{\"delta\":{\"content\":\"",
                &"x".repeat(1 << 16),
            )
            .await
        }
        "flood-of-headers" => {
            repeat(
                out,
                "HTTP/1.1 200 OK\r\n",
                &format!("x-flood: {}\r\n", "x".repeat(1000)),
            )
            .await
        }
        "garbage" => {
            let bytes: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(1 << 16).collect();
            out.write_all(&bytes).await
        }
        "open-arguments" => {
            let call = |_| {
                let piece = json!({ "index": 0, "id": "c", "type": "function", "function": { "name": "f", "arguments": "x".repeat(1000) } });
                chunk(0, &json!({ "tool_calls": [piece] }))
            };
            endlessly(out, call).await
        }
        // Until the gateway hangs up.
        _ => out.read_u8().await.map(drop),
    }
}

/// An answer whose usage nobody can have had.
async fn absurd_usage(out: &mut TcpStream, stream: bool) -> io::Result<()> {
    let most = fastrand::choice([u64::MAX, i64::MAX.unsigned_abs(), 1 << 53]);
    let usage = json!({ "prompt_tokens": most, "completion_tokens": most, "total_tokens": most });
    let reply = String::from_utf8_lossy(&whole(stream)).into_owned();
    let (_, body) = reply.split_once("\r\n\r\n").unwrap_or_default();
    let mut parts: Vec<String> = Vec::new();
    for line in body.split("\n\n") {
        let text = line.trim_start_matches("data: ");
        match serde_json::from_str::<Value>(text) {
            Ok(mut object) if object["usage"].is_object() => {
                object["usage"] = usage.clone();
                parts.push(line.replace(text, &object.to_string()));
            }
            _ => parts.push(line.to_owned()),
        }
    }
    let (kind, body) = (
        if stream {
            "text/event-stream"
        } else {
            "application/json"
        },
        parts.join("\n\n"),
    );
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n");
    out.write_all(format!("{head}{body}").as_bytes()).await
}

/// A stream of these chunks, by number.
async fn endlessly(out: &mut TcpStream, chunk: impl Fn(usize) -> Value) -> io::Result<()> {
    out.write_all(SSE.as_bytes()).await?;
    for number in 0..ENDLESS {
        out.write_all(format!("data: {}\n\n", chunk(number)).as_bytes()).await?;
    }
    Ok(())
}

/// A beginning, and then the same over and over.
async fn repeat(out: &mut TcpStream, begins: &str, again: &str) -> io::Result<()> {
    out.write_all(begins.as_bytes()).await?;
    let again = Bytes::from(again.to_owned());
    for _ in 0..ENDLESS {
        out.write_all(&again).await?;
    }
    Ok(())
}

fn chunk(index: usize, delta: &Value) -> Value {
    let choice = json!({ "index": index, "delta": delta, "finish_reason": null });
    json!({ "id": "a", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice] })
}
