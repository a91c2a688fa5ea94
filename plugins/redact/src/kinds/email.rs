//! E-mail addresses, as people write them.
//!
//! Source: RFC 5321, sections 2.3.11 and 4.5.3.1 (lengths); RFC 6531 (letters of every script).

use std::ops::Range;

/// The longest part before the `@`, in characters.
const LONGEST_LOCAL: usize = 64;

/// The longest domain, in characters.
const LONGEST_DOMAIN: usize = 255;

/// Every address in a text.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let signs = text.match_indices('@');
    signs
        .filter_map(|(at, _)| Some(at - local(&text[..at])?..at + 1 + domain(&text[at + 1..])?))
        .collect()
}

/// The length in bytes of the part that ends here.
fn local(text: &str) -> Option<usize> {
    let letters = text.chars().rev().take(LONGEST_LOCAL).take_while(|c| is_local(*c));
    let length: usize = letters.map(char::len_utf8).sum();
    // RFC 5322 allows more signs, which in a text rather stand before an address: `to=ann@example.com`.
    let local = text[text.len() - length..].trim_start_matches(|c: char| !c.is_alphanumeric() && c != '_');
    (!local.is_empty() && !local.ends_with('.')).then_some(local.len())
}

/// The length in bytes of the domain that begins here: at least two labels, the last one of letters.
fn domain(text: &str) -> Option<usize> {
    let letters = text.chars().take(LONGEST_DOMAIN).take_while(|c| is_domain(*c));
    let length: usize = letters.map(char::len_utf8).sum();
    // What follows a sentence's last word is not part of the address.
    let mut domain = text[..length].trim_end_matches(['.', '-']);
    loop {
        let (rest, last) = domain.rsplit_once('.')?;
        let is_name = last.chars().count() >= 2 && last.chars().any(char::is_alphabetic);
        if is_name && !rest.is_empty() && !rest.starts_with('.') {
            return Some(domain.len());
        }
        domain = rest.trim_end_matches(['.', '-']);
    }
}

fn is_local(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '&' | '\'')
}

fn is_domain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::find;

    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn addresses_are_found_whole() {
        for (text, address) in [
            ("Write to ann@example.com.", "ann@example.com"),
            ("<ann.lee+tag@mail.example.co.uk>", "ann.lee+tag@mail.example.co.uk"),
            ("mailto:ann@example.com?subject=x", "ann@example.com"),
            ("(müller@bücher.example)", "müller@bücher.example"),
            ("to='ann@example.com'", "ann@example.com"),
            ("a/b?to=ann@example.com", "ann@example.com"),
            ("...ann@example.org-", "ann@example.org"),
            ("ann@example.com.5", "ann@example.com"),
            ("\"email\":\"a@b.io\"", "a@b.io"),
        ] {
            assert_eq!(found(text), [address], "{text}");
        }
        assert_eq!(found("a@b.de,c@d.fr"), ["a@b.de", "c@d.fr"]);
    }

    #[test]
    fn what_only_has_the_sign_is_not_an_address() {
        for text in [
            "@",
            "a@",
            "@b.de",
            "a@b",
            "a@b.1",
            "a@.de",
            "a @b.de",
            "a.@b.de",
            "@@@@",
            "user@host:~$",
            "x@1.2",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }
}
