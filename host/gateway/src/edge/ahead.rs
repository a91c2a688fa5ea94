//! The body of a stream whose head is sent before any target has answered: comments until there is an answer, then the
//! stream, or the error as an event.

use std::convert::Infallible;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::unfold;
use jackfield_dialects::Interruption;
use tokio::time::sleep;

use super::reply::{Finished, Reply, Work};
use super::stream::{KEEP_ALIVE, Streaming, half_closed, of_events};
use crate::error::{ErrorKind, GatewayError};
use crate::request::RequestGuard;
use crate::request::pipeline::Outcome;
use crate::routing::Answer;

/// How far the body has come.
enum Stage {
    /// Nothing is sent yet.
    Opening(Work),
    /// No target has answered yet. With true, the client has stopped sending, and was sent a comment since.
    Waiting(Work, bool),
    /// The stream of the target that has answered.
    Streaming(Box<Streaming>),
    /// There is no more.
    Ended,
}

/// The response that sends its head now, and what comes of `work` when it comes.
pub(super) fn response(work: Work, reply: Reply) -> Response {
    let pieces = unfold((Stage::Opening(work), reply), async |(stage, reply)| {
        let (bytes, stage) = next(stage, &reply).await?;
        Some((Ok::<_, Infallible>(bytes), (stage, reply)))
    });
    of_events(Body::from_stream(pieces))
}

async fn next(stage: Stage, reply: &Reply) -> Option<(Bytes, Stage)> {
    let comment = Bytes::from_static(KEEP_ALIVE);
    match stage {
        // Some proxies pass on a head only with the first bytes of its body.
        Stage::Opening(work) => Some((comment, Stage::Waiting(work, false))),
        Stage::Waiting(mut work, probed) => tokio::select! {
            biased;
            finished = &mut work => answered(finished, reply).await,
            () = sleep(reply.snapshot.config.server.keep_alive) => Some((comment, Stage::Waiting(work, probed))),
            () = half_closed(reply.peer.as_deref()), if !probed => Some((comment, Stage::Waiting(work, true))),
        },
        Stage::Streaming(mut streaming) => Some((streaming.next().await?, Stage::Streaming(streaming))),
        Stage::Ended => None,
    }
}

/// The first bytes of an answer.
async fn answered((mut guard, outcome): Finished, reply: &Reply) -> Option<(Bytes, Stage)> {
    let error = match outcome {
        Ok(Outcome::Answered(Answer::Stream(events))) => {
            let mut streaming = Box::new(Streaming::new(events, guard, reply.clone()));
            return Some((streaming.next().await?, Stage::Streaming(streaming)));
        }
        Ok(Outcome::Killed) => {
            guard.killed_early();
            return Some((reply.dialect.interrupted(Interruption::Killed).into(), Stage::Ended));
        }
        Ok(Outcome::Answered(Answer::Whole(_))) => {
            GatewayError::new(ErrorKind::ProviderError, "The provider's reply is not a stream.")
        }
        Err(error) => error,
    };
    Some((last_words(&mut guard, &error, reply), Stage::Ended))
}

/// Settles the request, and tells the client what its status would have been told.
fn last_words(guard: &mut RequestGuard, error: &GatewayError, reply: &Reply) -> Bytes {
    guard.failed(error);
    reply.dialect.interrupted(Interruption::Refused(error.facts())).into()
}
