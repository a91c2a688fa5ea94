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
        self.key(field, Wire::Delimited);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    /// A message within this one.
    pub(super) fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        self.key(field, Wire::Delimited);
        let start = self.0.len();
        // The length stands before the message, and mostly is one byte long.
        self.0.push(0);
        write(self);
        let length = self.0.len() - start - 1;
        if let Ok(short @ ..0x80) = u8::try_from(length) {
            self.0[start] = short;
        } else {
            let mut prefix = Self::default();
            prefix.varint(length as u64);
            self.0.splice(start..=start, prefix.0);
        }
    }

    /// Adds fields that are written already.
    pub(super) fn append(&mut self, fields: &[u8]) {
        self.0.extend(fields);
    }

    /// What was written.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn key(&mut self, field: u32, wire: Wire) {
        self.varint(u64::from(field << 3 | wire as u32));
    }

    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
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
            message.bytes(1, &[7; 16]);
            message.number(6, 3);
            message.fixed64(7, u64::MAX - 1);
            message.number(10, u32::MAX.into());
            message.message(11, |event| {
                event.fixed64(1, 9);
                event.bytes(2, name.as_bytes());
            });
            message.message(15, |status| status.bytes(2, b"why"));
            message.fixed32(16, 0x300);
            let read = Span::decode(&*message.finish()).unwrap();
            let event = Event {
                time_unix_nano: 9,
                name,
                ..Event::default()
            };
            let status = Status {
                message: "why".to_owned(),
                ..Status::default()
            };
            let wanted = Span {
                trace_id: vec![7; 16],
                kind: 3,
                start_time_unix_nano: u64::MAX - 1,
                dropped_attributes_count: u32::MAX,
                events: vec![event],
                status: Some(status),
                flags: 0x300,
                ..Span::default()
            };
            assert_eq!(read, wanted);
        }
    }
}
