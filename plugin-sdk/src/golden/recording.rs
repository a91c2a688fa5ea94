//! Recorded streams: the raw bytes of a reply, cut as the host cuts them once they are complete.
//!
//! `jackfield plugin test` cuts the same recordings with the host's own code, and finds any difference.

mod event_stream;

use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

use super::Case;
use crate::Event;

/// The extension of a recording whose framing `prepare` names.
pub(super) const AS_PREPARED: &str = "stream";

/// The extensions of recordings.
pub(super) const EXTENSIONS: [&str; 5] = ["aws-event-stream", "json-array", "ndjson", "sse", AS_PREPARED];

/// The recording of the same name as a file.
pub(super) fn of(file: &Path) -> Option<PathBuf> {
    let recordings = EXTENSIONS.map(|extension| file.with_extension(extension));
    recordings.into_iter().find(|recording| recording.exists())
}

/// The case in a first line that is a comment of server-sent events, so that the file remains a valid stream:
/// `: {"model": "m", "settings": {}}`. An empty case if there is none.
pub(super) fn case(recording: &[u8]) -> Result<Case, String> {
    let first = recording.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match first.strip_prefix(b":") {
        Some(case) => Case::parse(&String::from_utf8_lossy(case)),
        None => Ok(Case::default()),
    }
}

/// Cuts a complete body by a framing of the contract.
pub(super) fn cut(bytes: &[u8], framing: &str) -> Result<Vec<Event>, String> {
    let text = || String::from_utf8_lossy(bytes);
    match framing {
        "sse" => Ok(parse_sse(&text())),
        "ndjson" => {
            let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            Ok(lines.filter(|line| !line.is_empty()).map(unnamed).collect())
        }
        "json-array" => {
            let elements: Vec<Box<RawValue>> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
            Ok(elements
                .iter()
                .map(|element| unnamed(element.get().as_bytes()))
                .collect())
        }
        "aws-event-stream" => event_stream::messages(bytes).ok_or_else(|| "is not an AWS event stream".to_owned()),
        "none" => Ok(vec![unnamed(bytes)]),
        other => Err(format!("unknown framing `{other}`")),
    }
}

fn unnamed(data: &[u8]) -> Event {
    Event {
        name: String::new(),
        data: data.to_vec(),
    }
}

/// Parses a complete text into server-sent events, as the host does (WHATWG HTML, section 9.2.6).
///
/// An event without a name and without data says nothing. An incomplete last line is dropped, unless it is whole JSON.
pub fn parse_sse(text: &str) -> Vec<Event> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut events = Vec::new();
    let mut name = String::new();
    let mut data: Option<String> = None;
    let complete = text.ends_with('\n') || text.lines().last().is_some_and(is_whole);
    let lines = text.lines().count();
    let kept = if complete { lines } else { lines.saturating_sub(1) };
    for line in text.lines().take(kept).chain(complete.then_some("")) {
        if line.is_empty() {
            let name = std::mem::take(&mut name);
            let said = data.take().filter(|data| !name.is_empty() || !data.trim().is_empty());
            events.extend(said.map(|data| Event {
                name,
                data: data.into_bytes(),
            }));
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match (field, &mut data) {
            ("event", _) => value.clone_into(&mut name),
            ("data", Some(data)) => {
                data.push('\n');
                data.push_str(value);
            }
            ("data", none) => *none = Some(value.to_owned()),
            _ => {}
        }
    }
    events
}

/// Whether a last line is complete without its line end.
fn is_whole(line: &str) -> bool {
    let data = line.strip_prefix("data:").map(str::trim);
    let is_document = |data: &str| data.starts_with(['{', '[']) && serde_json::from_str::<&RawValue>(data).is_ok();
    data.is_some_and(|data| data == "[DONE]" || is_document(data))
}
