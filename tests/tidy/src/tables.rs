//! Tables of the documents that repeat what the code or the tree says: both must say the same.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::markdown::{table, word};
use crate::source::Source;

/// What the code's one table of errors begins with.
const CODE_TABLE: &str = "fn row(self)";

/// What `docs/src/api.md` says of errors and `ErrorKind::row` does not, and the reverse.
pub(crate) fn errors(document: &str, code: &str) -> Vec<String> {
    let Some(rows) = table(document, &["status", "`X-Error-Code`"]) else {
        return vec!["docs/src/api.md: has no one table with the head `status` and `X-Error-Code`".to_owned()];
    };
    let documented: BTreeSet<(u16, String)> = rows
        .iter()
        .filter_map(|row| Some((row.first()?.parse().ok()?, word(row.get(1)?).to_owned())))
        .collect();
    let mut findings = Vec::new();
    if documented.len() != rows.len() {
        findings.push("docs/src/api.md: a row of the table of errors has no status, or is there twice".to_owned());
    }
    let coded = match coded_errors(code) {
        Ok(coded) => coded,
        Err(finding) => return vec![finding],
    };
    findings.extend(differences(
        "docs/src/api.md",
        "the table of errors",
        &documented,
        &coded,
        |(status, name)| format!("{status} {name}"),
    ));
    findings
}

/// The rows of the code's table: each status with its code. A row may leave both to a function of the same file.
fn coded_errors(code: &str) -> Result<BTreeSet<(u16, String)>, String> {
    let place = "host/gateway/src/error.rs";
    let source = Source::read(code);
    let (_, body) = source
        .code
        .split_once(CODE_TABLE)
        .ok_or(format!("{place}: has no `{CODE_TABLE}`"))?;
    let first = source.code.len() - body.len();
    let line = source.code[..first].matches('\n').count() + 1;
    let end = line + body.split("\n    }\n").next().unwrap_or(body).matches('\n').count();
    let mut rows = BTreeSet::new();
    for (number, name) in source
        .strings
        .iter()
        .filter(|(number, _)| (line..=end).contains(number))
    {
        let text = source.code.lines().nth(number - 1).unwrap_or_default();
        let status = status_in(text)
            .or_else(|| called(text).and_then(|function| status_in(function_of(&source.code, function)?)))
            .ok_or(format!("{place}:{number}: has a code but no status that is known here"))?;
        rows.insert((status, name.clone()));
    }
    if rows.is_empty() {
        return Err(format!("{place}: `{CODE_TABLE}` has no row that can be read"));
    }
    Ok(rows)
}

/// The function that a row of a `match` calls.
fn called(row: &str) -> Option<&str> {
    let call = row.split_once("=>")?.1.trim();
    let (name, _) = call.split_once('(')?;
    Some(name).filter(|name| !name.is_empty())
}

fn function_of<'a>(code: &'a str, name: &str) -> Option<&'a str> {
    let (_, function) = code.split_once(&format!("fn {name}("))?;
    function.split("\n}").next()
}

/// The number of the first constant of `StatusCode` in a text.
fn status_in(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("StatusCode::")?;
    let name = rest.split(|c: char| !c.is_ascii_uppercase() && c != '_').next()?;
    STATUSES
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(status, _)| *status)
}

/// The statuses that an error may have (RFC 9110, section 15).
const STATUSES: [(u16, &str); 23] = [
    (400, "BAD_REQUEST"),
    (401, "UNAUTHORIZED"),
    (402, "PAYMENT_REQUIRED"),
    (403, "FORBIDDEN"),
    (404, "NOT_FOUND"),
    (405, "METHOD_NOT_ALLOWED"),
    (406, "NOT_ACCEPTABLE"),
    (408, "REQUEST_TIMEOUT"),
    (409, "CONFLICT"),
    (410, "GONE"),
    (411, "LENGTH_REQUIRED"),
    (413, "PAYLOAD_TOO_LARGE"),
    (414, "URI_TOO_LONG"),
    (415, "UNSUPPORTED_MEDIA_TYPE"),
    (417, "EXPECTATION_FAILED"),
    (422, "UNPROCESSABLE_ENTITY"),
    (429, "TOO_MANY_REQUESTS"),
    (500, "INTERNAL_SERVER_ERROR"),
    (501, "NOT_IMPLEMENTED"),
    (502, "BAD_GATEWAY"),
    (503, "SERVICE_UNAVAILABLE"),
    (504, "GATEWAY_TIMEOUT"),
    (507, "INSUFFICIENT_STORAGE"),
];

/// The sections that `docs/src/configuration.md` lists and the schema does not have, and the reverse.
pub(crate) fn sections(document: &str, schema: &Value) -> Vec<String> {
    let place = "docs/src/configuration.md";
    let Some(rows) = table(document, &["key", "what it holds"]) else {
        return vec![format!(
            "{place}: has no one table with the head `key` and `what it holds`"
        )];
    };
    let Some(properties) = schema["properties"].as_object() else {
        return vec!["the schema of the configuration has no properties".to_owned()];
    };
    let documented = rows.iter().map(|row| word(&row[0]).to_owned()).collect();
    let known = properties.keys().cloned().collect();
    differences(place, "the table of sections", &documented, &known, Clone::clone)
}

/// The classes of failures that `docs/src/operations.md` lists and the code does not have, and the reverse.
pub(crate) fn failures(document: &str, code: (&str, &str)) -> Vec<String> {
    let place = "docs/src/operations.md";
    let Some(rows) = table(document, &["class", "verdict"]) else {
        return vec![format!("{place}: has no one table with the head `class` and `verdict`")];
    };
    let (path, code) = code;
    let known = words_of_variants(code);
    if known.is_empty() {
        return vec![format!(
            "{path}: gives no class of failure its word, as in `Self::Client => \"client\"`"
        )];
    }
    let documented = rows.iter().map(|row| word(&row[0]).to_owned()).collect();
    differences(place, "the table of classes", &documented, &known, Clone::clone)
}

/// The strings on rows of a `match` over variants, as in `Self::Client => "client"`: single words, no sentences.
fn words_of_variants(code: &str) -> BTreeSet<String> {
    let source = Source::read(code);
    let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let names_variant = |number: usize| {
        let line = source.code.lines().nth(number - 1).unwrap_or_default();
        line.contains("Self::") && line.contains("=>")
    };
    let words = source.strings.iter();
    words
        .filter(|(number, text)| is_word(text) && names_variant(*number))
        .map(|(_, text)| text.clone())
        .collect()
}

/// The folders at the top that the layout table of `README.md` does not name, and the reverse. Files at the top need no
/// row.
pub(crate) fn layout(readme: &str, paths: &[String]) -> Vec<String> {
    let Some(rows) = table(readme, &["path", "what it is"]) else {
        return vec!["README.md: has no one table with the head `path` and `what it is`".to_owned()];
    };
    let named = rows.iter().map(|row| word(&row[0]).to_owned());
    let named: BTreeSet<String> = named.filter(|path| path.ends_with('/')).collect();
    let folders = paths.iter().filter_map(|path| path.split_once('/'));
    let folders = folders.map(|(folder, _)| format!("{folder}/")).collect();
    differences("README.md", "the layout", &named, &folders, Clone::clone)
}

/// What a document says that is not so, and what it leaves out.
fn differences<T: Ord>(
    place: &str,
    table: &str,
    documented: &BTreeSet<T>,
    real: &BTreeSet<T>,
    show: impl Fn(&T) -> String,
) -> Vec<String> {
    let gone = documented.difference(real);
    let gone = gone.map(|item| format!("{place}: {table} has `{}`, which does not exist", show(item)));
    let missing = real.difference(documented);
    let missing = missing.map(|item| format!("{place}: {table} lacks `{}`", show(item)));
    gone.chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NONE: [&str; 0] = [];

    const ERRORS: &str = "
impl ErrorKind {
    pub(crate) fn row(self) -> (StatusCode, &'static str, Severity) {
        match self {
            Self::A => (StatusCode::NOT_FOUND, \"A_CODE\", Info),
            Self::B => too_many(\"B_CODE\"),
        }
    }

    fn word(self) -> &'static str {
        \"no row\"
    }
}

fn too_many(code: &'static str) -> (StatusCode, &'static str, Severity) {
    (StatusCode::TOO_MANY_REQUESTS, code, Severity::Info)
}
";

    #[test]
    fn the_same_errors_on_both_sides_are_well() {
        let document =
            "| status | `X-Error-Code` | when |\n|---|---|---|\n| 404 | `A_CODE` | a |\n| 429 | `B_CODE` | b |\n";
        assert_eq!(errors(document, ERRORS), NONE);
    }

    #[test]
    fn an_error_with_another_status_is_found_from_both_sides() {
        let document = "| status | `X-Error-Code` |\n|---|---|\n| 400 | `A_CODE` |\n| 429 | `B_CODE` |\n";
        assert_eq!(
            errors(document, ERRORS),
            [
                "docs/src/api.md: the table of errors has `400 A_CODE`, which does not exist",
                "docs/src/api.md: the table of errors lacks `404 A_CODE`"
            ]
        );
    }

    #[test]
    fn a_table_that_is_not_there_is_a_finding_not_a_success() {
        assert_eq!(errors("", ERRORS).len(), 1);
        let document = "| status | `X-Error-Code` |\n|---|---|\n";
        assert_eq!(errors(document, "").len(), 1);
        assert_eq!(
            errors(document, "fn row(self) {\n        match self {}\n    }\n").len(),
            1
        );
        assert_eq!(
            errors(document, "fn row(self) {\n        Self::A => b(\"C\")\n    }\n").len(),
            1
        );
        assert_eq!(failures("| class | verdict |\n|---|---|\n", ("a.rs", "")).len(), 1);
        assert_eq!(sections("", &json!({})).len(), 1);
        assert_eq!(layout("", &[]).len(), 1);
    }

    #[test]
    fn a_section_of_one_side_only_is_found() {
        let document = "| key | what it holds |\n|---|---|\n| `log` | a |\n| `old` | b |\n";
        assert_eq!(
            sections(document, &json!({"properties": {"log": {}, "new": {}}})),
            [
                "docs/src/configuration.md: the table of sections has `old`, which does not exist",
                "docs/src/configuration.md: the table of sections lacks `new`"
            ]
        );
    }

    #[test]
    fn a_class_of_one_side_only_is_found() {
        let document = "| class | verdict |\n|---|---|\n| `client` | `stop` |\n| `rate-limited` | `retry` |\n";
        let code = "match self { // Self::No => \"no\"\nSelf::Client => \"client\",\nSelf::Slow => \"timed-out\",\n\
                    Self::RateLimited => \"rate-limited\",\nSelf::Client => \"rejected the request\",\n_ => \"other\" }";
        assert_eq!(
            failures(document, ("a.rs", code)),
            ["docs/src/operations.md: the table of classes lacks `timed-out`"]
        );
    }

    #[test]
    fn a_folder_that_is_gone_and_one_that_is_not_named_are_found() {
        let readme = "| path | what it is |\n|---|---|\n| `host/` | a |\n| `fuzz/` | b |\n";
        let paths = ["Cargo.toml", "host/a.rs", "wit/a.wit"].map(str::to_owned);
        assert_eq!(
            layout(readme, &paths),
            [
                "README.md: the layout has `fuzz/`, which does not exist",
                "README.md: the layout lacks `wit/`"
            ]
        );
    }
}
