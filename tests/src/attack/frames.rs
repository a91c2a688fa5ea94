//! Frames of HTTP/2 (RFC 9113, section 4), written by hand, because no client library behaves as badly as this.

/// What a client sends first: the preface, and settings without a window for streams.
pub fn opening_without_window() -> Vec<u8> {
    // SETTINGS_INITIAL_WINDOW_SIZE (4) is 0 (section 6.5.2).
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(0x4, 0, 0, &[0, 4, 0, 0, 0, 0]));
    bytes
}

/// The acknowledgement of the other side's settings (section 6.5).
pub fn settings_ack() -> Vec<u8> {
    frame(0x4, 0x1, 0, &[])
}

/// A POST of JSON on a stream, complete.
pub fn post(stream: u32, path: &str, key: &str, body: &str) -> Vec<u8> {
    let mut bytes = head(stream, path, key, true);
    bytes.extend(frame(0x0, 0x1, stream, body.as_bytes()));
    bytes
}

/// The head of such a request; without its end, the other side waits for more (section 6.10).
pub fn head(stream: u32, path: &str, key: &str, complete: bool) -> Vec<u8> {
    let bearer = format!("Bearer {key}");
    let fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
        ("content-type", "application/json"),
        ("authorization", &bearer),
    ];
    let block: Vec<u8> = fields.iter().flat_map(|(name, value)| literal(name, value)).collect();
    // END_HEADERS is 0x4 (section 6.2).
    frame(0x1, if complete { 0x4 } else { 0 }, stream, &block)
}

/// A frame of this type, with these flags, on this stream.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame").to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A header field as a literal without indexing (RFC 7541, section 6.2.2).
fn literal(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name, value] {
        let length = u8::try_from(text.len()).ok().filter(|length| *length < 127);
        bytes.push(length.expect("a length of one byte"));
        bytes.extend(text.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_a_length_a_type_flags_and_a_stream() {
        assert_eq!(settings_ack(), [0, 0, 0, 4, 1, 0, 0, 0, 0]);
        assert_eq!(literal("a", "bc"), [0, 1, b'a', 2, b'b', b'c']);
        let post = post(1, "/", "k", "{}");
        assert_eq!(post[post.len() - 11..], [0, 0, 2, 0, 1, 0, 0, 0, 1, b'{', b'}']);
    }
}
