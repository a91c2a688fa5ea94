//! The upstream: one thread that reads requests just far enough to frame them and sends canned replies.
//!
//! A whole stream goes to the kernel at once, so the rate of events is that of the server in between.

mod request;

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::canned::{Replies, json};
use request::{Request, RequestError, Shape, Wanted};

/// The replies by the shape of the request.
struct Canned {
    openai: Replies,
    anthropic: Replies,
    models: Vec<u8>,
}

/// What a collector answers.
const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// What a probe is answered: the one model.
const MODELS: &str = r#"{"object":"list","data":[{"id":"upstream","object":"model","owned_by":"bench"}]}"#;

/// Answers every connection until it is dropped.
///
/// # Errors
/// If it can no longer accept connections.
pub(super) async fn serve(listener: TcpListener) -> io::Result<()> {
    let canned = Arc::new(Canned {
        openai: Replies::openai(),
        anthropic: Replies::anthropic(),
        models: json(MODELS),
    });
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        let canned = Arc::clone(&canned);
        connections.spawn(async move {
            match converse(stream, &canned).await {
                // The client has gone, as it may at any time.
                Ok(()) | Err(RequestError::Io(_)) => {}
                // The client sees only that the connection closes; this tells why.
                Err(error) => eprintln!("upstream: {error}"),
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(mut stream: TcpStream, canned: &Canned) -> Result<(), RequestError> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(request) = Request::read(&mut stream, &mut buffer).await? {
        let replies = match request.shape {
            Shape::Openai => &canned.openai,
            Shape::Anthropic => &canned.anthropic,
            Shape::Spans => {
                stream.write_all(TAKEN).await?;
                continue;
            }
            Shape::Probe => {
                stream.write_all(&canned.models).await?;
                continue;
            }
        };
        match request.wanted {
            Wanted::Whole => stream.write_all(&replies.whole).await?,
            Wanted::Stream => stream.write_all(&replies.stream).await?,
            Wanted::Held => {
                stream.write_all(&replies.held).await?;
                // Nothing comes but the end of the connection.
                stream.read_u8().await?;
            }
        }
    }
    Ok(())
}
