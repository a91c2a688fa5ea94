//! Ids of tool calls: Mistral takes nine letters and digits, and refuses all others.

/// The length of an id.
const LENGTH: usize = 9;

/// The digits of an id.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The id as Mistral takes it. One of Mistral's own stays; any other becomes its hash (FNV-1a, 64 bits), so that a call
/// and its result, in this turn and in later ones, have the same.
pub(crate) fn id(given: &str) -> String {
    if given.len() == LENGTH && given.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return given.to_owned();
    }
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = given.bytes().fold(0xcbf2_9ce4_8422_2325, fold);
    let mut id = String::with_capacity(LENGTH);
    for _ in 0..LENGTH {
        let digit = usize::try_from(hash % 62).unwrap_or_default();
        id.push(char::from(DIGITS[digit]));
        hash /= 62;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::id;

    #[test]
    fn an_id_is_nine_letters_and_digits_and_always_the_same() {
        assert_eq!(id("gSIMJiOkT"), "gSIMJiOkT");
        for other in [
            "call_1",
            "toolu_01A09q90qw90lq917835lq9",
            "",
            "gSIMJiOk_",
            "gSIMJiOkTT",
            "né9letters",
        ] {
            let made = id(other);
            assert_eq!(made.len(), 9, "{other}");
            assert!(made.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{made}");
            assert_eq!(made, id(other));
        }
        assert_ne!(id("call_1"), id("call_2"));
    }
}
