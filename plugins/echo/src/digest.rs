//! Hashes that depend only on a text: an echo has no clock and no randomness.

/// FNV-1a, 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>): good enough to distinguish texts.
pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    let bytes = texts.into_iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The hash as an id, such as `chatcmpl-00000000deadbeef`.
pub fn id(prefix: &str, digest: u64) -> String {
    format!("{prefix}-{digest:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_and_so_are_their_boundaries() {
        assert_eq!(of(["a"]), of(["a"]));
        assert_ne!(of(["a"]), of(["b"]));
        assert_ne!(of(["ab", "c"]), of(["a", "bc"]));
    }
}
