//! What every package's manifest must say, and whom it may not depend on.

use crate::tree::File;

/// Packages by the folder that they are in, and the package that they must not know.
const FORBIDDEN: [(&str, &str); 10] = [
    ("host/", "jackfield-plugin-sdk"),
    ("plugin-sdk/", "jackfield-dialects"),
    ("plugin-sdk/", "jackfield-gateway"),
    ("plugin-sdk/", "jackfield-sandbox"),
    ("plugins/", "jackfield-accounting"),
    ("plugins/", "jackfield-config"),
    ("plugins/", "jackfield-dialects"),
    ("plugins/", "jackfield-gateway"),
    ("plugins/", "jackfield-sandbox"),
    ("plugins/", "wit-bindgen"),
];

/// What is wrong with a `Cargo.toml`.
pub(crate) fn findings(file: &File) -> Vec<String> {
    let File { path, text } = file;
    let mut findings = Vec::new();
    if text.contains("[package]") && !text.contains("[lints]\nworkspace = true") {
        findings.push(format!(
            "{path}: does not inherit the lints; add `[lints] workspace = true`"
        ));
    }
    for (folder, package) in FORBIDDEN {
        if path == &format!("{folder}Cargo.toml") || is_child(path, folder) {
            let depends = |line: &str| line.split(['.', ' ', '=']).next() == Some(package);
            if text.lines().any(depends) {
                findings.push(format!("{path}: must not depend on {package}"));
            }
        }
    }
    findings
}

/// Whether a manifest lies in a folder directly below this one.
fn is_child(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.split('/').count() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINTS: &str = "\n[lints]\nworkspace = true\n";

    fn found(path: &str, text: &str) -> Vec<String> {
        findings(&File::sample(path, text))
    }

    #[test]
    fn a_package_without_the_lints_is_found() {
        assert_eq!(found("plugins/a/Cargo.toml", "[package]\nname = \"a\"\n").len(), 1);
        assert_eq!(found("Cargo.toml", "[workspace]\n"), Vec::<String>::new());
    }

    #[test]
    fn a_plugin_that_knows_the_host_is_found() {
        let sdk = format!("[package]\njackfield-plugin-sdk.workspace = true{LINTS}");
        assert_eq!(found("plugins/a/Cargo.toml", &sdk), Vec::<String>::new());
        let host = format!("[package]\njackfield-gateway = {{ path = \"../../host/gateway\" }}{LINTS}");
        assert_eq!(
            found("plugins/a/Cargo.toml", &host),
            ["plugins/a/Cargo.toml: must not depend on jackfield-gateway"]
        );
    }

    #[test]
    fn a_host_that_knows_the_sdk_is_found() {
        let text = format!("[package]\njackfield-plugin-sdk.workspace = true{LINTS}");
        assert_eq!(found("host/cli/Cargo.toml", &text).len(), 1);
    }
}
