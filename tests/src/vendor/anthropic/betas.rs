//! The `anthropic-beta` header as Anthropic reads it: known features, separated by commas. The double knows none by name,
//! but how their names end: with a date.

use crate::upstream::Request;
use crate::vendor::fault::{Fault, demand};

/// Fails if the header names a feature that cannot exist, or the same one twice.
pub(super) fn check(request: &Request) -> Result<(), Fault> {
    let header = request.header("anthropic-beta");
    let mut seen = Vec::new();
    for name in header.into_iter().flat_map(|names| names.split(',')) {
        let message = format!("Unexpected value(s) `{name}` for the `anthropic-beta` header.");
        demand(ends_with_a_date(name) && !seen.contains(&name), message)?;
        seen.push(name);
    }
    Ok(())
}

/// As in `context-1m-2025-08-07` and `claude-code-20250219`.
fn ends_with_a_date(name: &str) -> bool {
    let digits = name.replace('-', "");
    let (_, date) = digits.split_at(digits.floor_char_boundary(digits.len().saturating_sub(8)));
    date.len() == 8 && date.starts_with("20") && date.bytes().all(|digit| digit.is_ascii_digit())
}
