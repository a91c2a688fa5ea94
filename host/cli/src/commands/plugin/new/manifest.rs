//! The `Cargo.toml` of a new plugin, derived from this workspace's, so that their versions cannot drift apart.

use std::fmt::Write as _;

/// The manifest of the workspace that this program was built in.
const WORKSPACE: &str = include_str!("../../../../../../Cargo.toml");

/// The SDK's manifest, which names the dependencies that its workspace must define.
const SDK: &str = include_str!("../../../../../../plugin-sdk/Cargo.toml");

/// The tables that a bundled SDK inherits from.
const INHERITED: [&str; 3] = [
    "[workspace.package]",
    "[workspace.lints.rust]",
    "[workspace.lints.clippy]",
];

/// The template's manifest.
const PACKAGE: &str = include_str!("../template/Cargo.toml");

/// Where the plugin gets the SDK from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sdk {
    /// From the checkout of which it is a member.
    Checkout,
    /// From a copy inside its folder: the plugin is a workspace of its own.
    Bundled,
}

/// Adds to the package's manifest what cargo needs to build it where the plugin will be.
pub(super) fn complete(mut manifest: String, sdk: &Sdk) -> String {
    if *sdk == Sdk::Bundled {
        manifest.push_str("\n[workspace]\nresolver = \"3\"\n");
        for header in INHERITED {
            let _ = write!(manifest, "\n{header}\n{}\n", table(WORKSPACE, header).trim_end());
        }
        let _ = write!(manifest, "\n[workspace.dependencies]\n{}", dependencies());
    }
    manifest
}

/// The workspace's lines for the dependencies that the SDK and the plugin inherit.
fn dependencies() -> String {
    let mut lines = String::new();
    for line in table(WORKSPACE, "[workspace.dependencies]").lines() {
        let name = line.split([' ', '=']).next().unwrap_or_default();
        if name == "jackfield-plugin-sdk" {
            let _ = writeln!(lines, "{name} = {{ path = \"sdk/plugin-sdk\" }}");
        } else if inherits(SDK, name) || inherits(PACKAGE, name) {
            let _ = writeln!(lines, "{line}");
        }
    }
    lines
}

/// Whether a manifest inherits a dependency from its workspace.
fn inherits(manifest: &str, name: &str) -> bool {
    let dotted = format!("{name}.workspace ");
    let inline = format!("{name} = {{ workspace ");
    manifest
        .lines()
        .any(|line| line.starts_with(&dotted) || line.starts_with(&inline))
}

/// The lines of a table in a manifest, up to the next table.
fn table<'a>(manifest: &'a str, header: &str) -> &'a str {
    let Some((_, rest)) = manifest.split_once(&format!("\n{header}\n")) else {
        return "";
    };
    rest.split_once("\n[").map_or(rest, |(lines, _)| lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundled_manifest_defines_every_dependency_that_the_sdk_inherits() {
        let defined = dependencies();
        let inherited = [SDK, PACKAGE]
            .into_iter()
            .flat_map(str::lines)
            .filter(|line| line.contains("workspace = true"))
            .filter_map(|line| line.split(['.', ' ']).next())
            .filter(|name| *name != "workspace")
            .filter(|name| !table(WORKSPACE, "[workspace.package]").contains(&format!("{name} = ")));
        for name in inherited {
            let found = defined.lines().any(|line| line.starts_with(&format!("{name} = ")));
            assert!(found, "{name} is not defined in:\n{defined}");
        }
    }

    #[test]
    fn a_bundled_manifest_has_every_inherited_table() {
        let text = complete(PACKAGE.to_owned(), &Sdk::Bundled);
        for header in INHERITED {
            assert!(!table(&text, header).trim().is_empty(), "{header} is empty in:\n{text}");
        }
    }

    #[test]
    fn a_manifest_in_a_checkout_is_unchanged() {
        assert_eq!(complete(PACKAGE.to_owned(), &Sdk::Checkout), PACKAGE);
    }
}
