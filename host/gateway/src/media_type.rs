//! Media types (RFC 9110, section 8.3.1), as far as both sides read them.

const SUFFIX: &str = "+json";

/// True for a media type whose documents are JSON (RFC 8259, section 11; RFC 6839, section 3.1), with any parameters.
pub(crate) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let suffix = essence.len().checked_sub(SUFFIX.len()).and_then(|at| essence.get(at..));
    essence.eq_ignore_ascii_case("application/json") || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case(SUFFIX))
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn json_has_a_name_of_its_own_and_a_suffix() {
        for json in [
            "application/json",
            "Application/JSON ; charset=utf-8",
            "application/problem+json",
        ] {
            assert!(is_json(json), "{json}");
        }
        for other in ["", "text/plain", "application/jsonl", "application/json+x", "json"] {
            assert!(!is_json(other), "{other}");
        }
    }
}
