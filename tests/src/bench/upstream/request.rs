//! A request as far as the upstream looks at it: where it goes, how long it is, and what is wanted.

use std::io;

use httparse::{EMPTY_HEADER, Status};
use memchr::memmem;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::super::canned::HOLD;

/// How much of a body is looked at. The rest, which only long prompts have, is read and forgotten.
const LOOKED_AT: usize = 1024;

/// How much room a read has at least.
const ROOM: usize = 64 << 10;

/// One request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) shape: Shape,
    pub(super) wanted: Wanted,
}

/// The vendor's protocol that a request speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Openai,
    Anthropic,
    /// That of a collector of traces.
    Spans,
    /// Any question without a body: whether the upstream is well, or which models it has. Routers ask it first.
    Probe,
}

/// The kind of reply that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Whole,
    Stream,
    Held,
}

/// What a request may not be.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("the request's head is not HTTP/1.1: {0}")]
    Head(#[from] httparse::Error),
    #[error("the request's path is {0}, which is no vendor's")]
    Path(String),
    #[error("the request has no content-length")]
    Length,
    #[error("the request was followed by another before it was answered")]
    Pipelined,
}

struct Head {
    shape: Shape,
    length: usize,
    body_bytes: usize,
}

// === impl Request ===

impl Request {
    /// Reads one request to its end; `None` if the client has gone. `buffer` is room to read into.
    ///
    /// # Errors
    /// If the connection breaks, or if what comes is not such a request.
    pub(super) async fn read(
        stream: &mut (impl AsyncRead + Unpin),
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Self>, RequestError> {
        buffer.clear();
        let head = loop {
            if !more(stream, buffer).await? {
                return Ok(None);
            }
            if let Some(head) = Head::parse(buffer)? {
                break head;
            }
        };
        while buffer.len() < head.length + head.body_bytes.min(LOOKED_AT) {
            if !more(stream, buffer).await? {
                return Ok(None);
            }
        }
        let body = &buffer[head.length..];
        let wanted = Wanted::of(&body[..body.len().min(LOOKED_AT)]);
        let mut left = head.body_bytes.checked_sub(body.len());
        while let Some(bytes @ 1..) = left {
            buffer.clear();
            if !more(stream, buffer).await? {
                return Ok(None);
            }
            left = bytes.checked_sub(buffer.len());
        }
        let shape = head.shape;
        left.ok_or(RequestError::Pipelined)?;
        Ok(Some(Self { shape, wanted }))
    }
}

/// Reads what there is; false at the end.
async fn more(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> io::Result<bool> {
    buffer.reserve(ROOM);
    Ok(stream.read_buf(buffer).await? > 0)
}

// === impl Wanted ===

impl Wanted {
    fn of(body: &[u8]) -> Self {
        let says = |words: &str| memmem::find(body, words.as_bytes()).is_some();
        match says(r#""stream":true"#) {
            false => Self::Whole,
            true if says(HOLD) => Self::Held,
            true => Self::Stream,
        }
    }
}

// === impl Head ===

impl Head {
    /// `None` if it is not all there yet.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, RequestError> {
        let mut headers = [EMPTY_HEADER; 64];
        let mut head = httparse::Request::new(&mut headers);
        let Status::Complete(length) = head.parse(bytes)? else {
            return Ok(None);
        };
        let shape = match head.path {
            _ if head.method == Some("GET") => Shape::Probe,
            Some("/v1/chat/completions") => Shape::Openai,
            Some("/v1/messages") => Shape::Anthropic,
            Some("/v1/traces") => Shape::Spans,
            other => return Err(RequestError::Path(other.unwrap_or_default().to_owned())),
        };
        let body_bytes = head
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("content-length"))
            .and_then(|header| str::from_utf8(header.value).ok()?.parse().ok())
            .or((shape == Shape::Probe).then_some(0));
        Ok(Some(Self {
            shape,
            length,
            body_bytes: body_bytes.ok_or(RequestError::Length)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(mut bytes: &[u8]) -> Result<Option<Request>, RequestError> {
        Request::read(&mut bytes, &mut Vec::new()).await
    }

    fn post(path: &str, body: &str) -> Vec<u8> {
        let length = body.len();
        format!("POST {path} HTTP/1.1\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
    }

    #[tokio::test]
    async fn the_path_tells_the_shape_and_the_body_what_is_wanted() {
        let held = format!(r#"{{"stream":true,"messages":["{HOLD}"]}}"#);
        for (path, body, shape, wanted) in [
            ("/v1/chat/completions", "{}", Shape::Openai, Wanted::Whole),
            ("/v1/messages", r#"{"stream":true}"#, Shape::Anthropic, Wanted::Stream),
            ("/v1/messages", &held, Shape::Anthropic, Wanted::Held),
        ] {
            let request = read(&post(path, body)).await.unwrap();
            assert_eq!(request, Some(Request { shape, wanted }));
        }
    }

    #[tokio::test]
    async fn a_question_without_a_body_is_a_probe_wherever_it_goes() {
        for path in ["/health", "/v1/models"] {
            let head = format!("GET {path} HTTP/1.1\r\n\r\n");
            let request = read(head.as_bytes()).await.unwrap().unwrap();
            assert_eq!((request.shape, request.wanted), (Shape::Probe, Wanted::Whole));
        }
    }

    #[tokio::test]
    async fn a_request_is_put_together_from_pieces() {
        let request = post("/v1/messages", &"x".repeat(300_000));
        let (mut client, mut server) = tokio::io::duplex(1000);
        let send = async {
            tokio::io::AsyncWriteExt::write_all(&mut client, &request)
                .await
                .unwrap();
        };
        let mut buffer = Vec::new();
        let (read, ()) = tokio::join!(Request::read(&mut server, &mut buffer), send);
        assert_eq!(read.unwrap().unwrap().wanted, Wanted::Whole);
    }

    #[tokio::test]
    async fn a_client_that_has_gone_asks_for_nothing() {
        assert_eq!(read(b"").await.unwrap(), None);
        assert_eq!(read(b"POST /v1/mess").await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_cannot_be_framed_is_refused() {
        let twice = post("/v1/messages", "{}").repeat(2);
        assert!(matches!(read(&twice).await, Err(RequestError::Pipelined)));
        let endless = b"POST /v1/messages HTTP/1.1\r\n\r\n";
        assert!(matches!(read(endless).await, Err(RequestError::Length)));
        assert!(matches!(read(&post("/v2", "")).await, Err(RequestError::Path(_))));
    }
}
