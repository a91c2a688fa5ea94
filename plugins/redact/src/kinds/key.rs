//! Keys: credentials that are known by how they begin, tokens in JWT's form, and PEM blocks.
//!
//! Sources: <https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns>;
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>; RFC 7519 (JWT); RFC 7468 (PEM).

use std::ops::Range;

/// How keys begin, those of vendors and of Jackfield itself, and how many characters follow at least.
const BEGINNINGS: [(&str, usize); 37] = [
    ("ABSK", 60),
    ("AIza", 35),
    ("AKIA", 16),
    ("ASIA", 16),
    ("SG.", 40),
    ("dapi", 32),
    ("dop_v1_", 40),
    ("fw_", 20),
    ("gho_", 30),
    ("ghp_", 30),
    ("ghr_", 30),
    ("ghs_", 30),
    ("ghu_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("gsk_", 30),
    ("hf_", 30),
    ("hvs.", 20),
    ("npm_", 30),
    ("nvapi-", 30),
    ("pplx-", 30),
    ("pypi-", 40),
    ("r8_", 30),
    ("rk_", 60),
    ("rk_live_", 16),
    ("sk-", 16),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("tvly-", 20),
    ("whsec_", 20),
    ("xai-", 30),
    ("xapp-", 20),
    ("xoxa-", 10),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxs-", 10),
    ("ya29.", 30),
];

/// The shortest key, in bytes.
const SHORTEST: usize = 14;

/// How a PEM block begins, and how it ends.
const PEM: (&str, &str) = ("-----BEGIN ", "-----END ");

/// Every key in a text.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = blocks(text);
    let mut at = 0;
    while let Some(start) = next_word(text, at) {
        let whole = word(&text[start..]);
        // What ends a sentence or rules a line off is not part of a key.
        let word = whole.trim_end_matches(['.', '-']);
        if is_key(word) {
            found.push(start..start + word.len());
        }
        at = start + whole.len();
    }
    found
}

/// Where the next word begins.
fn next_word(text: &str, at: usize) -> Option<usize> {
    let found = text.as_bytes().get(at..)?.iter().position(|byte| is_in_key(*byte))?;
    Some(at + found)
}

/// The word here, which is not empty.
fn word(text: &str) -> &str {
    let length = text.bytes().take_while(|byte| is_in_key(*byte)).count();
    &text[..length]
}

fn is_in_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn is_key(word: &str) -> bool {
    // Nearly all words are shorter than any key.
    if word.len() < SHORTEST {
        return false;
    }
    let begins = |(start, more): &(&str, usize)| {
        word.strip_prefix(start)
            .is_some_and(|rest| rest.len() >= *more && is_random(rest))
    };
    BEGINNINGS.iter().any(begins) || is_token(word)
}

/// Words are letters alone, and keys are not: `sk-` begins more than keys.
fn is_random(rest: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| rest.bytes().any(|byte| kind(&byte));
    has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

/// Whether it is a JWT: three parts in base64, the first two of which are JSON objects (`eyJ` is `{"`).
fn is_token(word: &str) -> bool {
    let mut parts = word.split('.');
    let mut objects = parts.by_ref().take(2);
    objects.all(|part| part.len() > 8 && part.starts_with("eyJ")) && parts.next().is_some() && parts.next().is_none()
}

/// All PEM blocks. One that does not end goes on to the end of the text, because half a key is still a secret.
fn blocks(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(PEM.0).map(|start| at + start) {
        at = block(&text[start..]).map_or(text.len(), |length| start + length);
        found.push(start..at);
    }
    found
}

/// How long the block here is.
fn block(text: &str) -> Option<usize> {
    let end = text.find(PEM.1)? + PEM.1.len();
    let marks = text[end..].find("-----")?;
    Some(end + marks + "-----".len())
}

#[cfg(test)]
mod tests {
    use super::{BEGINNINGS, SHORTEST, find};

    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn a_key_is_known_by_how_it_begins() {
        assert!(BEGINNINGS.is_sorted() && BEGINNINGS.iter().all(|(start, more)| start.len() + more > SHORTEST));
        for (start, more) in BEGINNINGS {
            let key = format!("{start}{}", "a1B2".repeat(more.div_ceil(4)));
            assert_eq!(found(&format!("key={key}.")), [key.as_str()]);
            assert_eq!(found(&format!("x{key}")), Vec::<&str>::new());
            assert_eq!(found(&key[..start.len() + 4]), Vec::<&str>::new());
        }
        let longer = "sk-proj-abc_DEF-1234567890";
        assert_eq!(found(&format!("\"{longer}\"")), [longer]);
        assert_eq!(found("sk-learn-is-a-nice-library"), Vec::<&str>::new());
        assert_eq!(found("task-1234567890abcdefghij"), Vec::<&str>::new());
    }

    /// Each byte is looked at a few times, however long the rule is: this would not end otherwise.
    #[test]
    fn a_long_rule_is_one_word() {
        for rule in ["-", ".", "_"] {
            assert_eq!(found(&rule.repeat(4 << 20)), Vec::<&str>::new());
        }
        assert_eq!(
            found(&format!("{}AKIAa1B2a1B2a1B2a1B2", "-".repeat(9))),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn a_token_has_three_parts() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln-bmF0_dXJl";
        assert_eq!(found(&format!("Bearer {token}\n")), [token]);
        assert_eq!(found("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0"), Vec::<&str>::new());
        assert_eq!(found("eyJ.eyJ.x"), Vec::<&str>::new());
    }

    #[test]
    fn a_block_is_found_whole_and_half() {
        let block = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----";
        assert_eq!(found(&format!("a\n{block}\nb")), [block]);
        assert_eq!(found(&format!("{block}{block}")), [block, block]);
        let half = "-----BEGIN PRIVATE KEY-----\nMIIB";
        assert_eq!(found(&format!("see {half}")), [half]);
    }
}
