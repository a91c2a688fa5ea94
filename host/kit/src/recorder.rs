//! Turns an exchange that was seen into a golden case, without anything that tells who made it.

pub mod proxy;
mod redaction;
mod signature;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};

pub use self::redaction::Redaction;
use crate::case::{Case, CaseReply, Sent};
use crate::recording::EXTENSIONS;
use crate::verbatim::Verbatim;

/// The reply's headers that a case keeps. All others tell more about the account than about the protocol.
const KEPT: [&str; 3] = ["content-type", "retry-after", "retry-after-ms"];

/// One exchange, as the proxy saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The request's method.
    pub method: Method,
    /// Its path and query, below the upstream's base URL.
    pub path: String,
    /// Its headers.
    pub request_headers: HeaderMap,
    /// Its body.
    pub request_body: Bytes,
    /// The reply's status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its complete body, without a content coding.
    pub body: Bytes,
}

/// The files of a case: each an extension behind the case's name, and a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The folder of its kind.
    pub folder: &'static str,
    /// The files.
    pub files: Vec<(&'static str, Vec<u8>)>,
}

// === impl Recorded ===

impl Recorded {
    /// Writes the files under the first free name that begins with `name`, and returns the case's.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path, name: &str) -> io::Result<String> {
        let folder = folder.join(self.folder);
        std::fs::create_dir_all(&folder)?;
        let is_free = |name: &String| {
            let taken = EXTENSIONS.iter().chain(&["json", "snap"]);
            !taken
                .clone()
                .any(|extension| folder.join(format!("{name}.{extension}")).exists())
        };
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        let name = names.find(is_free).unwrap_or_default();
        let mut last = "";
        for (extension, content) in &self.files {
            std::fs::write(folder.join(format!("{name}.{extension}")), content)?;
            last = extension;
        }
        Ok(format!("{}/{name}.{last}", self.folder))
    }
}

/// The case of an exchange; none if it is neither an answer nor an error of the upstream, such as a redirect.
pub fn record(seen: &Seen) -> Option<Recorded> {
    let redaction = Redaction::of(seen);
    let sent = Sent {
        method: seen.method.to_string(),
        path: Some(redaction.path(&seen.path)),
        body: (!seen.request_body.is_empty()).then(|| redaction.value(&seen.request_body)),
    };
    let body = sent.body.as_ref().map(Verbatim::value).unwrap_or_default();
    let mut case = Case {
        model: body["model"].as_str().map(str::to_owned),
        ..Case::default()
    };
    if seen.status.is_success()
        && let Some(framing) = framing(&seen.headers, &seen.body)
    {
        case.sent = Some(sent);
        return Some(streamed(&case, framing, redaction.stream(&seen.body, framing)));
    }
    let folder = match seen.status.as_u16() {
        200..300 => "response",
        400.. => "error",
        _ => return None,
    };
    case.reply = Some(CaseReply {
        status: seen.status.as_u16(),
        headers: kept(&seen.headers, &redaction),
        body: redaction.value(&seen.body),
        state: None,
    });
    case.sent = Some(sent);
    Some(Recorded {
        folder,
        files: vec![("json", json(&case))],
    })
}

/// A recorded stream. Only server-sent events have room for the case in the recording itself.
fn streamed(case: &Case, framing: &'static str, body: Vec<u8>) -> Recorded {
    let files = if framing == "sse" {
        let line = serde_json::to_string(case).unwrap_or_default();
        vec![(framing, [b": ", line.as_bytes(), b"\n", &body].concat())]
    } else {
        vec![("json", json(case)), (framing, body)]
    };
    Recorded {
        folder: "stream",
        files,
    }
}

/// The contract's framing of a reply that is a stream, by its media type; Google's streams are JSON with a list for a body.
fn framing(headers: &HeaderMap, body: &[u8]) -> Option<&'static str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "text/event-stream" => Some("sse"),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/jsonlines" => Some("ndjson"),
        "application/vnd.amazon.eventstream" => Some("aws-event-stream"),
        "application/json" if body.trim_ascii_start().starts_with(b"[") => Some("json-array"),
        _ => None,
    }
}

fn kept(headers: &HeaderMap, redaction: &Redaction) -> BTreeMap<String, String> {
    let value = |name: &&str| {
        let value = headers.get(*name)?.to_str().ok()?;
        Some(((*name).to_owned(), redaction.text(value)))
    };
    KEPT.iter().filter_map(value).collect()
}

fn json(case: &Case) -> Vec<u8> {
    (Verbatim::of(case).indented() + "\n").into_bytes()
}
