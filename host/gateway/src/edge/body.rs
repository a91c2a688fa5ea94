//! Reads a request's body within its limits, compressed or not: JSON, a form with files, or an `upload`.

mod coding;
mod upload;

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use jackfield_dialects::{FormData, form_boundary};
use tokio::time::timeout;

use crate::attempt::SentForm;
use crate::error::{ErrorKind, GatewayError};
use crate::fairness::{self, let_others_go_first};
use crate::media_type::is_json;
use crate::request::body_budget::BodyRoom;
use crate::request::heavy::Passage;

/// The byte order mark, which some editors and shells put before a text. Parsers of JSON may ignore it (RFC 8259,
/// section 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What limits the reading of a body.
pub(super) struct Reading<'a> {
    /// How large it may be.
    pub(super) max_bytes: usize,
    /// How long it may take.
    pub(super) patience: Duration,
    /// Where it is decoded, if that is heavy.
    pub(super) passage: &'a Passage,
    /// The room that it takes.
    pub(super) room: BodyRoom,
}

// === impl Reading ===

impl Reading<'_> {
    /// Reads the whole body and undoes its content codings. The limit applies to what is sent and to what it decodes to.
    /// The room that it takes must be kept for as long as the body.
    ///
    /// # Errors
    /// `UNSUPPORTED_MEDIA_TYPE`, `UNSUPPORTED_CONTENT_ENCODING`, `REQUEST_TOO_LARGE`, `REQUEST_TIMEOUT`, `OVERLOADED`, or
    /// `INVALID_REQUEST` if the connection broke.
    pub(super) async fn json(mut self, headers: &HeaderMap, body: Body) -> Result<(Bytes, BodyRoom), GatewayError> {
        check_type(headers)?;
        let body = self.whole(headers, body).await?;
        let text = match body.strip_prefix(BYTE_ORDER_MARK) {
            Some(text) => body.slice_ref(text),
            None => body,
        };
        Ok((text, self.room))
    }

    /// Reads a whole body of any kind.
    ///
    /// # Errors
    /// As [`Self::json`], but for the media type.
    pub(super) async fn bytes(mut self, headers: &HeaderMap, body: Body) -> Result<(Bytes, BodyRoom), GatewayError> {
        let body = self.whole(headers, body).await?;
        Ok((body, self.room))
    }

    /// Reads a whole form. Returns its fields as a JSON object, and the form with its files.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub(super) async fn form(
        mut self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(Bytes, SentForm, BodyRoom), GatewayError> {
        let boundary = boundary(headers)?;
        let body = self.whole(headers, body).await?;
        let read = || FormData::read(&body, &boundary);
        let (fields, data) = self.passage.heavy(body.len(), read).await?;
        Ok((fields.into(), SentForm { data, body }, self.room))
    }

    /// The whole body, without its content codings.
    async fn whole(&mut self, headers: &HeaderMap, body: Body) -> Result<Bytes, GatewayError> {
        let codings = coding::codings(headers)?;
        let body = self.sent(body).await?;
        coding::decoded(body, &codings, self).await
    }

    /// The body as it was sent.
    async fn sent(&mut self, body: Body) -> Result<Bytes, GatewayError> {
        let (max, patience) = (self.max_bytes, self.patience);
        if body.size_hint().lower() > max as u64 {
            return Err(too_large(max));
        }
        let collected = timeout(patience, self.collected(body)).await;
        collected.unwrap_or_else(|_| Err(too_slow(patience)))
    }

    /// The pieces of the body as one. They are copied as they come: each of them may be one byte of a larger buffer.
    async fn collected(&mut self, mut body: Body) -> Result<Bytes, GatewayError> {
        let length = body.size_hint().exact().unwrap_or_default() as usize;
        let (mut first, mut text, mut batch) = (Bytes::new(), BytesMut::new(), 0);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(broken)?;
            let Ok(piece) = frame.into_data() else { continue };
            self.fits(first.len() + text.len() + piece.len())?;
            if first.is_empty() && text.is_empty() {
                first = piece;
                continue;
            }
            if text.is_empty() {
                // Room in the address space: memory is taken as it is filled, and nothing is moved.
                text.reserve(length);
            }
            text.extend_from_slice(&std::mem::take(&mut first));
            text.extend_from_slice(&piece);
            batch += piece.len();
            if batch >= fairness::piece() && batch >= fairness::piece_of(length) {
                batch = 0;
                let_others_go_first().await;
            }
        }
        Ok(if text.is_empty() { first } else { text.freeze() })
    }

    /// Checks that a body of so many bytes is within the limit, and takes the room for it.
    fn fits(&mut self, bytes: usize) -> Result<(), GatewayError> {
        let max = self.max_bytes;
        if bytes > max {
            return Err(too_large(max));
        }
        self.room.grow(bytes)
    }
}

/// A missing content type counts as JSON, as it does with vendors; but not from a web page, which can send a body without
/// one, or with a few others, to any site that it cannot ask first (Fetch standard, section 4.8, CORS preflight).
fn check_type(headers: &HeaderMap) -> Result<(), GatewayError> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        if !headers.contains_key(header::ORIGIN) {
            return Ok(());
        }
        let message = "Send the body as `Content-Type: application/json`; web pages must.";
        return Err(GatewayError::new(ErrorKind::UnsupportedMediaType, message));
    };
    if is_json(value.to_str().unwrap_or_default()) {
        return Ok(());
    }
    let message = "Send the body as `Content-Type: application/json`.";
    Err(GatewayError::new(ErrorKind::UnsupportedMediaType, message))
}

/// The boundary of a form. A web page may send one to any site without asking it first; who needs no key is told from a page
/// by its origin ([`site`](super::site)).
fn boundary(headers: &HeaderMap) -> Result<String, GatewayError> {
    let named = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    named.and_then(form_boundary).ok_or_else(|| {
        let message = "Send the body as a form: `Content-Type: multipart/form-data; boundary=…`.";
        GatewayError::new(ErrorKind::UnsupportedMediaType, message)
    })
}

fn too_large(max: usize) -> GatewayError {
    let message = format!("The body is larger than {max} bytes.");
    GatewayError::new(ErrorKind::RequestTooLarge, message)
}

fn too_slow(patience: Duration) -> GatewayError {
    let message = format!("The body did not arrive within {patience:?}.");
    GatewayError::new(ErrorKind::RequestTimeout, message)
}

fn broken(error: axum::Error) -> GatewayError {
    let message = "The connection broke before the body was complete.";
    GatewayError::new(ErrorKind::InvalidRequest, message).because(error)
}
