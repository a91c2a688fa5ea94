//! Clients that do not behave: one of HTTP/2 that makes no room for its answers, and one that sends what it likes.

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use http::Request;
use jackfield_tests::gateway::Gateway;
use jackfield_tests::patience::patiently;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A connection of HTTP/2 whose client takes no more of each answer than fits its window.
pub(super) struct Unreading {
    requests: SendRequest<Bytes>,
    key: Option<String>,
    _connection: JoinSet<()>,
}

/// A connection on which any bytes are sent.
pub(super) struct Raw {
    pub(super) stream: TcpStream,
}

// === impl Unreading ===

impl Unreading {
    /// Connects with a window of so many bytes for each answer.
    pub(super) async fn connect(gateway: &Gateway, window: u32) -> Self {
        let stream = TcpStream::connect(gateway.address()).await.unwrap();
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(window);
        let (requests, connection) = builder.handshake(stream).await.unwrap();
        let mut driving = JoinSet::new();
        driving.spawn(async move { drop(connection.await) });
        Self {
            requests,
            key: None,
            _connection: driving,
        }
    }

    pub(super) fn with_key(mut self, key: &str) -> Self {
        self.key = Some(format!("Bearer {key}"));
        self
    }

    /// Asks, and waits for the head of the answer, which needs no window. Its body stays unread until it is asked for.
    pub(super) async fn ask(&mut self, body: Value) -> h2::RecvStream {
        let answer = self.send(body).await;
        let answer = patiently("a head", answer).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.into_body()
    }

    /// Asks without waiting for an answer.
    async fn send(&mut self, body: Value) -> ResponseFuture {
        self.try_send(body).await.unwrap()
    }

    /// The same; `None` if the connection has ended.
    pub(super) async fn try_send(&mut self, body: Value) -> Option<ResponseFuture> {
        let mut request = Request::post("http://localhost/v1/chat/completions").body(()).unwrap();
        if let Some(key) = &self.key {
            request.headers_mut().insert("authorization", key.parse().unwrap());
        }
        let requests = self.requests.clone();
        let mut requests = patiently("room for a request", requests.ready()).await.ok()?;
        let (answer, mut sending) = requests.send_request(request, false).ok()?;
        sending.send_data(body.to_string().into(), true).ok()?;
        Some(answer)
    }
}

/// Waits for the end of an answer, without making room for more of it. Returns how it broke off; `None` if it ended as a
/// complete one does.
pub(super) async fn broken(mut body: h2::RecvStream) -> Option<h2::Error> {
    while let Some(data) = patiently("the end of an answer", body.data()).await {
        if let Err(error) = data {
            return Some(error);
        }
    }
    None
}

// === impl Raw ===

impl Raw {
    pub(super) async fn sends(gateway: &Gateway, bytes: impl AsRef<[u8]>) -> Self {
        let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
        stream.write_all(bytes.as_ref()).await.unwrap();
        Self { stream }
    }

    /// Reads until the gateway has closed the connection, in whatever way.
    pub(super) async fn closed(mut self) -> Vec<u8> {
        let mut read = Vec::new();
        let _ = patiently("the connection's end", self.stream.read_to_end(&mut read)).await;
        read
    }

    /// Reads until this has come.
    pub(super) async fn until(&mut self, what: &str) -> String {
        let (mut read, mut buffer) = (String::new(), [0; 4096]);
        while !read.contains(what) {
            let bytes = patiently(what, self.stream.read(&mut buffer)).await.unwrap();
            assert_ne!(bytes, 0, "{what} never came: {read}");
            read += &String::from_utf8_lossy(&buffer[..bytes]);
        }
        read
    }
}

/// A frame of HTTP/2 (RFC 9113, section 4.1).
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// What a client of HTTP/2 begins with: its preface and empty settings.
pub(super) fn preface() -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, &[]));
    bytes
}
