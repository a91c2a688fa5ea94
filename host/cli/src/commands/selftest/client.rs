//! The requests of a test, and what their client sees.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::rehearsal::Case;

/// How long the metrics may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// The most bytes of an answer.
const MAX_ANSWER: u64 = 4 << 20;

/// What the client of one request saw.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Seen {
    /// `None` if there was no answer.
    pub(super) status: Option<u16>,
    /// The text that arrived.
    pub(super) text: String,
    /// Whether the answer came to its own end.
    pub(super) whole: bool,
    /// The code of the error, whether it is the answer or ends a stream.
    pub(super) code: Option<String>,
    pub(super) took: Duration,
}

/// Sends the request of a case, and reads what comes back within this time.
pub(super) async fn ask(gateway: SocketAddr, case: &Case, patience: Duration) -> Seen {
    let body = json!({
        "model": case.model(), "stream": case.stream,
        "messages": [{ "role": "user", "content": "Count to three." }],
    });
    let body = body.to_string();
    let request = format!(
        "POST /v1/chat/completions HTTP/1.0\r\nhost: {gateway}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let start = Instant::now();
    let answer = timeout(patience, exchange(gateway, &request)).await;
    let took = start.elapsed();
    // What a broken connection had brought was read.
    let answer = answer.ok().and_then(Result::ok).unwrap_or_default();
    Seen {
        took,
        ..read(&answer, case.stream)
    }
}

/// The text of `/metrics`.
///
/// # Errors
/// If there is no answer, or none in time.
pub(super) async fn metrics(operators: SocketAddr) -> io::Result<String> {
    let request = format!("GET /metrics HTTP/1.0\r\nhost: {operators}\r\n\r\n");
    timeout(PATIENCE, exchange(operators, &request)).await?
}

/// Sends a request of HTTP/1.0, whose answer ends with its connection.
async fn exchange(address: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    let reading = stream.take(MAX_ANSWER).read_to_end(&mut answer).await;
    match reading {
        Err(error) if answer.is_empty() => Err(error),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
    }
}

fn read(answer: &str, stream: bool) -> Seen {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let code = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("x-error-code")
            .then(|| value.trim().to_owned())
    });
    let mut seen = Seen {
        status,
        code,
        ..Seen::default()
    };
    match (status, stream) {
        (Some(200), true) => seen.read_events(body),
        (Some(200), false) => seen.read_whole(body),
        _ => {}
    }
    seen
}

// === impl Seen ===

impl Seen {
    fn read_whole(&mut self, body: &str) {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        if let Some(text) = body["choices"][0]["message"]["content"].as_str() {
            text.clone_into(&mut self.text);
            self.whole = true;
        }
    }

    fn read_events(&mut self, body: &str) {
        for data in body.lines().filter_map(|line| line.strip_prefix("data: ")) {
            if data == "[DONE]" {
                self.whole = self.code.is_none();
                continue;
            }
            let event: Value = serde_json::from_str(data).unwrap_or_default();
            if let Some(error) = event.get("error") {
                let code = error["code"].as_str().or(error["type"].as_str()).unwrap_or("error");
                self.code = Some(code.to_owned());
            }
            if let Some(text) = event["choices"][0]["delta"]["content"].as_str() {
                self.text.push_str(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(events: &str) -> Seen {
        read(&format!("HTTP/1.0 200 OK\r\nx: y\r\n\r\n{events}"), true)
    }

    #[test]
    fn a_stream_is_whole_with_its_last_word_alone() {
        let event = r#"data: {"choices":[{"delta":{"content":"One "}}]}"#;
        let whole = stream(&format!("{event}\n\n{event}\n\ndata: [DONE]\n\n"));
        assert_eq!((whole.text.as_str(), whole.whole, whole.code), ("One One ", true, None));
        let broken = stream(&format!("{event}\n\ndata: {{\"error\":{{\"code\":\"TIMEOUT\"}}}}\n\n"));
        assert_eq!((broken.whole, broken.code.as_deref()), (false, Some("TIMEOUT")));
        assert!(!stream(event).whole);
    }

    #[test]
    fn an_error_has_the_code_of_its_header() {
        let seen = read(
            "HTTP/1.0 502 Bad Gateway\r\nX-Error-Code: PROVIDER_ERROR\r\n\r\nsorry",
            false,
        );
        assert_eq!(
            (seen.status, seen.code.as_deref(), seen.whole),
            (Some(502), Some("PROVIDER_ERROR"), false)
        );
        assert_eq!(read("", true).status, None);
    }
}
