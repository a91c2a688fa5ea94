//! Reads a request's JSON body within its limits, compressed or not.

mod coding;

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::Body as _;
use http_body_util::LengthLimitError;
use tokio::time::timeout;

use crate::error::{ErrorKind, GatewayError};
use jackfield_config::ServerConfig;

/// The byte order mark, which some editors and shells put before a text. Parsers of JSON may ignore it (RFC 8259,
/// section 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the whole body and undoes its content codings. The limit applies to what is sent and to what it decodes to.
///
/// # Errors
/// `UNSUPPORTED_MEDIA_TYPE`, `UNSUPPORTED_CONTENT_ENCODING`, `REQUEST_TOO_LARGE`, `REQUEST_TIMEOUT`, or
/// `INVALID_REQUEST` if the connection broke.
pub(super) async fn json(headers: &HeaderMap, body: Body, limits: &ServerConfig) -> Result<Bytes, GatewayError> {
    check_type(headers)?;
    let codings = coding::codings(headers)?;
    let body = sent(body, limits).await?;
    let body = coding::decoded(body, &codings, limits.max_body_bytes).await?;
    Ok(match body.strip_prefix(BYTE_ORDER_MARK) {
        Some(text) => body.slice_ref(text),
        None => body,
    })
}

/// The body as it was sent.
async fn sent(body: Body, limits: &ServerConfig) -> Result<Bytes, GatewayError> {
    let max = limits.max_body_bytes;
    if body.size_hint().lower() > max as u64 {
        return Err(too_large(max));
    }
    match timeout(limits.body_timeout, to_bytes(body, max)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_large(&error) => Err(too_large(max)),
        Ok(Err(error)) => {
            let message = "The connection broke before the body was complete.";
            Err(GatewayError::new(ErrorKind::InvalidRequest, message).because(error))
        }
        Err(_) => {
            let message = format!("The body did not arrive within {:?}.", limits.body_timeout);
            Err(GatewayError::new(ErrorKind::RequestTimeout, message))
        }
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
    let essence = value
        .to_str()
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let essence = essence.to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        return Ok(());
    }
    let message = "Send the body as `Content-Type: application/json`.";
    Err(GatewayError::new(ErrorKind::UnsupportedMediaType, message))
}

fn too_large(max: usize) -> GatewayError {
    let message = format!("The body is larger than {max} bytes.");
    GatewayError::new(ErrorKind::RequestTooLarge, message)
}

fn is_too_large(error: &axum::Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<LengthLimitError>)
}
