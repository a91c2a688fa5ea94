//! Recorded streams: raw server-sent events, after a first line that holds their case.

use super::Case;
use crate::Event;

/// Splits a recording into its case and its events.
///
/// The case is a comment in the first line, so that the file remains a valid stream:
/// `: {"model": "m", "settings": {}}`.
pub(super) fn parse(text: &str) -> Result<(Case, Vec<Event>), String> {
    let first = text.lines().next().unwrap_or_default();
    let case = match first.strip_prefix(':') {
        Some(case) => Case::parse(case)?,
        None => Case::default(),
    };
    Ok((case, parse_sse(text)))
}

/// Parses a complete text into server-sent events, as the host does (WHATWG HTML, section 9.2.6).
///
/// An incomplete event at the end, without the empty line that ends it, is dropped.
pub fn parse_sse(text: &str) -> Vec<Event> {
    let mut events = Vec::new();
    let mut name = String::new();
    let mut data: Option<String> = None;
    for line in text.lines() {
        if line.is_empty() {
            let name = std::mem::take(&mut name);
            events.extend(data.take().map(|data| Event {
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
