//! A panic is a bug of the gateway's own: its request is answered with 500, and all others go on.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::error::{ErrorKind, GatewayError};

/// The response with what belongs to it, or an error in its place if what makes it panics. What it held is released while the stack unwinds.
/// The process's log has the place of the panic, by `telemetry::panic`.
pub(super) async fn caught<T>(
    id: &str,
    response: impl Future<Output = (Response, Option<T>)>,
) -> (Response, Option<T>) {
    // Nothing is used again but the snapshot's state, whose locks survive a panic.
    let outcome = AssertUnwindSafe(response).catch_unwind().await;
    outcome.unwrap_or_else(|_| {
        tracing::error!(id, "a request met a bug in the gateway and was ended");
        let message = "The gateway failed. This is a bug; please report it with the request's id.";
        (GatewayError::new(ErrorKind::Internal, message).into_response(), None)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_with_an_error() {
        let (response, more) = caught::<()>("req_1", async { panic!("inner words") }).await;
        assert!(more.is_none());
        assert_eq!(response.status(), 500);
        let error = response.extensions().get::<Arc<GatewayError>>().unwrap();
        assert_eq!(error.kind.code(), "INTERNAL_ERROR");
        assert!(!error.message.contains("inner words"));
    }

    #[tokio::test]
    async fn a_response_passes() {
        let (response, more) = caught("req_1", async { ("fine".into_response(), Some(7)) }).await;
        assert_eq!((response.status().as_u16(), more), (200, Some(7)));
    }
}
