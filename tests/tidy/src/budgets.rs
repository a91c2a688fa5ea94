//! How long files and functions may be, how files begin, and what they may not be called.

use crate::tree::File;

/// The longest file, without its tests.
const FILE_LINES: usize = 400;

/// The longest function, comments and all; clippy's `too_many_lines` counts code alone.
const FUNCTION_LINES: usize = 80;

/// Words of a file's name that say nothing about what is in it.
const EMPTY_WORDS: [&str; 10] = [
    "common", "handler", "helper", "helpers", "manager", "misc", "service", "types", "util", "utils",
];

/// What is wrong with a Rust file.
pub(crate) fn findings(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    let path = &file.path;
    if !file.text.starts_with("//! ") {
        findings.push(format!("{path}: begins without `//!` and a sentence on what it is for"));
    }
    let lines = without_tests(&file.text).len();
    if lines > FILE_LINES && !file.is_test() {
        findings.push(format!("{path}: has {lines} lines, more than {FILE_LINES}; split it"));
    }
    for (name, lines) in functions(&file.text) {
        if lines > FUNCTION_LINES {
            findings.push(format!(
                "{path}: `{name}` has {lines} lines, more than {FUNCTION_LINES}"
            ));
        }
    }
    findings
}

/// What is wrong with a path, if its last part or a folder in it is named after nothing.
pub(crate) fn bad_name(path: &str) -> Option<String> {
    if path.ends_with("/mod.rs") {
        return Some(format!("{path}: write `thing.rs` beside `thing/`"));
    }
    let stem = path.strip_suffix(".rs")?;
    let word = stem.split(['/', '_']).find(|word| EMPTY_WORDS.contains(word))?;
    Some(format!("{path}: `{word}` does not say what is in it"))
}

/// The lines before the module of tests.
fn without_tests(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let is_start = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ");
    let end = lines.windows(2).position(is_start).unwrap_or(lines.len());
    lines[..end].to_vec()
}

/// The functions of a formatted file with their lengths: each ends with a brace as far in as it began.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut functions = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else {
            continue;
        };
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indent}}}");
        // A declaration in a trait ends without a body.
        let declared = format!("{indent})");
        let ends = |line: &&str| *line == end || (line.starts_with(&declared) && line.ends_with(';'));
        let length = lines[start..].iter().position(ends);
        functions.push((name.to_owned(), length.map_or(1, |length| length + 1)));
    }
    functions
}

/// The name of the function whose definition, with a body over several lines, begins here.
fn function_name(line: &str) -> Option<&str> {
    if line.ends_with(['}', ';']) {
        return None;
    }
    let mut words = line.split_whitespace();
    let modifiers = [
        "pub",
        "pub(crate)",
        "pub(super)",
        "const",
        "async",
        "unsafe",
        "extern",
        "\"C\"",
    ];
    let first = words.find(|word| !modifiers.contains(word) && !word.starts_with("pub("))?;
    let name = words.next().filter(|_| first == "fn")?;
    name.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(path: &str, text: &str) -> Vec<String> {
        findings(&File::sample(path, text))
    }

    #[test]
    fn a_file_must_begin_with_its_purpose() {
        assert_eq!(long("a.rs", "//! What it is for.\nfn a() {}\n"), Vec::<String>::new());
        assert_eq!(long("a.rs", "use b;\n").len(), 1);
    }

    #[test]
    fn the_tests_in_a_file_do_not_count() {
        let code = "//! A.\n".to_owned() + &"const A: u8 = 1;\n".repeat(FILE_LINES - 1);
        let tests = "#[cfg(test)]\nmod tests {\n".to_owned() + &"// More.\n".repeat(100) + "}\n";
        assert_eq!(long("host/src/a.rs", &(code.clone() + &tests)), Vec::<String>::new());
        let longer = code + "const B: u8 = 1;\n";
        assert_eq!(long("host/src/a.rs", &(longer.clone() + &tests)).len(), 1);
        assert_eq!(long("host/src/a/tests.rs", &longer), Vec::<String>::new());
    }

    #[test]
    fn a_long_function_is_found_by_name_also_inside_an_impl() {
        let body = "        let _ = 1;\n".repeat(FUNCTION_LINES - 1);
        let text = format!("//! A.\nimpl A {{\n    pub(crate) async fn long<T>(\n    ) {{\n{body}    }}\n}}\n");
        assert_eq!(functions(&text), [("long".to_owned(), FUNCTION_LINES + 2)]);
        assert_eq!(long("a.rs", &text).len(), 1);
    }

    #[test]
    fn empty_names_are_found_in_files_folders_and_parts() {
        for path in [
            "host/src/utils.rs",
            "host/src/common/a.rs",
            "host/src/key_manager.rs",
            "a/mod.rs",
        ] {
            assert!(bad_name(path).is_some(), "{path}");
        }
        for path in ["host/src/routing.rs", "host/src/prototypes.rs", "config/common.yaml"] {
            assert_eq!(bad_name(path), None);
        }
    }
}
