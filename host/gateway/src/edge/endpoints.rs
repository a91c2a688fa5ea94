//! The inference endpoints, each with what it is asked for.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;

use super::asked::Endpoint;
use super::exchange::{ANTHROPIC_VERSION, Entered};
use super::inference::serve;
use crate::listen::Gateway;

/// `POST /v1/chat/completions`.
pub(super) async fn chat(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    request: Request,
) -> Response {
    serve(&gateway, &entered, request, Endpoint::Chat).await
}

/// `POST /v1/messages`. Without an `anthropic-version` the reply has a short form.
pub(super) async fn messages(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    request: Request,
) -> Response {
    let short = !request.headers().contains_key(ANTHROPIC_VERSION);
    serve(&gateway, &entered, request, Endpoint::Messages { short }).await
}

/// `POST /v1/embeddings`.
pub(super) async fn embeddings(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    request: Request,
) -> Response {
    serve(&gateway, &entered, request, Endpoint::Embeddings).await
}

/// `POST /v1/rerank`.
pub(super) async fn rerank(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    request: Request,
) -> Response {
    serve(&gateway, &entered, request, Endpoint::Rerank).await
}

/// `POST /v1/images/generations`.
pub(super) async fn images(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    request: Request,
) -> Response {
    serve(&gateway, &entered, request, Endpoint::Images).await
}
