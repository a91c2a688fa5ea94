//! The upstream's replies: the same text in two vendors' formats, buffered or as a stream, ready to send.

mod anthropic;
mod openai;

use std::fmt::Write;

/// The number of content chunks in a stream.
pub(super) const CHUNKS: u16 = 100;

/// The text of every content chunk. The word occurs nowhere else in a reply, so counting it counts chunks.
pub(super) const PIECE: &str = "tick ";

/// The text of every buffered reply; in OpenAI's format the body has about 400 bytes.
pub(super) const TEXT: &str = "A jackfield is the panel of sockets into which anything can be patched while the \
     desk stays live: sources above, destinations below, and a cord between the two of them.";

/// A prompt that contains these words gets a stream that stays open after its first content chunk.
pub(super) const HOLD: &str = "hold the line";

/// The replies in one vendor's format, as HTTP/1.1 responses.
#[derive(Debug)]
pub(super) struct Replies {
    /// A buffered reply.
    pub(super) whole: Vec<u8>,
    /// A stream of [`CHUNKS`] chunks. Each event is an HTTP chunk of its own, as if the vendor flushed after each.
    pub(super) stream: Vec<u8>,
    /// The beginning of a stream, with one chunk.
    pub(super) held: Vec<u8>,
}

// === impl Replies ===

impl Replies {
    /// `OpenAI`'s Chat Completions.
    pub(super) fn openai() -> Self {
        Self {
            whole: json(&openai::whole()),
            stream: ended(sse(&openai::events(CHUNKS))),
            held: sse(&openai::events(1)[..2]),
        }
    }

    /// Anthropic's Messages.
    pub(super) fn anthropic() -> Self {
        Self {
            whole: json(&anthropic::whole()),
            stream: ended(sse(&anthropic::events(CHUNKS))),
            held: sse(&anthropic::events(1)[..3]),
        }
    }
}

/// A body as a whole response.
pub(super) fn json(body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    (head + body).into_bytes()
}

/// `X-Accel-Buffering: no` is how an upstream tells nginx not to buffer its stream
/// (<https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering>).
fn sse(events: &[String]) -> Vec<u8> {
    let mut response = String::from(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n\
         x-accel-buffering: no\r\ntransfer-encoding: chunked\r\n\r\n",
    );
    for event in events {
        // Writing to a string does not fail.
        let _ = write!(response, "{:x}\r\n{event}\r\n", event.len());
    }
    response.into_bytes()
}

fn ended(mut response: Vec<u8>) -> Vec<u8> {
    response.extend_from_slice(b"0\r\n\r\n");
    response
}

#[cfg(test)]
mod tests {
    use memchr::memmem;

    use super::*;

    #[test]
    fn each_stream_has_as_many_pieces_as_it_should() {
        for replies in [Replies::openai(), Replies::anthropic()] {
            let pieces = |bytes| memmem::find_iter(bytes, PIECE).count();
            assert_eq!(pieces(&replies.stream), usize::from(CHUNKS));
            assert_eq!(pieces(&replies.held), 1);
            assert_eq!(pieces(&replies.whole), 0);
        }
    }

    #[test]
    fn a_buffered_reply_has_about_400_bytes() {
        assert!((380..=420).contains(&openai::whole().len()));
    }

    #[test]
    fn only_what_is_not_held_comes_to_an_end() {
        let replies = Replies::openai();
        assert!(replies.stream.ends_with(b"\r\n0\r\n\r\n"));
        assert!(!replies.held.ends_with(b"\r\n0\r\n\r\n"));
    }
}
