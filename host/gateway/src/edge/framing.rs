//! A stream's events as its client wants them: as they are, or as the entries of one JSON list.

use bytes::Bytes;
use jackfield_dialects::Framing;
use memchr::memmem;

/// White space between the entries of a list, which keeps proxies from closing the connection.
const SILENCE: &[u8] = b"\n";

/// What the data of an event follow.
const DATA: &[u8] = b"data: ";

/// Writes the events of one stream.
#[derive(Debug, Default)]
pub(super) struct Framer {
    framing: Framing,
    /// The list has an entry.
    begun: bool,
}

// === impl Framer ===

impl Framer {
    /// For a stream of which nothing was written.
    pub(super) fn new(framing: Framing) -> Self {
        Self { framing, begun: false }
    }

    /// Complete events, or comments, as they go out.
    pub(super) fn framed(&mut self, events: Bytes) -> Bytes {
        if self.framing == Framing::Events {
            return events;
        }
        let mut list = Vec::with_capacity(events.len());
        let mut rest = &events[..];
        while !rest.is_empty() {
            let len = memmem::find(rest, b"\n\n").map_or(rest.len(), |at| at + 2);
            let (event, after) = rest.split_at(len);
            rest = after;
            self.entry(event, &mut list);
        }
        list.into()
    }

    /// What follows the last event.
    pub(super) fn end(&mut self) -> Bytes {
        match (self.framing, self.begun) {
            (Framing::Events, _) => Bytes::new(),
            (Framing::List, true) => Bytes::from_static(b"\n]"),
            (Framing::List, false) => Bytes::from_static(b"[]"),
        }
    }

    fn entry(&mut self, event: &[u8], list: &mut Vec<u8>) {
        let mut lines = event.split(|byte| *byte == b'\n');
        match lines.find_map(|line| line.strip_prefix(DATA)) {
            None => list.extend_from_slice(SILENCE),
            Some(data) => {
                let begins = if std::mem::replace(&mut self.begun, true) {
                    ",\n"
                } else {
                    "["
                };
                list.extend_from_slice(begins.as_bytes());
                list.extend_from_slice(data);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Framer, Framing};

    fn written(framing: Framing, pieces: &[&'static str]) -> String {
        let mut framer = Framer::new(framing);
        let mut all = Vec::new();
        for piece in pieces {
            all.extend_from_slice(&framer.framed(Bytes::from_static(piece.as_bytes())));
        }
        all.extend_from_slice(&framer.end());
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn events_stay_as_they_are() {
        let pieces = [": keep-alive\n\n", "data: {}\n\n"];
        assert_eq!(written(Framing::Events, &pieces), pieces.concat());
    }

    #[test]
    fn a_list_has_the_data_of_each_event_and_is_json() {
        for (pieces, expected) in [
            (&[][..], "[]"),
            (&[": keep-alive\n\n"], "\n[]"),
            (&["data: {\"a\":1}\n\n"], "[{\"a\":1}\n]"),
            (
                &[
                    ": keep-alive\n\n",
                    "data: {\"a\":1}\n\ndata: {\"b\":2}\n\n",
                    ": keep-alive\n\n",
                    "event: error\ndata: {\"c\":3}\n\n",
                ],
                "\n[{\"a\":1},\n{\"b\":2}\n,\n{\"c\":3}\n]",
            ),
        ] {
            let list = written(Framing::List, pieces);
            assert_eq!(list, expected);
            assert!(serde_json::from_str::<Vec<serde_json::Value>>(&list).is_ok());
        }
    }
}
