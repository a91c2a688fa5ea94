//! `GET /docs`: the description of the public API, for people. Redoc, which is part of the binary, renders it.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, header};

/// Where the reader is. Its version is in the name, so that browsers may keep it.
pub(super) const READER: &str = "/docs/redoc-2.5.4.js";

/// The reader, compressed with gzip; `make assets` renews it.
const SOURCE: &[u8] = include_bytes!("../../assets/redoc.js.gz");

/// The page loads its reader and the description, and nothing from elsewhere. The reader writes styles into the page, and
/// searches in a worker that it makes itself.
const POLICY: &str = "default-src 'none'; connect-src 'self'; img-src data:; style-src 'unsafe-inline'; \
    script-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /docs`. Needs no credential.
pub(super) async fn page() -> Response {
    let policy = (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    ([policy], Html(include_str!("docs/page.html"))).into_response()
}

/// The reader. Every browser takes gzip.
pub(super) async fn reader() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CONTENT_ENCODING, "gzip"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, SOURCE).into_response()
}
