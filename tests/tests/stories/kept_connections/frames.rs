//! An upstream of HTTP/2 without TLS that sees every frame.

use jackfield_tests::patience::patiently;
use jackfield_tests::vendor::{Turn, openai};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a client of HTTP/2 says first (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Types of frames, and their flags (RFC 9113, section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// `:status: 200` and `content-type: application/json` (RFC 7541, appendix A).
const HEAD: &[u8] = b"\x88\x5f\x10application/json";

/// A connection of such an upstream.
pub(super) struct Frames(TcpStream);

/// A frame (RFC 9113, section 4.1).
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

// === impl Frames ===

impl Frames {
    pub(super) async fn accept(listener: &TcpListener) -> Self {
        let (mut stream, _) = patiently("a connection", listener.accept()).await.unwrap();
        let mut preface = [0; PREFACE.len()];
        patiently("the preface", stream.read_exact(&mut preface)).await.unwrap();
        assert_eq!(preface, PREFACE);
        let mut frames = Self(stream);
        frames.write(SETTINGS, 0, 0, &[]).await;
        frames
    }

    /// The next frame; `None` at the connection's end.
    pub(super) async fn next(&mut self) -> Option<Frame> {
        patiently("a frame", async {
            let mut head = [0; 9];
            self.0.read_exact(&mut head).await.ok()?;
            let [a, b, c, kind, flags, stream @ ..] = head;
            let mut payload = vec![0; usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap()];
            self.0.read_exact(&mut payload).await.ok()?;
            let stream = u32::from_be_bytes(stream);
            Some(Frame {
                kind,
                flags,
                stream,
                payload,
            })
        })
        .await
    }

    async fn write(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        // The other side may have gone.
        let _ = self.0.write_all(&[&head, payload].concat()).await;
    }

    /// Reads until there is a frame like this, and answers settings and pings meanwhile.
    pub(super) async fn until(&mut self, is: impl Fn(&Frame) -> bool) -> Frame {
        loop {
            let frame = self.next().await.unwrap();
            if matches!(frame.kind, SETTINGS | PING) && frame.flags & ACK == 0 {
                let payload = if frame.kind == PING { &*frame.payload } else { &[] };
                self.write(frame.kind, ACK, 0, payload).await;
            }
            if is(&frame) {
                return frame;
            }
        }
    }

    /// Answers a request.
    pub(super) async fn answer(&mut self, text: &str) {
        let asked = self.until(|frame| frame.kind == DATA && frame.flags & END_STREAM != 0);
        let stream = asked.await.stream;
        self.write(HEADERS, END_HEADERS, stream, HEAD).await;
        let body = openai::completion(&Turn::says(&[text]), 1).to_string();
        self.write(DATA, END_STREAM, stream, body.as_bytes()).await;
    }
}
