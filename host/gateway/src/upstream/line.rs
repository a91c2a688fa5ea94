//! The connection of one exchange: whether it was kept, whether anything was heard on it, and whether to keep it.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll};

use http::Extensions;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::{CaptureConnection, Connected, Connection, capture_connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::driver::Driver;
use super::error::causes;
use crate::fairness::{Caller, Errand};

/// The most interim responses (RFC 9110, section 15.2) to one request. Real servers send one or two; reading an endless
/// row of them would hold up the thread.
const MAX_INTERIM: u32 = 64;

/// The connection of one exchange, as soon as there is one. Clones are the same line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(Arc<Exchange>);

#[derive(Debug, Default)]
struct Exchange {
    connection: Mutex<Option<CaptureConnection>>,
    /// The connection's task works for whom this exchange is, for as long as that lasts.
    errand: Errand,
}

/// What is known about one connection, for as long as it lives.
#[derive(Debug, Default)]
struct Wire {
    /// A request on it was answered, so it was kept.
    answered: AtomicBool,
    /// Something arrived since we last began to write. Means nothing on HTTP/2, where streams share the connection.
    heard: AtomicBool,
    /// Nothing more is to be read from it.
    cut: AtomicBool,
    /// Known from the first read on.
    driver: OnceLock<Weak<Driver>>,
}

/// A stream of bytes that notes what it hears: of what has been decrypted, so that the farewell of TLS does not count.
#[derive(Debug)]
pub(super) struct Wired<S> {
    stream: TokioIo<S>,
    wire: Arc<Wire>,
    /// It leads to a proxy, to which requests are written with their whole URL (RFC 9112, section 3.2.2).
    to_proxy: bool,
}

// === impl Line ===

impl Line {
    /// Follows `request` to its connection.
    pub(super) fn attach<B>(&self, request: &mut http::Request<B>) {
        *self.lock() = Some(capture_connection(request));
        let (line, seen) = (self.clone(), AtomicU32::new(0));
        hyper::ext::on_informational(request, move |_| {
            if seen.fetch_add(1, Ordering::Relaxed) >= MAX_INTERIM {
                line.with_wire(|wire| wire.cut.store(true, Ordering::Relaxed));
            }
        });
    }

    /// The head of a reply has arrived: its connection is one that was answered on. Returns who drives that.
    pub(super) fn answered<B>(response: &http::Response<B>) -> Option<Weak<Driver>> {
        let wire = response.extensions().get::<Arc<Wire>>()?;
        wire.answered.store(true, Ordering::Relaxed);
        wire.driver.get().cloned()
    }

    /// True if the exchange ended with `error` because a connection that had been kept was gone, before anything of a
    /// reply had come. A stream that the upstream refused unseen counts too (RFC 9113, section 8.7).
    pub(super) fn ended_unheard(&self, error: &(dyn Error + 'static)) -> bool {
        let (mut kept, mut heard) = (false, true);
        self.with_wire(|wire| {
            kept = wire.answered.load(Ordering::Relaxed);
            heard = wire.heard.load(Ordering::Relaxed) || wire.cut.load(Ordering::Relaxed);
        });
        match causes(error).find_map(|cause| cause.downcast_ref::<h2::Error>()) {
            Some(error) if error.is_reset() => error.reason() == Some(h2::Reason::REFUSED_STREAM),
            Some(error) => kept && (error.is_io() || error.is_go_away()),
            None => kept && !heard,
        }
    }

    /// The upstream was silent for too long: the connection may be dead, so it is not given to the next request.
    /// Exchanges that share it go on.
    pub(crate) fn distrust(&self) {
        if let Some(captured) = &*self.lock()
            && let Some(connected) = captured.connection_metadata().as_ref()
        {
            connected.poison();
        }
    }

    /// For whom the exchange is.
    pub(super) fn caller(&self) -> &Caller {
        self.0.errand.caller()
    }

    fn with_wire(&self, note: impl FnOnce(&Wire)) {
        let mut extras = Extensions::new();
        if let Some(captured) = &*self.lock()
            && let Some(connected) = captured.connection_metadata().as_ref()
        {
            connected.get_extras(&mut extras);
        }
        if let Some(wire) = extras.get::<Arc<Wire>>() {
            note(wire);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<CaptureConnection>> {
        // Nothing that holds the lock can panic in the middle of a change.
        self.0.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Wired ===

impl<S> Wired<S> {
    /// A connection to an upstream, or `to_proxy`.
    pub(super) fn new(stream: S, to_proxy: bool) -> TokioIo<Self> {
        TokioIo::new(Self {
            stream: TokioIo::new(stream),
            wire: Arc::default(),
            to_proxy,
        })
    }
}

impl<S: Connection> Connection for Wired<S> {
    fn connected(&self) -> Connected {
        let connected = self.stream.inner().connected().extra(Arc::clone(&self.wire));
        connected.proxy(self.to_proxy)
    }
}

impl<S: Read + Unpin> AsyncRead for Wired<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.wire.cut.load(Ordering::Relaxed) {
            let what = format!("more than {MAX_INTERIM} interim responses");
            return Poll::Ready(Err(io::Error::other(what)));
        }
        if self.wire.driver.get().is_none()
            && let Some(driver) = Driver::met()
        {
            // Only this sets it.
            let _ = self.wire.driver.set(driver);
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.wire.heard.store(true, Ordering::Relaxed);
        }
        read
    }
}

impl<S: Write + Unpin> AsyncWrite for Wired<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.wire.heard.store(false, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.wire.heard.store(false, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }
}
