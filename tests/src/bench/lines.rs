//! What requests at a fixed rate are sent on: connections of HTTP/1.1, or streams of HTTP/2.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use h2::client::{SendRequest, handshake};
use http::{Method, Request};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::connection::{Connection, ConnectionError};
use super::load::{LoadError, check};
use super::requests::{Ask, CHAT};

/// How many lines there are at first, whatever they are.
pub(super) const LINES: usize = 100;

/// How many connections of HTTP/1.1 there may be: more are opened when all are busy.
const MOST: usize = 2000;

/// How requests reach a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// HTTP/1.1: one request at a time on each connection.
    Http1,
    /// HTTP/2 with all streams on one connection.
    Http2Together,
    /// HTTP/2 with a connection for each stream.
    Http2Apart,
}

/// One request's place: it carries one at a time.
pub(super) enum Line {
    /// A connection of its own.
    Http1(Connection),
    /// A stream of a connection.
    Http2(SendRequest<Bytes>),
}

/// The lines to one server.
pub(super) struct Lines {
    address: SocketAddr,
    protocol: Protocol,
    opened: usize,
    /// What reads and writes the connections of HTTP/2.
    driven: JoinSet<()>,
}

/// One request in the forms of both protocols.
#[derive(Debug)]
pub(super) struct Form {
    ask: Ask,
    host: SocketAddr,
    http1: Vec<u8>,
    body: Bytes,
}

// === impl Form ===

impl Form {
    /// What asks a server at `host` for that model.
    pub(super) fn new(ask: Ask, host: SocketAddr, model: &str) -> Self {
        Self {
            ask,
            host,
            http1: ask.request(host, model, None),
            body: ask.body(model).into(),
        }
    }

    fn http2(&self) -> Result<Request<()>, ConnectionError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("http://{}{CHAT}", self.host))
            .header("content-type", "application/json")
            .header("content-length", self.body.len());
        Ok(request.body(())?)
    }
}

// === impl Lines ===

impl Lines {
    /// Opens the first lines.
    ///
    /// # Errors
    /// If the server does not take them.
    pub(super) async fn open(address: SocketAddr, protocol: Protocol) -> Result<(Self, Vec<Line>), ConnectionError> {
        let mut lines = Self {
            address,
            protocol,
            opened: 0,
            driven: JoinSet::new(),
        };
        let mut first: Vec<Line> = Vec::with_capacity(LINES);
        for _ in 0..LINES {
            let line = match (protocol, first.first()) {
                (Protocol::Http1, _) => Line::connect(address).await?,
                (Protocol::Http2Together, Some(Line::Http2(sender))) => Line::Http2(sender.clone()),
                (Protocol::Http2Together | Protocol::Http2Apart, _) => lines.connect_http2().await?,
            };
            first.push(line);
        }
        lines.opened = LINES;
        Ok((lines, first))
    }

    /// Whether one more may be opened, which then counts as opened.
    pub(super) fn take_another(&mut self) -> Option<SocketAddr> {
        let may = self.protocol == Protocol::Http1 && self.opened < MOST;
        self.opened += usize::from(may);
        may.then_some(self.address)
    }

    async fn connect_http2(&mut self) -> Result<Line, ConnectionError> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(stream).await?;
        // How it ends is what its requests are told.
        self.driven.spawn(async { drop(connection.await) });
        Ok(Line::Http2(sender))
    }
}

// === impl Line ===

impl Line {
    /// A connection of HTTP/1.1.
    ///
    /// # Errors
    /// If the server does not take it.
    pub(super) async fn connect(address: SocketAddr) -> Result<Self, ConnectionError> {
        Ok(Self::Http1(Connection::open(address).await?))
    }

    /// Sends a request, reads its reply and checks it.
    ///
    /// # Errors
    /// If the reply is not the right one.
    pub(super) async fn exchange(&mut self, form: &Form) -> Result<(), LoadError> {
        match self {
            Self::Http1(connection) => check(form.ask, connection.exchange(&form.http1).await?),
            Self::Http2(sender) => check(form.ask, &stream(sender, form).await?),
        }
    }
}

/// One request as a stream of HTTP/2; its reply's body.
async fn stream(sender: &mut SendRequest<Bytes>, form: &Form) -> Result<Bytes, ConnectionError> {
    let mut ready = sender.clone().ready().await?;
    let (reply, mut sending) = ready.send_request(form.http2()?, false)?;
    sending.send_data(form.body.clone(), true)?;
    let (head, mut incoming) = reply.await?.into_parts();
    let mut body = BytesMut::new();
    while let Some(data) = incoming.data().await {
        let data = data?;
        incoming.flow_control().release_capacity(data.len())?;
        body.extend_from_slice(&data);
    }
    if head.status != 200 {
        let (status, body) = (head.status.as_u16(), String::from_utf8_lossy(&body).into_owned());
        return Err(ConnectionError::Status { status, body });
    }
    Ok(body.freeze())
}
