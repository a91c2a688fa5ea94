//! The ways in which a text may write the bytes of a secret: raw, percent-encoded, escaped as in JSON or in HTML.

/// How much of a secret must be there for its beginning to count where a text was cut off.
const CUT: usize = 8;

/// What stands where a text was cut off.
const MARKS: [&str; 3] = ["...", "…", "\\u2026"];

/// A step through both: how many bytes of the secret, and how many of the text.
type Step = (usize, usize);

/// Whether the first byte of `text` can begin a spelling of `secret`. Nearly no place in a text can, and most texts have
/// no other places.
pub(super) fn may_begin(secret: &[u8], text: &[u8]) -> bool {
    match (text.first(), secret.first()) {
        (Some(b'%' | b'&' | b'\\'), _) | (Some(b'+'), Some(b' ')) | (Some(b' '), Some(b'+')) => true,
        (found, wanted) => found == wanted,
    }
}

/// How many bytes at the beginning of `text` spell `secret`, in any mix of encodings, or as much of it as is left where
/// the text was cut off; `None` if it is not there.
pub(super) fn spelled(secret: &[u8], text: &[u8]) -> Option<usize> {
    let mut open: Vec<Step> = vec![(0, 0)];
    let mut steps = Vec::new();
    while let Some((in_secret, in_text)) = open.pop() {
        let (secret, text) = (&secret[in_secret..], &text[in_text..]);
        if secret.is_empty() || (in_secret >= CUT && is_cut_off(text)) {
            return Some(in_text);
        }
        steps_into(&mut steps, secret, text);
        open.extend(
            steps
                .drain(..)
                .map(|(more, behind)| (in_secret + more, in_text + behind)),
        );
    }
    None
}

/// The text that a percent-encoded one stands for, as far as it is valid.
pub(super) fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        if let Some((byte, length)) = escaped(rest, b"%", 2) {
            bytes.push(u8::try_from(byte).unwrap_or(first));
            rest = &rest[length..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_cut_off(text: &[u8]) -> bool {
    text.is_empty() || MARKS.iter().any(|mark| text.starts_with(mark.as_bytes()))
}

/// Every spelling of the beginning of `secret` with which `text` begins.
fn steps_into(steps: &mut Vec<Step>, secret: &[u8], text: &[u8]) {
    let (Some(&wanted), Some(&found)) = (secret.first(), text.first()) else {
        return;
    };
    let mut is = |byte: Option<(u32, usize)>| {
        steps.extend(
            byte.filter(|(byte, _)| *byte == u32::from(wanted))
                .map(|(_, length)| (1, length)),
        );
    };
    match found {
        b'%' => {
            is(escaped(text, b"%", 2));
            is(escaped(text, b"%25", 2));
        }
        b'&' => is(entity(text)),
        b'\\' => {
            // JSON in JSON doubles each backslash.
            let slashes = text.iter().take_while(|&&byte| byte == b'\\').count();
            let behind = &text[slashes - 1..];
            let longer = |(what, length): (u32, usize)| (what, length + slashes - 1);
            is(letter(behind).map(longer));
            is(escaped(behind, b"\\x", 2).map(longer));
            [2, 4]
                .into_iter()
                .filter(|&many| many <= slashes)
                .for_each(|many| is(Some((u32::from(b'\\'), many))));
            if let Some((character, length)) = unicode(behind).map(|(c, length)| (c, length + slashes - 1)) {
                let mut bytes = [0; 4];
                let bytes = character.encode_utf8(&mut bytes).as_bytes();
                steps.extend(secret.starts_with(bytes).then_some((bytes.len(), length)));
            }
        }
        // A form writes a space as a plus, and whoever reads one turns a plus into a space.
        b'+' if wanted == b' ' => steps.push((1, 1)),
        b' ' if wanted == b'+' => steps.push((1, 1)),
        _ => {}
    }
    if found == wanted {
        steps.push((1, 1));
    }
}

/// The number in hexadecimal behind `sign`, and the length of both.
fn escaped(text: &[u8], sign: &[u8], digits: usize) -> Option<(u32, usize)> {
    let number = text.strip_prefix(sign)?.get(..digits)?;
    if !number.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let number = u32::from_str_radix(str::from_utf8(number).ok()?, 16).ok()?;
    Some((number, sign.len() + digits))
}

/// An escape of one letter (RFC 8259, section 7).
fn letter(text: &[u8]) -> Option<(u32, usize)> {
    let byte = match text.get(1)? {
        same @ (b'"' | b'\'' | b'/') => *same,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'f' => 12,
        b'r' => b'\r',
        _ => return None,
    };
    Some((byte.into(), 2))
}

/// A `\uXXXX`, or two of them for a character beyond the first 65,536.
fn unicode(text: &[u8]) -> Option<(char, usize)> {
    let (first, length) = escaped(text, b"\\u", 4)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, length));
    }
    let (second, more) = escaped(text.get(length..)?, b"\\u", 4)?;
    let pair = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    let character = char::decode_utf16(pair).next()?.ok()?;
    Some((character, length + more))
}

/// A character reference of HTML.
fn entity(text: &[u8]) -> Option<(u32, usize)> {
    let end = text.iter().take(9).position(|&byte| byte == b';')?;
    let name = str::from_utf8(&text[1..end]).ok()?;
    let number = match name {
        "amp" => b'&'.into(),
        "lt" => b'<'.into(),
        "gt" => b'>'.into(),
        "quot" => b'"'.into(),
        "apos" => b'\''.into(),
        _ => {
            let number = name.strip_prefix('#')?;
            match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            }
        }
    };
    Some((number, end + 1))
}
