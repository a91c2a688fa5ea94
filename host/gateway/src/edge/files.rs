//! `/v1/files`: the files from which batches take their lines and into which they put their results.

use std::fs::File;
use std::io::{self, Read};
use std::panic::resume_unwind;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use bytes::Bytes;
use futures_util::stream::unfold;
use http::{HeaderName, HeaderValue, header};
use jackfield_dialects::batches::files;
use tokio::task::spawn_blocking;

use super::body::Reading;
use super::desks::{AtDesk, Desks, user_of};
use super::entered::Entered;
use super::reply::json;
use super::{auth, query};
use crate::batches::{Arriving, FileRecord, NewFile};
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::request::heavy::Passage;

/// How much of a file is read at a time.
const PIECE: usize = 256 << 10;

/// The routes of files.
pub(super) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/v1/files", get(list).post(upload))
        .route("/v1/files/{id}", get(detail).delete(remove))
        .route("/v1/files/{id}/content", get(content))
}

/// `POST /v1/files`.
async fn upload(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    Extension(desks): Extension<Desks>,
    request: Request,
) -> Result<Response, GatewayError> {
    let (head, body) = request.into_parts();
    let caller = auth::required(&gateway, &entered.snapshot, &head.headers).await?;
    desks.check().await?;
    let config = &entered.snapshot.config;
    let reading = Reading {
        max_bytes: usize::try_from(config.batches.max_file_bytes).unwrap_or(usize::MAX),
        patience: config.server.body_timeout,
        passage: &Passage::new(&gateway.turns),
        room: gateway
            .bodies
            .room(caller.as_ref().map(|caller| &caller.user), &config.server),
    };
    let (user, limits) = (user_of(caller.as_deref()), config.batches.clone());
    let arriving = desks.work(move |desk| Arriving::begin(desk, user, limits));
    let mut arriving = arriving.await?;
    let uploaded = reading.upload(&head.headers, body, &mut arriving).await?;
    let upload = files::upload(&uploaded.fields)?;
    let Some(filename) = uploaded.filename else {
        let message = "file: is missing; attach the lines of a batch as a file";
        return Err(GatewayError::new(ErrorKind::InvalidRequest, message));
    };
    let keep = upload.keep;
    let kept = arriving.keep(NewFile { filename, keep }).await?;
    Ok(json(files::object(&kept.card())))
}

/// `GET /v1/files`.
async fn list(RawQuery(asked): RawQuery, at: AtDesk) -> Result<Response, GatewayError> {
    let asked = query::parameters(asked.as_deref().unwrap_or_default())?;
    let asked = files::query(&asked)?;
    let mut found = at.work(|desk, user| Ok(desk.files(user))).await?;
    found.retain(|file| asked.purpose.is_none_or(|purpose| file.purpose == purpose));
    if asked.oldest_first {
        found.reverse();
    }
    let (shown, has_more) = asked.page.cut(&found, |file| &file.id)?;
    let cards: Vec<_> = shown.iter().map(FileRecord::card).collect();
    Ok(json(files::list(&cards, has_more)))
}

/// `GET /v1/files/{id}`.
async fn detail(Path(id): Path<String>, at: AtDesk) -> Result<Response, GatewayError> {
    let file = at.work(move |desk, user| desk.file(user, &id)).await?;
    Ok(json(files::object(&file.card())))
}

/// `GET /v1/files/{id}/content`.
async fn content(Path(id): Path<String>, at: AtDesk) -> Result<Response, GatewayError> {
    let file = at.work(move |desk, user| desk.content(user, &id)).await?;
    lines(file)
}

/// `DELETE /v1/files/{id}`.
async fn remove(Path(id): Path<String>, at: AtDesk) -> Result<Response, GatewayError> {
    let named = id.clone();
    at.work(move |desk, user| desk.remove_file(user, &named)).await?;
    Ok(json(files::deleted(&id)))
}

/// The response that sends a file, piece by piece as its client takes them.
///
/// # Errors
/// `OVERLOADED` if it cannot be read.
pub(super) fn lines(file: File) -> Result<Response, GatewayError> {
    let size = file.metadata().map_err(unreadable)?.len();
    let pieces = unfold(Some(file), |file| async {
        let read = spawn_blocking(move || piece(file?));
        read.await.unwrap_or_else(|gone| resume_unwind(gone.into_panic()))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(header::CONTENT_LENGTH, size.into());
    // What a client wrote into it is not for browsers to look at.
    let nosniff = HeaderName::from_static("x-content-type-options");
    headers.insert(nosniff, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// The next piece of a file, and what is left of it; nothing follows an error.
fn piece(mut file: File) -> Option<(io::Result<Bytes>, Option<File>)> {
    let mut piece = vec![0; PIECE];
    match file.read(&mut piece) {
        Ok(0) => None,
        Ok(read) => {
            piece.truncate(read);
            Some((Ok(piece.into()), Some(file)))
        }
        Err(error) => Some((Err(error), None)),
    }
}

fn unreadable(error: io::Error) -> GatewayError {
    let message = "The file cannot be read at the moment; try again.";
    GatewayError::new(ErrorKind::Overloaded, message).because(error)
}
