//! Reads and discards what a client still sends after it was refused.
//!
//! Closing a socket with unread data resets the connection, and the client's kernel then discards the refusal before the
//! client has read it (RFC 9112, section 9.6).

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Sleep, sleep};

/// The most that is read: more than any body within the usual limits.
const MAX_BYTES: usize = 64 << 20;

/// The longest that is waited altogether.
const MAX_TIME: Duration = Duration::from_secs(30);

/// How much is read at a time.
const STEP: usize = 16 << 10;

/// A connection whose sending side is closed, and whose client may not have noticed.
#[derive(Debug)]
pub(super) struct Linger {
    left: usize,
    over: Pin<Box<Sleep>>,
}

// === impl Linger ===

impl Linger {
    pub(super) fn start() -> Self {
        Self {
            left: MAX_BYTES,
            over: Box::pin(sleep(MAX_TIME)),
        }
    }

    /// Ready when the client has stopped sending, or has sent enough.
    pub(super) fn poll(&mut self, stream: &mut (impl AsyncRead + Unpin), context: &mut Context<'_>) -> Poll<()> {
        if self.over.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        let mut step = [0; STEP];
        while self.left > 0 {
            let read = ready!(read(stream, &mut step, context));
            match read {
                Ok(0) | Err(_) => return Poll::Ready(()),
                Ok(read) => self.left = self.left.saturating_sub(read),
            }
        }
        Poll::Ready(())
    }
}

fn read(stream: &mut (impl AsyncRead + Unpin), step: &mut [u8], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
    let mut buffer = ReadBuf::new(step);
    ready!(Pin::new(stream).poll_read(context, &mut buffer))?;
    Poll::Ready(Ok(buffer.filled().len()))
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_ends_with_the_client() {
        let (mut client, mut server) = duplex(10);
        let mut linger = Linger::start();
        let (began, sent) = (Instant::now(), async {
            client.write_all(&vec![0; 100_000]).await.unwrap();
            drop(client);
        });
        tokio::join!(poll_fn(|context| linger.poll(&mut server, context)), sent);
        assert_eq!(began.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_keeps_silent_is_left_after_a_while() {
        let (_client, mut server) = duplex(10);
        let (mut linger, began) = (Linger::start(), Instant::now());
        poll_fn(|context| linger.poll(&mut server, context)).await;
        assert_eq!(began.elapsed(), MAX_TIME);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_for_ever_is_left_after_enough() {
        let mut endless = tokio::io::repeat(0);
        let mut linger = Linger::start();
        poll_fn(|context| linger.poll(&mut endless, context)).await;
        assert_eq!(linger.left, 0);
    }
}
