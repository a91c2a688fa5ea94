//! One client's connection: sends requests and removes HTTP's framing from the replies, nothing more.

use std::io;
use std::net::SocketAddr;

use httparse::{EMPTY_HEADER, Status};
use memchr::memmem;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// The least free space in the buffer of a read, in bytes.
const ROOM: usize = 64 << 10;

/// A keep-alive connection to the server under measurement.
#[derive(Debug)]
pub(super) struct Connection<S = TcpStream> {
    stream: S,
    received: Vec<u8>,
    body: Vec<u8>,
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("the connection was closed before the reply was complete")]
    Closed,
    #[error("the reply's framing is not HTTP/1.1: {0}")]
    Head(#[from] httparse::Error),
    #[error("the reply's chunk has no size")]
    Chunk,
    #[error("the reply has neither a content-length nor chunks")]
    Unframed,
    #[error("more came than the reply")]
    Surplus,
    #[error("the status is {status}: {body}")]
    Status { status: u16, body: String },
    #[error("the gateway does not tell which generation is in force")]
    NoGeneration,
    #[error("HTTP/2: {0}")]
    Http2(#[from] h2::Error),
    #[error("the request is not one: {0}")]
    Request(#[from] http::Error),
    #[error("the stream ended before its first content: {0}")]
    NoContent(String),
}

struct Head {
    status: u16,
    bytes: usize,
    framing: Framing,
}

#[derive(Clone, Copy)]
enum Framing {
    Length(usize),
    Chunks,
}

// === impl Connection ===

impl Connection {
    /// Connects.
    pub(super) async fn open(address: SocketAddr) -> Result<Self, ConnectionError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self::over(stream))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    fn over(stream: S) -> Self {
        Self {
            stream,
            received: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Sends a request and reads the reply to its end. Not cancel safe: a cancelled connection cannot be used again.
    ///
    /// # Errors
    /// If the reply is not a complete one with status 200.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> Result<&[u8], ConnectionError> {
        let head = self.begin(request).await?;
        let mut end = head.bytes;
        match head.framing {
            Framing::Length(length) => {
                end += length;
                self.fill(end).await?;
                self.body.extend_from_slice(&self.received[head.bytes..end]);
            }
            Framing::Chunks => while self.chunk(&mut end).await? {},
        }
        if self.received.len() > end {
            return Err(ConnectionError::Surplus);
        }
        if head.status != 200 {
            let (status, body) = (head.status, lossy(&self.body));
            return Err(ConnectionError::Status { status, body });
        }
        Ok(&self.body)
    }

    /// Sends a request and reads until `content` has arrived. Nothing can be sent after that.
    ///
    /// # Errors
    /// If the reply ends first.
    pub(super) async fn read_until(&mut self, request: &[u8], content: &str) -> Result<(), ConnectionError> {
        let head = self.begin(request).await?;
        let mut end = head.bytes;
        while memmem::find(&self.body, content.as_bytes()).is_none() {
            let goes_on = matches!(head.framing, Framing::Chunks) && self.chunk(&mut end).await?;
            if !goes_on {
                return Err(ConnectionError::NoContent(lossy(&self.received)));
            }
        }
        Ok(())
    }

    /// Frees the read buffer, for connections that only stay open.
    pub(super) fn forget(&mut self) {
        self.received = Vec::new();
        self.body = Vec::new();
    }

    async fn begin(&mut self, request: &[u8]) -> Result<Head, ConnectionError> {
        self.received.clear();
        self.body.clear();
        self.stream.write_all(request).await?;
        loop {
            self.more().await?;
            if let Some(head) = Head::parse(&self.received)? {
                return Ok(head);
            }
        }
    }

    /// Reads the chunk that begins at `at` and moves on; false if it was the last (RFC 9112, section 7.1).
    async fn chunk(&mut self, at: &mut usize) -> Result<bool, ConnectionError> {
        loop {
            match httparse::parse_chunk_size(&self.received[*at..]) {
                Ok(Status::Complete((line, size))) => {
                    let data = *at + line;
                    let size = usize::try_from(size).map_err(|_| ConnectionError::Chunk)?;
                    *at = data + size + 2;
                    self.fill(*at).await?;
                    self.body.extend_from_slice(&self.received[data..data + size]);
                    return Ok(size > 0);
                }
                Ok(Status::Partial) => self.more().await?,
                Err(_) => return Err(ConnectionError::Chunk),
            }
        }
    }

    async fn fill(&mut self, bytes: usize) -> Result<(), ConnectionError> {
        while self.received.len() < bytes {
            self.more().await?;
        }
        Ok(())
    }

    async fn more(&mut self) -> Result<(), ConnectionError> {
        self.received.reserve(ROOM);
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(ConnectionError::Closed),
            _ => Ok(()),
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

// === impl Head ===

impl Head {
    /// `None` if it is not all there yet.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, ConnectionError> {
        let mut headers = [EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut headers);
        let Status::Complete(length) = head.parse(bytes)? else {
            return Ok(None);
        };
        let framing = head.headers.iter().find_map(|header| {
            let value = str::from_utf8(header.value).ok()?;
            if header.name.eq_ignore_ascii_case("content-length") {
                return value.parse().ok().map(Framing::Length);
            }
            let chunked =
                header.name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked");
            chunked.then_some(Framing::Chunks)
        });
        Ok(Some(Self {
            status: head.code.unwrap_or_default(),
            bytes: length,
            framing: framing.ok_or(ConnectionError::Unframed)?,
        }))
    }
}

#[cfg(test)]
mod tests;
