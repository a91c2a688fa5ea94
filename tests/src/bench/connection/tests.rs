//! Replies of every framing, in pieces, and replies that are none.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{Join, ReadBuf, Sink};

use super::*;

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// What one network read after the other gives, and then the end.
struct Reads(VecDeque<Vec<u8>>);

impl AsyncRead for Reads {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        into.put_slice(&self.0.pop_front().unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

/// A connection on which `reply` comes, so many bytes at a time.
fn receiving(reply: &str, bytes: usize) -> Connection<Join<Reads, Sink>> {
    let reads = reply.as_bytes().chunks(bytes).map(<[u8]>::to_vec).collect();
    Connection::over(tokio::io::join(Reads(reads), tokio::io::sink()))
}

#[tokio::test]
async fn a_body_of_known_length_is_read_however_it_is_cut() {
    let reply = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for bytes in 1..=reply.len() {
        let mut connection = receiving(reply, bytes);
        assert_eq!(connection.exchange(b"ask").await.unwrap(), b"hello");
    }
}

#[tokio::test]
async fn chunks_are_put_together_however_they_are_cut() {
    let reply = format!("{CHUNKED}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n");
    for bytes in 1..=reply.len() {
        let mut connection = receiving(&reply, bytes);
        assert_eq!(connection.exchange(b"ask").await.unwrap(), b"hello");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_a_success_is_told_with_its_body() {
    let reply = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\n\r\nnone";
    let mut connection = receiving(reply, reply.len());
    let error = connection.exchange(b"ask").await.unwrap_err();
    assert_eq!(error.to_string(), "the status is 502: none");
}

#[tokio::test]
async fn a_reply_that_is_cut_is_none() {
    let reply = format!("{CHUNKED}5\r\nhello\r\n");
    let mut connection = receiving(&reply, reply.len());
    let error = connection.exchange(b"ask").await.unwrap_err();
    assert!(matches!(error, ConnectionError::Closed));
}

#[tokio::test]
async fn bytes_after_the_reply_are_noticed() {
    let reply = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhello";
    let mut connection = receiving(reply, reply.len());
    let error = connection.exchange(b"ask").await.unwrap_err();
    assert!(matches!(error, ConnectionError::Surplus));
}

#[tokio::test]
async fn a_stream_is_read_up_to_its_first_content_and_no_further() {
    let reply = format!("{CHUNKED}2\r\n{{}}\r\n5\r\ntick \r\n");
    let mut connection = receiving(&reply, 1);
    connection.read_until(b"ask", "tick").await.unwrap();
}

#[tokio::test]
async fn a_stream_that_ends_without_content_is_an_error() {
    let reply = format!("{CHUNKED}2\r\n{{}}\r\n0\r\n\r\n");
    let mut connection = receiving(&reply, 1);
    let error = connection.read_until(b"ask", "tick").await.unwrap_err();
    assert!(matches!(error, ConnectionError::NoContent(_)));
}
