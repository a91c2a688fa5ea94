//! What every package's manifest must say, and on which of our packages it may depend.

use crate::tree::File;

/// A folder of a package, or of packages if it ends with `*`, and those of ours that may stand in its manifest.
struct Floor {
    folder: &'static str,
    below: &'static [&'static str],
}

/// Every package of ours, by its floor; the lower ones know nothing of the upper ones.
const FLOORS: [Floor; 13] = [
    Floor {
        folder: "host/cli/c-bindings",
        below: &[],
    },
    Floor {
        folder: "host/dialects",
        below: &[],
    },
    Floor {
        folder: "host/config",
        below: &[],
    },
    Floor {
        folder: "host/accounting",
        below: &[],
    },
    Floor {
        folder: "host/sandbox",
        below: &["jackfield-config"],
    },
    Floor {
        folder: "host/gateway",
        below: &[
            "jackfield-accounting",
            "jackfield-config",
            "jackfield-dialects",
            "jackfield-sandbox",
        ],
    },
    Floor {
        folder: "host/kit",
        below: &[
            "jackfield-config",
            "jackfield-dialects",
            "jackfield-gateway",
            "jackfield-sandbox",
        ],
    },
    Floor {
        folder: "host/cli",
        below: &[
            "jackfield-accounting",
            "jackfield-config",
            "jackfield-dialects",
            "jackfield-gateway",
            "jackfield-kit",
            "jackfield-sandbox",
        ],
    },
    Floor {
        folder: "plugin-sdk",
        below: &[],
    },
    Floor {
        folder: "plugins/*",
        below: &["jackfield-plugin-sdk"],
    },
    Floor {
        folder: "tests/plugins/*",
        below: &["jackfield-plugin-sdk"],
    },
    // Quick to build, because it is run often: neither the sandbox nor the databases.
    Floor {
        folder: "tests/tidy",
        below: &["jackfield-config"],
    },
    // A template that the commands write out for a plugin's author.
    Floor {
        folder: "host/cli/src/commands/plugin/template/*",
        below: &["jackfield-plugin-sdk"],
    },
];

/// The packages that `plugin new` writes.
const TEMPLATES: &str = "host/cli/src/commands/plugin/template/";

/// The packages that may depend on all others.
const TOPS: [&str; 4] = [".", "fuzz", "fuzz/libfuzzer", "tests"];

/// What is wrong with a `Cargo.toml`.
pub(crate) fn findings(file: &File) -> Vec<String> {
    let File { path, text } = file;
    let mut findings = Vec::new();
    // An author's folder has the author's lints.
    let is_template = path.starts_with(TEMPLATES);
    if text.contains("[package]") && !is_template && !text.contains("[lints]\nworkspace = true") {
        findings.push(format!(
            "{path}: does not inherit the lints; add `[lints] workspace = true`"
        ));
    }
    let dependencies = dependencies(text);
    // The SDK's macro brings the bindings.
    if path.starts_with("plugins/") && dependencies.contains(&"wit-bindgen") {
        findings.push(format!("{path}: must not depend on wit-bindgen"));
    }
    let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
    if TOPS.contains(&folder) {
        return findings;
    }
    let Some(floor) = FLOORS.iter().find(|floor| floor.holds_for(folder)) else {
        findings.push(format!(
            "{path}: belongs to no floor; say in the tidy test what it may know"
        ));
        return findings;
    };
    let ours = dependencies.iter().filter(|name| name.starts_with("jackfield"));
    let wrong = ours.filter(|name| !floor.below.contains(name));
    findings.extend(wrong.map(|name| format!("{path}: must not depend on {name}")));
    findings
}

/// The words in all tables of dependencies: names of packages, under whatever name they come in.
fn dependencies(manifest: &str) -> Vec<&str> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(header) = line.strip_prefix('[') {
            inside = header.contains("dependencies");
        }
        if inside {
            names.extend(line.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_'));
        }
    }
    names
}

// === impl Floor ===

impl Floor {
    fn holds_for(&self, folder: &str) -> bool {
        match self.folder.strip_suffix('*') {
            None => folder == self.folder,
            Some(parent) => folder.strip_prefix(parent).is_some_and(|name| !name.contains('/')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINTS: &str = "\n[lints]\nworkspace = true\n";

    fn found(path: &str, text: &str) -> Vec<String> {
        findings(&File::sample(path, text))
    }

    fn depending(path: &str, line: &str) -> Vec<String> {
        found(path, &format!("[package]\n[dependencies]\n{line}{LINTS}"))
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn a_package_without_the_lints_is_found() {
        assert_eq!(found("plugins/a/Cargo.toml", "[package]\nname = \"a\"\n").len(), 1);
        assert_eq!(found("Cargo.toml", "[workspace]\n"), NONE);
    }

    #[test]
    fn a_plugin_that_knows_the_host_is_found() {
        let path = "plugins/a/Cargo.toml";
        assert_eq!(depending(path, "jackfield-plugin-sdk.workspace = true"), NONE);
        assert_eq!(
            depending(path, "jackfield-gateway = { path = \"../../host/gateway\" }"),
            ["plugins/a/Cargo.toml: must not depend on jackfield-gateway"]
        );
        assert_eq!(depending(path, "wit-bindgen.workspace = true").len(), 1);
    }

    #[test]
    fn a_floor_that_knows_one_above_or_beside_it_is_found() {
        let one = |path: &str, name: &str| depending(path, &format!("{name}.workspace = true")).len();
        assert_eq!(one("host/cli/Cargo.toml", "jackfield-plugin-sdk"), 1);
        assert_eq!(one("host/dialects/Cargo.toml", "jackfield-config"), 1);
        assert_eq!(one("host/sandbox/Cargo.toml", "jackfield-config"), 0);
        assert_eq!(one("host/accounting/Cargo.toml", "jackfield-config"), 1);
        assert_eq!(one("tests/tidy/Cargo.toml", "jackfield-sandbox"), 1);
        assert_eq!(one("tests/Cargo.toml", "jackfield-sandbox"), 0);
    }

    #[test]
    fn a_dependency_is_found_in_any_table_and_under_any_name() {
        let path = "host/config/Cargo.toml";
        for text in [
            "[dev-dependencies]\njackfield-dialects.workspace = true",
            "[dependencies.jackfield-dialects]\nworkspace = true",
            "[target.'cfg(unix)'.dependencies]\na = { package = \"jackfield-dialects\", path = \"../dialects\" }",
        ] {
            assert_eq!(
                found(path, text),
                ["host/config/Cargo.toml: must not depend on jackfield-dialects"],
                "{text}"
            );
        }
        assert_eq!(
            found(
                path,
                "[package]\nname = \"jackfield-config\"\n[lints]\nworkspace = true\n"
            ),
            NONE
        );
    }

    #[test]
    fn a_package_on_no_floor_is_found() {
        assert_eq!(
            depending("host/new/Cargo.toml", ""),
            ["host/new/Cargo.toml: belongs to no floor; say in the tidy test what it may know"]
        );
    }
}
