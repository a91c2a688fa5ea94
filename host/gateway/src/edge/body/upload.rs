//! Reads a form with one large file: the file goes to its place as it comes, and is never in memory as a whole.
//!
//! Source: RFC 7578. The parser takes what there is, so it is given one piece at a time, and nothing more while too much of
//! what it was given has not gone to its place.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream::try_unfold;
use http::{HeaderMap, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use jackfield_dialects::form_parameter;
use multer::{Field, Multipart};
use serde_json::{Map, Value};
use tokio::task::yield_now;
use tokio::time::timeout;

use super::{Reading, boundary, broken, coding, too_large, too_slow};
use crate::batches::{Arriving, GATHERED};
use crate::coding::{CodingFault, Decoding};
use crate::error::{ErrorKind, GatewayError};
use crate::fairness::{self, READ_AT_ONCE, let_others_go_first};
use crate::request::body_budget::BodyRoom;

/// The field of the file.
const FILE: &str = "file";

/// What a form may have beside its file, in bytes.
const ENVELOPE: usize = 64 << 10;

/// The most that has come and is not in its place.
const AHEAD: usize = ENVELOPE + READ_AT_ONCE;

/// The most bytes of a form that are in memory: those, and what is gathered before it is written.
const HELD: usize = AHEAD + GATHERED;

/// A form whose file is in its place.
#[derive(Debug, Default)]
pub(crate) struct Uploaded {
    /// Its text fields as a JSON object.
    pub(crate) fields: Vec<u8>,
    /// The client's name for the file; `None` if there is none.
    pub(crate) filename: Option<String>,
}

/// A body in pieces, as they come.
struct Pieces<'a> {
    body: Body,
    decoding: Option<Decoding>,
    room: BodyRoom,
    /// How much has come, without its codings.
    came: usize,
    /// How much of that is in its place.
    placed: &'a AtomicUsize,
    /// How much was taken without letting others go first.
    taken: usize,
}

// === impl Reading ===

impl Reading<'_> {
    /// Reads a form, and gives the file in its field `file` to `place`. The limit is that of the file.
    ///
    /// # Errors
    /// As [`Self::json`], and what the place fails with.
    pub(crate) async fn upload(
        self,
        headers: &HeaderMap,
        body: Body,
        place: &mut Arriving,
    ) -> Result<Uploaded, GatewayError> {
        let boundary = boundary(headers)?;
        coding::codings(headers)?;
        let most = self.max_bytes.saturating_add(ENVELOPE);
        if body.size_hint().lower() > most as u64 {
            return Err(too_large(most));
        }
        let placed = AtomicUsize::new(0);
        let pieces = Pieces {
            body,
            decoding: Decoding::of(headers),
            room: self.room,
            came: 0,
            placed: &placed,
            taken: 0,
        };
        let read = read(pieces, boundary, self.max_bytes, place);
        let read = timeout(self.patience, read).await;
        read.unwrap_or_else(|_| Err(too_slow(self.patience)))
    }
}

/// Reads the form to its end.
async fn read(
    mut pieces: Pieces<'_>,
    boundary: String,
    most: usize,
    place: &mut Arriving,
) -> Result<Uploaded, GatewayError> {
    let (mut fields, mut filename) = (Map::new(), None);
    let placed = pieces.placed;
    let came = try_unfold(&mut pieces, |pieces| async {
        let piece = pieces.next().await?;
        Ok::<_, GatewayError>(piece.map(|piece| (piece, pieces)))
    });
    let mut form = Multipart::new(came, boundary);
    while let Some(mut field) = form.next_field().await.map_err(malformed)? {
        let said = |parameter| said(&field, parameter);
        let Some(name) = said("name") else {
            return Err(no_form("a part has no name"));
        };
        match said("filename") {
            None => add(&mut fields, &name, text(&name, field).await?),
            Some(_) if name == FILE && filename.is_some() => {
                return Err(at_fault(FILE, "comes twice; upload one file at a time"));
            }
            Some(given) if name == FILE => {
                filename = Some(given);
                while let Some(piece) = field.chunk().await.map_err(malformed)? {
                    if placed.fetch_add(piece.len(), Ordering::Relaxed) + piece.len() > most {
                        let message = format!("The file is larger than {most} bytes.");
                        return Err(GatewayError::new(ErrorKind::RequestTooLarge, message));
                    }
                    place.write(&piece).await?;
                }
            }
            // Another file is of no use here.
            Some(_) => while field.chunk().await.map_err(malformed)?.is_some() {},
        }
    }
    drop(form);
    // What follows the last boundary.
    while pieces.next().await?.is_some() {}
    let fields = Value::Object(fields).to_string().into_bytes();
    Ok(Uploaded { fields, filename })
}

// === impl Pieces ===

impl Pieces<'_> {
    /// The next piece, after a turn of others: who takes what is ready gets one at a time.
    async fn next(&mut self) -> Result<Option<Bytes>, GatewayError> {
        yield_now().await;
        if self.taken >= fairness::piece() {
            self.taken = 0;
            let_others_go_first().await;
        }
        let Some(piece) = self.decoded().await? else {
            return Ok(None);
        };
        self.taken += piece.len();
        self.came += piece.len();
        if self.came - self.placed.load(Ordering::Relaxed) > AHEAD {
            let message = format!("The form has more than {ENVELOPE} bytes beside its file.");
            return Err(GatewayError::new(ErrorKind::RequestTooLarge, message));
        }
        self.room.grow(self.came.min(HELD))?;
        Ok(Some(piece))
    }

    /// The next piece without its codings.
    async fn decoded(&mut self) -> Result<Option<Bytes>, GatewayError> {
        loop {
            let decoded = self.decoding.as_mut().map(Decoding::next).transpose();
            if let Some(piece) = decoded.map_err(undecodable)?.flatten() {
                return Ok(Some(piece));
            }
            let Some(frame) = self.body.frame().await else {
                let finished = self.decoding.as_mut().map(Decoding::finish).transpose();
                return finished.map(|_| None).map_err(undecodable);
            };
            match (frame.map_err(broken)?.into_data(), &mut self.decoding) {
                (Ok(piece), Some(decoding)) => decoding.push(piece),
                (Ok(piece), None) if !piece.is_empty() => return Ok(Some(piece)),
                _ => {}
            }
        }
    }
}

/// A parameter of the part's `Content-Disposition`.
fn said(field: &Field<'_>, parameter: &str) -> Option<String> {
    let value = field.headers().get(header::CONTENT_DISPOSITION)?;
    form_parameter(&String::from_utf8_lossy(value.as_bytes()), parameter)
}

/// The text of a field.
async fn text(name: &str, field: Field<'_>) -> Result<String, GatewayError> {
    let text = field.bytes().await.map_err(malformed)?;
    let text = std::str::from_utf8(&text).map(ToOwned::to_owned);
    text.map_err(|_| at_fault(name, "is not UTF-8; attach a file with a filename"))
}

/// Adds a field; of several with one name there is a list.
fn add(fields: &mut Map<String, Value>, name: &str, text: String) {
    match fields.get_mut(name) {
        None => {
            fields.insert(name.to_owned(), Value::String(text));
        }
        Some(Value::Array(all)) => all.push(Value::String(text)),
        Some(first) => *first = Value::Array(vec![first.take(), Value::String(text)]),
    }
}

/// Why the parser fails: over what it was given, or because it was given no more.
fn malformed(error: multer::Error) -> GatewayError {
    let what = match error {
        multer::Error::StreamReadFailed(source) => match source.downcast::<GatewayError>() {
            Ok(error) => return *error,
            Err(_) => "it cannot be read",
        },
        multer::Error::IncompleteStream
        | multer::Error::IncompleteHeaders
        | multer::Error::IncompleteFieldData { .. } => "it ends before its last boundary",
        _ => "the headers of a part cannot be read",
    };
    no_form(what)
}

fn no_form(what: &str) -> GatewayError {
    at_fault("body", &format!("is not a form: {what}"))
}

fn at_fault(field: &str, what: &str) -> GatewayError {
    GatewayError::new(ErrorKind::InvalidRequest, format!("{field}: {what}"))
}

fn undecodable(fault: CodingFault) -> GatewayError {
    let message = "The body is not what its Content-Encoding says.";
    GatewayError::new(ErrorKind::UnsupportedEncoding, message).because(fault)
}
