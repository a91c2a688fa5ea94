//! Requests and responses between hyper and the [`Handler`]: tells the [`Peer`] how far each has come.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, Version, header};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::Service;
use tokio::task::yield_now;

use super::lane::Lane;
use super::peer::Peer;
use super::reader::Reader;
use crate::request::Gateway;
use crate::request::drain::InFlight;

/// An unread body of up to this many bytes has most likely arrived with its head, and is discarded in passing.
const SMALL: u64 = 16 << 10;

/// What answers the requests of a listener.
pub(crate) trait Handler: Clone + Send + Sync + 'static {
    /// The response to a request of the client whom `reader` knows. It comes with what counts it as in flight until its last
    /// byte is written, if anything does.
    fn handle(
        &self,
        request: Request<Body>,
        reader: Reader,
    ) -> impl Future<Output = (Response<Body>, Option<Arc<InFlight>>)> + Send;
}

/// The handler, for the requests of one connection.
#[derive(Clone)]
pub(super) struct Traffic<H> {
    handler: H,
    gateway: Arc<Gateway>,
    peer: Arc<Peer>,
}

/// A request's body.
struct RequestBody {
    incoming: Incoming,
    peer: Arc<Peer>,
    http1: bool,
    ended: bool,
}

/// A request that is being answered. Dropping it tells the peer.
struct Open {
    peer: Arc<Peer>,
    /// The response's own task with HTTP/2.
    lane: Option<Arc<Lane>>,
    in_flight: Option<Arc<InFlight>>,
    answered: bool,
}

/// A response's body. Dropping it, at its end or before, ends the request.
pub(super) struct ResponseBody {
    body: Body,
    open: Open,
}

// === impl Traffic ===

impl<H: Handler> Traffic<H> {
    pub(super) fn new(gateway: &Arc<Gateway>, handler: H, peer: &Arc<Peer>) -> Self {
        Self {
            handler,
            gateway: Arc::clone(gateway),
            peer: Arc::clone(peer),
        }
    }

    /// Whether the client must be told that the connection ends with this response (RFC 9112, section 9.6): too much of
    /// the request is unread, or the gateway is shutting down.
    fn closes(&self, http1: bool, unread_is_small: bool) -> bool {
        http1 && (self.gateway.drain.is_draining() || (self.peer.left_unread() && !unread_is_small))
    }
}

impl<H: Handler> Service<Request<Incoming>> for Traffic<H> {
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let version = request.version();
        let pipelined = self.peer.begin(version);
        let mut open = Open {
            peer: Arc::clone(&self.peer),
            lane: None,
            in_flight: None,
            answered: false,
        };
        let http1 = version != Version::HTTP_2;
        let upper = http_body::Body::size_hint(request.body()).upper();
        let unread_is_small =
            upper.is_some_and(|upper| upper <= SMALL) && !request.headers().contains_key(header::EXPECT);
        let request = request.map(|incoming| {
            Body::new(RequestBody {
                ended: http_body::Body::is_end_stream(&incoming),
                incoming,
                peer: Arc::clone(&self.peer),
                http1,
            })
        });
        let this = self.clone();
        Box::pin(async move {
            if pipelined {
                // All that came in one read would be answered before anyone else on the worker is heard.
                yield_now().await;
            }
            // The task is the connection's own until here.
            open.lane = Lane::current();
            let reader = Reader::new(Arc::clone(&open.peer), open.lane.clone());
            let (mut response, in_flight) = this.handler.handle(request, reader).await;
            open.in_flight = in_flight;
            open.peer.answer();
            open.answered = true;
            if this.closes(http1, unread_is_small) {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
            }
            open.offer();
            Ok(response.map(|body| ResponseBody { body, open }))
        })
    }
}

// === impl RequestBody ===

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.incoming).poll_frame(context) {
            Poll::Ready(frame) => {
                this.ended |= frame.is_none() || http_body::Body::is_end_stream(&this.incoming);
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            // All that the client sent has been read before its end is seen.
            Poll::Pending if this.http1 && this.peer.poll_half_closed_body(context).is_ready() => {
                let cut = io::Error::from(io::ErrorKind::UnexpectedEof);
                Poll::Ready(Some(Err(cut.into())))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        http_body::Body::is_end_stream(&self.incoming)
    }

    fn size_hint(&self) -> SizeHint {
        http_body::Body::size_hint(&self.incoming)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if !self.ended && self.http1 {
            self.peer.leave_unread();
        }
    }
}

// === impl ResponseBody ===

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        this.open.taken();
        let frame = Pin::new(&mut this.body).poll_frame(context);
        if frame.is_ready() {
            this.open.offer();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

// === impl Open ===

impl Open {
    /// A part of the response is handed out, and no other asked for until the client has room.
    fn offer(&self) {
        self.lane.iter().for_each(|lane| lane.offer());
    }

    /// The next part is asked for.
    fn taken(&self) {
        self.lane.iter().for_each(|lane| lane.taken());
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.taken();
        if !self.answered {
            self.peer.abandon();
        }
        self.peer.end(self.in_flight.take());
    }
}
