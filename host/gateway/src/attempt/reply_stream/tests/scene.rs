//! A scripted body in memory, with short timeouts.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt};
use http_body_util::StreamBody;
use hyper::body::Frame;
use jackfield_config::TimeoutsConfig;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::attempt::clocks::Clocks;
use crate::attempt::decoding::Decode;
use crate::attempt::redaction::Redaction;
use crate::attempt::reply_stream::UpstreamStream;
use crate::attempt::{Events, Limits, ReplyStream, Then};
use crate::upstream::framing::Framing;
use crate::upstream::reply::UpstreamReply;

type Piece = io::Result<Frame<Bytes>>;

type Pieces = Pin<Box<dyn Stream<Item = Piece> + Send>>;

/// A streamed reply whose head has arrived, and the sending end of its body.
pub(super) struct Scene {
    pub(super) stream: UpstreamStream<StreamBody<Pieces>>,
    body: Option<mpsc::UnboundedSender<Piece>>,
}

/// The timeouts of all scenes.
pub(super) fn timeouts() -> TimeoutsConfig {
    TimeoutsConfig {
        connect: Duration::from_secs(1),
        response: Some(Duration::from_secs(5)),
        whole_response: None,
        first_content: Duration::from_secs(3),
        idle: Duration::from_secs(2),
        total: Duration::from_mins(1),
    }
}

/// The events' data as text.
pub(super) fn data(events: &Events) -> Vec<String> {
    let mut all = Vec::new();
    let each = |_: &[u8], event: &[u8]| {
        all.push(String::from_utf8(event.to_vec()).unwrap());
        Ok::<_, ()>(())
    };
    events.try_for_each(each).unwrap();
    all
}

/// A reply whose body is sent through the channel.
pub(super) fn reply() -> (UpstreamReply<StreamBody<Pieces>>, mpsc::UnboundedSender<Piece>) {
    let (body, pieces) = mpsc::unbounded_channel();
    let pieces: Pieces = Box::pin(
        unfold(pieces, async |mut pieces: mpsc::UnboundedReceiver<Piece>| {
            let piece = pieces.recv().await?;
            Some((piece, pieces))
        })
        .fuse(),
    );
    (UpstreamReply::new(http::Response::new(StreamBody::new(pieces))), body)
}

// === impl Scene ===

impl Scene {
    /// A stream of server-sent events that the host reads itself.
    pub(super) fn sse() -> Self {
        Self::limited(far())
    }

    /// The same within these limits.
    pub(super) fn limited(limits: Limits) -> Self {
        Self::with(Framing::Sse, None, limits)
    }

    /// A stream of server-sent events that `decoder` decodes.
    pub(super) fn decoded(decoder: impl Decode + 'static) -> Self {
        Self::framed(Framing::Sse, Some(Box::new(decoder)))
    }

    /// A stream with any framing.
    pub(super) fn framed(framing: Framing, decoder: Option<Box<dyn Decode>>) -> Self {
        Self::with(framing, decoder, far())
    }

    fn with(framing: Framing, decoder: Option<Box<dyn Decode>>, limits: Limits) -> Self {
        let (reply, body) = reply();
        let clocks = Clocks::start(&timeouts(), true, limits);
        Self {
            stream: UpstreamStream::new((reply, None), framing, 4_096, decoder, clocks, &redaction()),
            body: Some(body),
        }
    }

    /// A stream that the adapter answered itself.
    pub(super) fn answered(lines: &'static str) -> UpstreamStream<StreamBody<Pieces>> {
        UpstreamStream::answered(lines.into(), Clocks::start(&timeouts(), true, far()), &redaction())
    }

    pub(super) fn sends(&self, text: &str) {
        let piece = Frame::data(Bytes::from(text.to_owned()));
        self.body.as_ref().unwrap().send(Ok(piece)).unwrap();
    }

    pub(super) fn ends(&mut self) {
        self.body = None;
    }

    pub(super) fn breaks(&self) {
        let error = io::Error::other("connection reset");
        self.body.as_ref().unwrap().send(Err(error)).unwrap();
    }

    /// The next batch: its events as text, and what follows.
    pub(super) async fn next(&mut self) -> (Vec<String>, Then) {
        let batch = self.stream.next().await;
        (data(&batch.events), batch.then)
    }
}

fn far() -> Limits {
    Limits {
        deadline: Instant::now() + Duration::from_mins(10),
        last: false,
    }
}

fn redaction() -> Arc<Redaction> {
    Arc::new(Redaction::default().key("sk-secret-12345"))
}
