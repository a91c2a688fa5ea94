//! Messages of Protobuf, written straight into one buffer (<https://protobuf.dev/programming-guides/encoding/>). The types
//! that `prost` generates own each text they hold: the spans of one request would be a hundred allocations.

/// How a field is encoded.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Delimited = 2,
    Fixed32 = 5,
}

/// A message, written field by field. What Protobuf takes for granted, such as an empty text, may be left out by the caller.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

/// What stands before a text or a message in a field whose number is less than 16, besides its length.
pub(super) const fn short_key(field: u32) -> u8 {
    (field << 3) as u8 | Wire::Delimited as u8
}

/// The same before a number.
pub(super) const fn number_key(field: u32) -> u8 {
    (field << 3) as u8 | Wire::Varint as u8
}

/// A number as it is encoded, and how many bytes of that count: seven bits a byte, the lowest first; the highest bit says that more
/// follow.
pub(super) fn varint(mut number: u64) -> ([u8; 10], usize) {
    let (mut bytes, mut length) = ([0; 10], 0);
    while number >= 0x80 {
        bytes[length] = number as u8 | 0x80;
        number >>= 7;
        length += 1;
    }
    bytes[length] = number as u8;
    (bytes, length + 1)
}

// === impl Message ===

impl Message {
    /// One with room for so many bytes.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// An integer, a flag or an enumeration.
    pub(super) fn number(&mut self, field: u32, number: u64) {
        self.key(field, Wire::Varint);
        self.varint(number);
    }

    pub(super) fn fixed32(&mut self, field: u32, number: u32) {
        self.key(field, Wire::Fixed32);
        self.0.extend(number.to_le_bytes());
    }

    pub(super) fn fixed64(&mut self, field: u32, number: u64) {
        self.key(field, Wire::Fixed64);
        self.0.extend(number.to_le_bytes());
    }

    pub(super) fn double(&mut self, field: u32, number: f64) {
        self.fixed64(field, number.to_bits());
    }

    /// Bytes or a text.
    pub(super) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.before_message(field, bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// A text of several pieces.
    pub(super) fn joined(&mut self, field: u32, pieces: &[&str]) {
        self.before_message(field, pieces.iter().map(|piece| piece.len()).sum());
        for piece in pieces {
            self.0.extend_from_slice(piece.as_bytes());
        }
    }

    /// A message within this one. It is written quickest if it has less than 128 bytes.
    pub(super) fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        self.key(field, Wire::Delimited);
        self.behind_its_length(1, write);
    }

    /// The same. It is written quickest if it has 128 bytes to 16 KB.
    pub(super) fn large_message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        self.key(field, Wire::Delimited);
        self.behind_its_length(2, write);
    }

    /// Writes something, and then its length before it, for which there is room for so many bytes.
    fn behind_its_length(&mut self, room: usize, write: impl FnOnce(&mut Self)) {
        let start = self.0.len();
        self.0.extend_from_slice(&[0, 0][..room]);
        let inside = start + room;
        write(self);
        let length = self.0.len() - inside;
        match (room, length) {
            (1, 0..0x80) => self.0[start] = length as u8,
            (2, 0x80..0x4000) => {
                self.0[start] = length as u8 | 0x80;
                self.0[start + 1] = (length >> 7) as u8;
            }
            _ => {
                let (prefix, digits) = varint(length as u64);
                self.0.splice(start..inside, prefix.into_iter().take(digits));
            }
        }
    }

    /// What stands before a message of so many bytes, which the caller appends.
    pub(super) fn before_message(&mut self, field: u32, length: usize) {
        self.key(field, Wire::Delimited);
        self.varint(length as u64);
    }

    /// Makes room for so many more bytes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.0.reserve(bytes);
    }

    /// Adds bytes that are written already.
    #[inline]
    pub(super) fn append(&mut self, fields: &[u8]) {
        self.0.extend_from_slice(fields);
    }

    /// What was written.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn key(&mut self, field: u32, wire: Wire) {
        self.varint(u64::from(field << 3 | wire as u32));
    }

    fn varint(&mut self, number: u64) {
        if number < 0x80 {
            self.0.push(number as u8);
        } else {
            let (bytes, length) = varint(number);
            self.0.extend_from_slice(&bytes[..length]);
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::trace::v1::span::Event;
    use opentelemetry_proto::tonic::trace::v1::{Span, Status};
    use prost::Message as _;

    use super::*;

    #[test]
    fn the_library_reads_what_is_written() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 70_000] {
            let name = "n".repeat(length);
            let mut message = Message::default();
            assert_eq!(short_key(1), 0x0a);
            message.joined(3, &["a=", "1"]);
            message.bytes(1, &[7; 16]);
            message.number(6, 3);
            message.fixed64(7, u64::MAX - 1);
            message.number(10, u32::MAX.into());
            message.message(11, |event| {
                event.fixed64(1, 9);
                event.bytes(2, name.as_bytes());
            });
            message.large_message(11, |event| event.bytes(2, name.as_bytes()));
            message.message(15, |status| status.bytes(2, b"why"));
            message.fixed32(16, 0x300);
            let read = Span::decode(&*message.finish()).unwrap();
            let event = |time_unix_nano| Event {
                time_unix_nano,
                name: name.clone(),
                ..Event::default()
            };
            let status = Status {
                message: "why".to_owned(),
                ..Status::default()
            };
            let wanted = Span {
                trace_id: vec![7; 16],
                trace_state: "a=1".to_owned(),
                kind: 3,
                start_time_unix_nano: u64::MAX - 1,
                dropped_attributes_count: u32::MAX,
                events: vec![event(9), event(0)],
                status: Some(status),
                flags: 0x300,
                ..Span::default()
            };
            assert_eq!(read, wanted);
        }
    }
}
