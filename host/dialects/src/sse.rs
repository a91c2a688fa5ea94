//! Server-sent events, as clients of every dialect get them.

use memchr::memchr2;

/// Appends one event whose data `write` appends: valid JSON. `name` has no line breaks.
///
/// Source: WHATWG HTML, "Server-sent events", 9.2.6.
pub(crate) fn write_event(out: &mut Vec<u8>, name: Option<&str>, write: impl FnOnce(&mut Vec<u8>)) {
    if let Some(name) = name {
        for part in ["event: ", name, "\n"] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    out.extend_from_slice(b"data: ");
    let start = out.len();
    write(out);
    // In valid JSON, line breaks are only between tokens. In an event, one would end the line.
    let mut at = start;
    while let Some(len) = memchr2(b'\n', b'\r', &out[at..]) {
        at += len;
        out[at] = b' ';
    }
    out.extend_from_slice(b"\n\n");
}

/// An event that [`write_event`] wrote, as text, and its data; `None` if it has none.
pub(crate) fn data(event: &[u8]) -> Option<(&str, &str)> {
    let event = std::str::from_utf8(event).ok()?;
    let start = if event.starts_with("data: ") {
        0
    } else {
        event.find("\ndata: ")? + 1
    };
    let data = event[start + "data: ".len()..].trim_end_matches('\n');
    Some((event, data))
}
