//! The description as it is sent: the same text for everybody, but for the addresses, which are those of its reader.

use std::convert::Infallible;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::iter;
use http::{HeaderValue, header};

use super::addresses::{Addresses, SCHEME};

/// What stands in the text for the address of clients.
pub(super) const CLIENTS: &str = "http://clients.invalid";

/// What stands in the text for that of operators.
pub(super) const OPERATORS: &str = "http://operators.invalid";

/// What stands in the text for that of operators as a server.
pub(super) const OPERATORS_SERVER: &str = "http://operators-server.invalid";

const MARKS: [&str; 3] = [CLIENTS, OPERATORS, OPERATORS_SERVER];

/// What all of them end in.
const END: &str = ".invalid";

/// The description, cut where its addresses stand.
#[derive(Debug)]
pub(super) struct Addressed(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Text(Bytes),
    /// The address that is marked so.
    Address(&'static str),
}

// === impl Addressed ===

impl Addressed {
    pub(super) fn new(text: &str) -> Self {
        let (bytes, mut pieces, mut at) = (Bytes::copy_from_slice(text.as_bytes()), Vec::new(), 0);
        for (place, end) in text.match_indices(END) {
            let end = place + end.len();
            if let Some(mark) = MARKS.into_iter().find(|mark| text[at..end].ends_with(mark)) {
                pieces.push(Piece::Text(bytes.slice(at..end - mark.len())));
                pieces.push(Piece::Address(mark));
                at = end;
            }
        }
        pieces.push(Piece::Text(bytes.slice(at..)));
        Self(pieces)
    }

    /// The response with these addresses. No reader has a copy of the text.
    pub(super) fn response(&'static self, addresses: &Addresses) -> Response {
        let [clients, operators, server] = [&addresses.clients, &addresses.operators, &addresses.operators_server]
            .map(|address| Bytes::copy_from_slice(address.as_bytes()));
        let piece = move |piece: &'static Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Address(CLIENTS) => clients.clone(),
            Piece::Address(OPERATORS) => operators.clone(),
            Piece::Address(_) => server.clone(),
        };
        let length: usize = self.0.iter().map(|part| piece(part).len()).sum();
        let pieces = iter(self.0.iter().map(move |part| Ok::<_, Infallible>(piece(part))));
        let mut response = Response::new(Body::from_stream(pieces));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CONTENT_LENGTH, length.into());
        // A cache knows each host apart anyway.
        headers.insert(header::VARY, SCHEME.into());
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_mark_becomes_its_address() {
        let text = format!("a.invalid {CLIENTS}/v1 b {OPERATORS}/admin c {OPERATORS_SERVER} d {CLIENTS}");
        let addressed: &'static Addressed = Box::leak(Box::new(Addressed::new(&text)));
        let response = addressed.response(&Addresses {
            clients: "http://x".to_owned(),
            operators: "http://y:9".to_owned(),
            operators_server: "/".to_owned(),
        });
        let expected = "a.invalid http://x/v1 b http://y:9/admin c / d http://x";
        assert_eq!(
            response.headers()[header::CONTENT_LENGTH],
            HeaderValue::from(expected.len())
        );
        let body = axum::body::to_bytes(response.into_body(), 1 << 10).await.unwrap();
        assert_eq!(body, expected);
    }
}
