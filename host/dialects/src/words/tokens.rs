//! How many tokens a text has, where nobody counted them.

/// Each model counts its own way; English has about four bytes per token.
pub const BYTES_PER_TOKEN: u64 = 4;

/// An estimate of the tokens in a text of this many bytes, rounded up: at least 1 unless the text is empty.
pub fn estimate_tokens(bytes: u64) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN)
}

#[cfg(test)]
mod tests {
    use super::estimate_tokens;

    #[test]
    fn a_started_token_counts_as_one() {
        assert_eq!([0, 1, 4, 5, 4_000].map(estimate_tokens), [0, 1, 1, 2, 1_000]);
    }
}
