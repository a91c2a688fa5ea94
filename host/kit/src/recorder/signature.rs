//! The checksums of AWS's event stream (Smithy, "Amazon event stream"), made right after a message was changed.

/// The lengths of a message and of its headers, and their checksum.
const PRELUDE: usize = 12;

/// The checksum at a message's end.
const CRC: usize = 4;

/// Writes the checksum of each message anew. What is no message is left as it is.
pub(super) fn renew(mut bytes: &mut [u8]) {
    while let Some(total) = total(bytes) {
        let (message, rest) = bytes.split_at_mut(total);
        let (content, crc) = message.split_at_mut(total - CRC);
        crc.copy_from_slice(&crc32fast::hash(content).to_be_bytes());
        bytes = rest;
    }
}

/// The length of the first message.
fn total(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    (PRELUDE + CRC..=bytes.len()).contains(&length).then_some(length)
}
