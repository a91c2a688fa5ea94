//! A recorded stream: the raw bytes of a reply, and the framing by which the host cuts them.

use std::path::Path;
use std::str::FromStr;

use bytes::Bytes;
use jackfield_gateway::framing::{Event, Framer, Framing, FramingError};

use crate::case::Case;

/// The extension of a recording whose framing is the one that its exchange names.
pub const AS_PREPARED: &str = "stream";

/// The extensions of recordings: the names of the contract's framings, and [`AS_PREPARED`].
pub const EXTENSIONS: [&str; 5] = ["aws-event-stream", "json-array", "ndjson", "sse", AS_PREPARED];

/// The largest event of a recording, in bytes.
const MAX_EVENT: usize = 16 << 20;

/// A recorded stream with its case.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The request that it answers.
    pub case: Case,
    /// The framing that the file's extension names; none for [`AS_PREPARED`].
    pub framing: Option<Framing>,
    /// The reply's body.
    pub bytes: Bytes,
}

// === impl Recording ===

impl Recording {
    /// Reads a recording. Its case is the `.json` of the same name beside it, or, in a recording of server-sent events, a
    /// comment in the first line: `: {"model": "m"}`.
    ///
    /// # Errors
    /// If a file cannot be read or the case is none.
    pub fn read(file: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
        let beside = file.with_extension("json");
        let case = if beside.exists() {
            let text = std::fs::read_to_string(&beside).map_err(|error| error.to_string())?;
            Case::parse(&text)?
        } else {
            case_in(&bytes)?
        };
        let extension = file.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        Ok(Self {
            case,
            framing: Framing::from_str(extension).ok(),
            bytes: bytes.into(),
        })
    }

    /// The reply's body as the upstream sent it, without a first line that holds the case.
    pub fn reply(&self) -> Bytes {
        match self.bytes.iter().position(|byte| *byte == b'\n') {
            Some(end) if self.bytes.starts_with(b": {") => self.bytes.slice(end + 1..),
            _ => self.bytes.clone(),
        }
    }
}

/// The case in a first line that is a comment of server-sent events; an empty case if there is none.
fn case_in(bytes: &[u8]) -> Result<Case, String> {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match line.strip_prefix(b":") {
        Some(case) => Case::parse(&String::from_utf8_lossy(case)),
        None => Ok(Case::default()),
    }
}

/// Cuts a whole body into events, as the host does.
///
/// # Errors
/// If the bytes do not follow the framing, or end within an event.
pub fn cut(bytes: &Bytes, framing: Framing) -> Result<Vec<Event>, FramingError> {
    let mut framer = Framer::new(framing, MAX_EVENT);
    let mut events = Vec::new();
    framer.push(bytes.clone(), &mut events)?;
    framer.finish(&mut events)?;
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(files: &[(&str, &str)], name: &str) -> Result<Recording, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Recording::read(&folder.path().join(name))
    }

    #[test]
    fn the_extension_names_the_framing_and_the_case_stands_beside() {
        let files = [("a.ndjson", "{\"a\":1}\n{\"a\":2}\n"), ("a.json", r#"{"model":"m"}"#)];
        let recording = written(&files, "a.ndjson").unwrap();
        assert_eq!(recording.framing, Some(Framing::Ndjson));
        assert_eq!(recording.case.model.as_deref(), Some("m"));
        let events = cut(&recording.bytes, Framing::Ndjson).unwrap();
        assert_eq!(events.len(), 2);
    }

    #[test]
    fn a_case_may_be_the_first_line_of_server_sent_events() {
        let recording = written(&[("a.sse", ": {\"model\": \"m\"}\r\ndata: 1\n\n")], "a.sse").unwrap();
        assert_eq!(recording.case.model.as_deref(), Some("m"));
        assert_eq!(cut(&recording.bytes, Framing::Sse).unwrap()[0].data, "1");
        assert!(written(&[("a.sse", ": no case\n")], "a.sse").is_err());
    }

    #[test]
    fn a_recording_of_an_unnamed_framing_leaves_that_to_its_exchange() {
        let recording = written(&[("a.stream", "data: 1\n\n")], "a.stream").unwrap();
        assert_eq!(recording.framing, None);
    }
}
