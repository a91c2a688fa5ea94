//! The accepted text of a case, in the file format of insta, which the SDK's runner uses.

use std::io;
use std::path::{Path, PathBuf};

/// The first lines of a snapshot that this program writes. What stands in them is not compared.
const HEAD: &str = "---\nsource: jackfield plugin test\n---\n";

/// The snapshot of a case.
pub fn of(case: &Path) -> PathBuf {
    case.with_extension("snap")
}

/// The accepted text; none if there is no snapshot.
///
/// # Errors
/// If there is one, but it cannot be read.
pub fn read(file: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(content(&text).to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Accepts a text.
///
/// # Errors
/// If the file cannot be written.
pub fn write(file: &Path, text: &str) -> io::Result<()> {
    std::fs::write(file, format!("{HEAD}{}\n", text.trim_end()))
}

/// What follows the head.
fn content(text: &str) -> &str {
    let body = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    body.map_or(text, |(_, content)| content).trim_end()
}

/// The first line in which two texts differ, with its number: what was accepted, and what is.
pub fn difference(accepted: &str, found: &str) -> Option<(usize, String, String)> {
    let (mut accepted, mut found) = (accepted.trim_end().lines(), found.trim_end().lines());
    for number in 1.. {
        match (accepted.next(), found.next()) {
            (None, None) => return None,
            (one, other) if one == other => {}
            (one, other) => {
                let shown = |line: Option<&str>| line.unwrap_or("(nothing)").to_owned();
                return Some((number, shown(one), shown(other)));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.snap");
        assert_eq!(read(&file).unwrap(), None);
        write(&file, "{\n  \"a\": 1\n}").unwrap();
        assert_eq!(read(&file).unwrap().as_deref(), Some("{\n  \"a\": 1\n}"));
    }

    #[test]
    fn the_head_of_instas_files_is_not_compared() {
        assert_eq!(
            content("---\nsource: plugin-sdk/src/golden.rs\n---\n\"canonical\"\n"),
            "\"canonical\""
        );
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(difference("a\nb\n", "a\nb"), None);
        let differs = |one: &str, other: &str| difference(one, other).unwrap();
        assert_eq!(differs("a\nb", "a\nc"), (2, "b".to_owned(), "c".to_owned()));
        assert_eq!(differs("a", "a\nc"), (2, "(nothing)".to_owned(), "c".to_owned()));
    }
}
