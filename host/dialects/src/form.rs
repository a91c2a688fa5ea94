//! Forms with files (`multipart/form-data`): their fields as a JSON object, and back.
//!
//! The host and its adapters see a form as an object: a text field is a string, one that comes several times a list of
//! strings, and a file an object that says what it is, without its bytes. [`FormData::written`] puts the files back.
//!
//! Sources: RFC 7578; RFC 2046, section 5.1; WHATWG HTML, "Multipart form data" (how names are escaped).

mod header;
mod read;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde_json::value::RawValue;

use crate::json::Members;

pub use self::header::parameter as form_parameter;
pub use self::read::form_boundary;

/// The most parts of a form. Vendors take 16 images at most.
const MOST_PARTS: usize = 128;

/// The files of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormData {
    boundary: String,
    files: Vec<File>,
}

/// A file: where its bytes are in the body.
#[derive(Debug, Clone, PartialEq, Eq)]
struct File {
    name: String,
    filename: String,
    media_type: String,
    content: Range<usize>,
}

/// A form that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenForm {
    /// Its media type, with the boundary.
    pub media_type: String,
    /// Its body.
    pub body: Vec<u8>,
}

// === impl FormData ===

impl FormData {
    /// The form with these fields, and with its files, whose bytes are in `body`, the form as it came. What `fields` says
    /// of files does not count.
    #[must_use]
    pub fn written(&self, fields: &Members<'_>, body: &[u8]) -> WrittenForm {
        let texts = self.texts(fields);
        let boundary = self.fresh_boundary(&texts);
        let files: usize = self.files.iter().map(|file| file.content.len() + 256).sum();
        let mut out = Vec::with_capacity(files + texts.iter().map(|(_, text)| text.len() + 128).sum::<usize>() + 128);
        for (name, text) in &texts {
            part(&mut out, &boundary, name, None, text.as_bytes());
        }
        for file in &self.files {
            let content = body.get(file.content.clone()).unwrap_or_default();
            part(&mut out, &boundary, &file.name, Some(file), content);
        }
        push(&mut out, &["--", &boundary, "--\r\n"]);
        WrittenForm {
            media_type: format!("multipart/form-data; boundary={boundary}"),
            body: out,
        }
    }

    /// The first file of this name: what its client calls it, and where its bytes are in the body.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<(&str, Range<usize>)> {
        let file = self.files.iter().find(|file| file.name == name)?;
        Some((&file.filename, file.content.clone()))
    }

    /// The text fields: of a list, one for each entry.
    fn texts(&self, fields: &Members<'_>) -> Vec<(String, String)> {
        let is_file = |name: &str| self.files.iter().any(|file| file.name == name);
        let mut texts = Vec::new();
        for (name, value) in fields.all().filter(|(name, _)| !is_file(name)) {
            let entries: Vec<&RawValue> = match value.get().as_bytes().first() {
                Some(b'[') => serde_json::from_str(value.get()).unwrap_or_default(),
                _ => vec![value],
            };
            texts.extend(entries.into_iter().map(|entry| (name.to_owned(), plain(entry))));
        }
        texts
    }

    /// The client's boundary: no file contains it, and no text may.
    fn fresh_boundary(&self, texts: &[(String, String)]) -> String {
        let mut boundary = self.boundary.clone();
        while texts.iter().any(|(_, text)| text.contains(&boundary)) {
            boundary.push('x');
        }
        boundary
    }
}

/// A value as the text of a field: a string without its quotes, anything else as it is written.
fn plain(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

fn part(out: &mut Vec<u8>, boundary: &str, name: &str, file: Option<&File>, content: &[u8]) {
    let name = escaped(name);
    push(
        out,
        &[
            "--",
            boundary,
            "\r\ncontent-disposition: form-data; name=\"",
            &name,
            "\"",
        ],
    );
    if let Some(file) = file {
        let filename = escaped(&file.filename);
        push(
            out,
            &["; filename=\"", &filename, "\"\r\ncontent-type: ", &file.media_type],
        );
    }
    push(out, &["\r\n\r\n"]);
    out.extend_from_slice(content);
    push(out, &["\r\n"]);
}

fn push(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

/// A name as it stands between quotes.
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
