//! The syntax of `${env:NAME}`, `${file:PATH}` and `$${` in a string.

/// A part of a string.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Literal text.
    Text(&'a str),
    /// The value of an environment variable.
    Variable(&'a str),
    /// The content of a file.
    File(&'a str),
}

/// Why a string's references are invalid. No message quotes the string: it may be half of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    /// `${` without `}`.
    #[error("has a ${{ without a closing }}")]
    Unclosed,
    /// Neither `env:` nor `file:`, or nothing after it.
    #[error("has a ${{…}} that names neither a variable nor a file")]
    Unknown,
}

/// Splits a string into its parts.
///
/// # Errors
/// If a reference is not closed, or is neither `env:` nor `file:`.
pub(super) fn parts(text: &str) -> Result<Vec<Part<'_>>, Malformed> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, reference) = rest.split_at(at);
        if let Some(before) = before.strip_suffix('$') {
            parts.extend([Part::Text(before), Part::Text("${")]);
            rest = &reference[2..];
            continue;
        }
        let end = reference.find('}').ok_or(Malformed::Unclosed)?;
        parts.extend([Part::Text(before), part(&reference[2..end])?]);
        rest = &reference[end + 1..];
    }
    parts.push(Part::Text(rest));
    parts.retain(|part| *part != Part::Text(""));
    Ok(parts)
}

fn part(reference: &str) -> Result<Part<'_>, Malformed> {
    match reference.split_once(':') {
        Some(("env", name)) if is_name(name) => Ok(Part::Variable(name)),
        Some(("file", path)) if !path.is_empty() => Ok(Part::File(path)),
        _ => Err(Malformed::Unknown),
    }
}

/// Whether a shell can set a variable with this name (POSIX.1-2017, base definitions, section 3.235).
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_split_into_references_escapes_and_text() {
        use Part::{File, Text, Variable};
        let cases: [(&str, &[Part<'_>]); 6] = [
            ("", &[]),
            ("plain $x {y}", &[Text("plain $x {y}")]),
            ("${env:A}", &[Variable("A")]),
            (
                "a${env:A_1}b${file:/run/k y}",
                &[Text("a"), Variable("A_1"), Text("b"), File("/run/k y")],
            ),
            ("$${env:A}", &[Text("${"), Text("env:A}")]),
            ("x$${${env:A}", &[Text("x"), Text("${"), Variable("A")]),
        ];
        for (text, expected) in cases {
            assert_eq!(parts(text).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn an_invalid_reference_is_refused() {
        let unknown = [
            "${}",
            "${A}",
            "${env:}",
            "${file:}",
            "${env:A-B}",
            "${env:1A}",
            "${vault:x}",
        ];
        for text in unknown {
            assert_eq!(parts(text), Err(Malformed::Unknown), "{text:?}");
        }
        assert_eq!(parts("a ${env:A"), Err(Malformed::Unclosed));
    }
}
