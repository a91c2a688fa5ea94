//! Reads a form: cuts it into its parts, and writes their fields as a JSON object.

use std::ops::Range;

use memchr::memmem;

use super::header::{PartHeaders, parameter};
use super::{File, FormData, MOST_PARTS};
use crate::fault::RequestFault;
use crate::json::{List, Object, json_string};

/// The longest boundary (RFC 2046, section 5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// The media type of a file whose part names none (RFC 7578, section 4.4).
const UNKNOWN: &str = "application/octet-stream";

/// The boundary that a media type names; `None` if it is not that of a form, or names none that may be.
#[must_use]
pub fn form_boundary(media_type: &str) -> Option<String> {
    let essence = media_type.split(';').next()?.trim();
    let is_allowed = |letter: u8| letter.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&letter);
    let boundary = parameter(media_type, "boundary")?;
    let fits = (1..=LONGEST_BOUNDARY).contains(&boundary.len()) && boundary.bytes().all(is_allowed);
    (essence.eq_ignore_ascii_case("multipart/form-data") && fits).then_some(boundary)
}

/// One part of a form.
struct Part {
    headers: PartHeaders,
    content: Range<usize>,
}

// === impl FormData ===

impl FormData {
    /// Reads a form. Returns its fields as a JSON object, and its files.
    ///
    /// # Errors
    /// If the body is not a whole form with this boundary, has more than 128 parts, or a field has no name or is not
    /// UTF-8. The fault names the field.
    pub fn read(body: &[u8], boundary: &str) -> Result<(Vec<u8>, Self), RequestFault> {
        let parts = parts(body, boundary)?;
        let mut names: Vec<String> = Vec::new();
        let mut values: Vec<Vec<String>> = Vec::new();
        let mut files = Vec::new();
        for part in parts {
            let name = part
                .headers
                .name
                .clone()
                .ok_or_else(|| malformed("a part has no name"))?;
            let value = match part.headers.filename.clone() {
                None => text(&name, body, part.content)?,
                Some(filename) => {
                    let file = File {
                        name: name.clone(),
                        filename,
                        media_type: part.headers.media_type.unwrap_or_else(|| UNKNOWN.to_owned()),
                        content: part.content,
                    };
                    let value = file.described();
                    files.push(file);
                    value
                }
            };
            if let Some(at) = names.iter().position(|known| *known == name) {
                values[at].push(value);
            } else {
                names.push(name);
                values.push(vec![value]);
            }
        }
        let fields = Object::text(|object| {
            for (name, values) in names.iter().zip(&values) {
                // The key is written as it stands, so it is escaped here.
                let key = json_string(name);
                object.raw(&key[1..key.len() - 1], joined(values));
            }
        });
        let boundary = boundary.to_owned();
        Ok((fields, Self { boundary, files }))
    }
}

// === impl File ===

impl File {
    /// What it is, without its bytes.
    fn described(&self) -> String {
        let described = Object::text(|object| {
            object.string("filename", &self.filename);
            object.string("media_type", &self.media_type);
            object.raw("bytes", self.content.len().to_string());
        });
        String::from_utf8(described).unwrap_or_default()
    }
}

/// One value as it is, several as a list.
fn joined(values: &[String]) -> Vec<u8> {
    if let [only] = values {
        return only.clone().into_bytes();
    }
    let mut list = List::default();
    for value in values {
        list.push(value);
    }
    list.into_text()
}

fn text(name: &str, body: &[u8], content: Range<usize>) -> Result<String, RequestFault> {
    let text = std::str::from_utf8(&body[content]);
    let text = text.map_err(|_| RequestFault::new(name.to_owned(), "is not UTF-8; attach a file with a filename"))?;
    Ok(json_string(text))
}

/// The parts of the form, in order. What stands before the first and after the last is ignored.
fn parts(body: &[u8], boundary: &str) -> Result<Vec<Part>, RequestFault> {
    let first = format!("--{boundary}");
    let next = format!("\r\n--{boundary}");
    let next = memmem::Finder::new(&next);
    let mut at = if body.starts_with(first.as_bytes()) {
        first.len()
    } else {
        let found = next
            .find(body)
            .ok_or_else(|| malformed("it does not hold its boundary"))?;
        found + first.len() + 2
    };
    let mut parts = Vec::new();
    loop {
        let rest = &body[at..];
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        // White space may follow a boundary (RFC 2046, section 5.1.1).
        let padding = rest.iter().take_while(|letter| matches!(letter, b' ' | b'\t')).count();
        let incomplete = || malformed("it ends before its last boundary");
        let start = match &rest[padding..] {
            after if after.starts_with(b"\r\n") => at + padding,
            _ => return Err(incomplete()),
        };
        let length = next.find(&body[start + 2..]).ok_or_else(incomplete)?;
        let end = start + 2 + length;
        parts.push(part(body, start..end)?);
        if parts.len() > MOST_PARTS {
            return Err(malformed(&format!("it has more than {MOST_PARTS} parts")));
        }
        at = end + 2 + first.len();
    }
}

/// The part at this place, which begins with a line break.
fn part(body: &[u8], place: Range<usize>) -> Result<Part, RequestFault> {
    let text = &body[place.clone()];
    let headers = memmem::find(text, b"\r\n\r\n").ok_or_else(|| malformed("a part has no end of its headers"))?;
    let header_text =
        std::str::from_utf8(&text[..headers]).map_err(|_| malformed("the headers of a part are not UTF-8"))?;
    Ok(Part {
        headers: PartHeaders::read(header_text),
        content: place.start + headers + 4..place.end,
    })
}

fn malformed(what: &str) -> RequestFault {
    RequestFault::new("body", format!("is not a form: {what}"))
}
