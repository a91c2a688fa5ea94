//! Holds a stream back until its first content, or to its end if it is given out whole.

use super::{ClientStream, Piece};
use crate::attempt::{ReplyStream, Then};
use crate::error::{Class, Failure};
use crate::record::Attempts;
use crate::routing::breaker::Permit;

/// The most bytes of events that a stream given out whole is held back for. What is longer goes out as it comes.
const MOST_HELD: usize = 16 << 20;

/// The most bytes of events that are held back for a stream that has not brought any content yet.
const MOST_AHEAD: usize = 1 << 20;

// === impl ClientStream ===

impl<S: ReplyStream> ClientStream<S> {
    /// Reads and holds back everything up to the first content: until then, another target may still answer. A stream
    /// that is given out whole is held back to its end. Tells the attempt's permit and its record what has come.
    /// Step 9 of a request's life (ARCHITECTURE.md).
    pub(in crate::routing) async fn wait_for_content(
        &mut self,
        permit: &mut Permit,
        attempts: &mut Attempts,
    ) -> Result<(), Failure> {
        let mut head = Vec::new();
        let then = loop {
            let then = self.read(&mut head).await;
            attempts.produced(&self.usage(), self.produced_bytes());
            let waits = self.first_content.is_none() || (self.policy.whole && head.len() < MOST_HELD);
            match then {
                Then::More if self.first_content.is_none() && head.len() > MOST_AHEAD => {
                    let message = format!("the upstream's stream has no content in its first {MOST_AHEAD} bytes");
                    return Err(Failure::new(Class::Malformed, message));
                }
                Then::More if waits => permit.heard(),
                // A failure after content must not discard it, even if one read brought both.
                Then::Broke(failure) if waits || head.is_empty() => return Err(failure),
                then => break then,
            }
        };
        permit.first_content();
        let events = head.into();
        self.head = Some(Piece { events, then });
        Ok(())
    }
}
