//! The body of a stream whose head is sent before any target has answered: comments until there is an answer, then the
//! stream, or the error as an event.

use axum::response::Response;
use bytes::Bytes;
use jackfield_dialects::Interruption;
use tokio::time::sleep;

use super::outlet::{self, Outlet};
use super::reply::{Finished, Reply, Work};
use super::stream::{KEEP_ALIVE, Streaming, half_closed, last_words, of_events};
use crate::error::{ErrorKind, GatewayError};
use crate::request::pipeline::Outcome;
use crate::routing::Answer;

/// The response that sends its head now, and what comes of `work` when it comes.
pub(super) fn response(work: Work, reply: Reply) -> Response {
    let framing = reply.framing;
    of_events(outlet::body(framing, |outlet| run(work, reply, outlet)), framing)
}

async fn run(work: Work, reply: Reply, outlet: Outlet) {
    // Some proxies pass on a head only with the first bytes of its body.
    outlet.put(Bytes::from_static(KEEP_ALIVE));
    let finished = tokio::select! {
        biased;
        finished = work => finished,
        () = comments(&reply, &outlet) => return,
    };
    match answered(finished, &reply) {
        Ok(streaming) => streaming.run(outlet).await,
        Err(last) => {
            outlet.put(last);
            outlet.finish();
            if let Some(reader) = &reply.reader {
                last_words(&outlet, reader).await;
            }
        }
    }
}

/// Puts a comment whenever the client has waited for a while, or has stopped sending. Completes when it is gone.
async fn comments(reply: &Reply, outlet: &Outlet) {
    let mut probed = false;
    loop {
        tokio::select! {
            biased;
            () = outlet.gone() => return,
            () = outlet.when_wanted(sleep(reply.snapshot.config.server.keep_alive)) => {}
            () = outlet.when_wanted(half_closed(reply.reader.as_ref())), if !probed => probed = true,
        }
        outlet.put(Bytes::from_static(KEEP_ALIVE));
    }
}

/// The stream of the target that has answered. Otherwise settles the request, and returns the last words: what the client
/// would have been told by its status.
fn answered((mut guard, outcome): Finished, reply: &Reply) -> Result<Streaming, Bytes> {
    let error = match outcome {
        Ok(Outcome::Answered(Answer::Stream(events))) => {
            reply.tell(&guard.record.attempts, false);
            return Ok(Streaming::new(events, guard, reply.clone()));
        }
        Ok(Outcome::Killed) => {
            guard.killed_early();
            reply.tell(&guard.record.attempts, true);
            return Err(reply.dialect.interrupted(Interruption::Killed).into());
        }
        Ok(Outcome::Answered(Answer::Whole(_))) => {
            GatewayError::new(ErrorKind::ProviderError, "The provider's reply is not a stream.")
        }
        Err(error) => error,
    };
    guard.failed(&error);
    reply.tell(&guard.record.attempts, true);
    Err(reply.dialect.interrupted(Interruption::Refused(error.facts())).into())
}
