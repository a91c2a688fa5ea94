//! One request through the proxy: forwarded as it came, its reply passed on as it comes, and recorded once it is complete.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderName, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use jackfield_gateway::forward::{Forwarded, Forwarder};

use super::Seen;
use crate::loopback::{self, Body};

/// The largest reply that is recorded, in bytes. A larger one is passed on all the same.
const LARGEST: usize = 64 << 20;

/// Headers that belong to a connection (RFC 9110, section 7.6.1), and the content codings, which a recording must not have.
const OF_CONNECTION: [HeaderName; 10] = [
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::HOST,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What is done with a complete exchange, or with the reason why there is none.
pub type Done = dyn Fn(Result<Seen, String>) + Send + Sync;

/// Forwards requests to one upstream.
pub struct Proxy {
    forwarder: Forwarder,
    upstream: String,
    done: Box<Done>,
}

/// A reply on its way.
struct Passing {
    proxy: Arc<Proxy>,
    reply: Forwarded,
    seen: Option<Seen>,
    body: Vec<u8>,
    pieces: VecDeque<Bytes>,
}

// === impl Proxy ===

impl Proxy {
    /// A proxy for the upstream with this base URL. `done` gets each exchange.
    ///
    /// # Errors
    /// If the URL is none, or the machine's certificates cannot be read.
    pub fn new(upstream: &str, done: Box<Done>) -> Result<Self, String> {
        if let Some(problem) = jackfield_config::base_url_problem(upstream) {
            return Err(format!("{upstream} {problem}"));
        }
        Ok(Self {
            forwarder: Forwarder::new()?,
            upstream: upstream.trim_end_matches('/').to_owned(),
            done,
        })
    }

    /// Serves one request.
    pub async fn pass(self: Arc<Self>, request: Request<Bytes>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let url = format!("{}{path}", self.upstream);
        let mut headers = parts.headers.clone();
        remove_connection(&mut headers);
        let sent = self
            .forwarder
            .send(parts.method.clone(), url, headers, body.clone())
            .await;
        let reply = match sent {
            Ok(reply) => reply,
            Err(problem) => {
                (self.done)(Err(format!("{} {}: {problem}", parts.method, parts.uri.path())));
                return loopback::text(StatusCode::BAD_GATEWAY, problem + "\n");
            }
        };
        let (status, mut headers) = (reply.status, reply.headers.clone());
        let seen = Seen {
            method: parts.method,
            path,
            request_headers: parts.headers,
            request_body: body,
            status,
            headers: headers.clone(),
            body: Bytes::new(),
        };
        remove_connection(&mut headers);
        let passing = Passing {
            proxy: self,
            reply,
            seen: Some(seen),
            body: Vec::new(),
            pieces: VecDeque::new(),
        };
        let frames = stream::unfold(passing, |mut passing| async {
            let piece = passing.next().await?;
            Some((piece.map(Frame::data), passing))
        });
        let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        response
    }
}

// === impl Passing ===

impl Passing {
    /// The next piece; none at the end, when the exchange is recorded. One that broke off is not.
    async fn next(&mut self) -> Option<std::io::Result<Bytes>> {
        if self.pieces.is_empty() {
            match self.reply.pieces().await {
                Ok(pieces) => self.pieces.extend(pieces),
                Err(problem) => {
                    self.seen = None;
                    (self.proxy.done)(Err(format!("not recorded: {problem}")));
                    return Some(Err(std::io::Error::other(problem)));
                }
            }
        }
        let Some(piece) = self.pieces.pop_front() else {
            self.end();
            return None;
        };
        if self.body.len() <= LARGEST {
            self.body.extend_from_slice(&piece);
        }
        Some(Ok(piece))
    }

    fn end(&mut self) {
        let Some(seen) = self.seen.take() else { return };
        if self.body.len() > LARGEST {
            (self.proxy.done)(Err(format!("not recorded: the reply is larger than {LARGEST} bytes")));
            return;
        }
        let body = std::mem::take(&mut self.body).into();
        (self.proxy.done)(Ok(Seen { body, ..seen }));
    }
}

fn remove_connection(headers: &mut HeaderMap) {
    for name in OF_CONNECTION {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}
