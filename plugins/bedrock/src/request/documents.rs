//! The names of documents, as the API wants them: of few characters, and each once.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html>, `name`.

use std::collections::BTreeSet;

/// The longest name, less room for a number.
const LONGEST: usize = 190;

/// The names of a request's documents so far.
#[derive(Default)]
pub(super) struct DocumentNames(BTreeSet<String>);

// === impl DocumentNames ===

impl DocumentNames {
    /// The name for a document with this file name, which may be a path, or empty.
    pub(super) fn name(&mut self, filename: &str) -> String {
        let base = legal(filename);
        let mut name = base.clone();
        let mut count = 1;
        while !self.0.insert(name.clone()) {
            count += 1;
            name = format!("{base} {count}");
        }
        name
    }
}

/// The name without its folders and its ending, and with spaces for what is not allowed.
fn legal(filename: &str) -> String {
    let file = filename.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '(' | ')' | '[' | ']');
    let spaced: String = stem.chars().map(|c| if allowed(c) { c } else { ' ' }).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(LONGEST).collect();
    match name.trim() {
        "" => "document".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::DocumentNames;

    #[test]
    fn a_name_is_legal_and_comes_once() {
        let mut names = DocumentNames::default();
        for (filename, name) in [
            ("report.pdf", "report"),
            ("report.pdf", "report 2"),
            ("https://a.example/x/Bericht_März (2).pdf", "Bericht M rz (2)"),
            ("", "document"),
            ("日本.pdf", "document 2"),
            ("a  b.tar.gz", "a b tar"),
        ] {
            assert_eq!(names.name(filename), name, "{filename}");
        }
        assert_eq!(names.name(&"n".repeat(300)).len(), 190);
    }
}
