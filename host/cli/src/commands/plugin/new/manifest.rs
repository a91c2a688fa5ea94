//! The `Cargo.toml` of a new plugin, made from the workspace's own, so that versions cannot drift apart.

use std::fmt::Write as _;

/// The workspace's manifest at the time when this program was built.
const WORKSPACE: &str = include_str!("../../../../../../Cargo.toml");

/// The SDK's manifest, which names the dependencies that a workspace around it must offer.
const SDK: &str = include_str!("../../../../../../plugin-sdk/Cargo.toml");

/// The tables that a carried SDK inherits from.
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
    /// From the checkout in whose workspace it is.
    Checkout,
    /// From a copy of its own: the plugin is a workspace by itself.
    Carried,
}

/// Makes a package's manifest one that cargo can build where the plugin will be.
pub(super) fn complete(mut manifest: String, sdk: &Sdk) -> String {
    if *sdk == Sdk::Carried {
        manifest.push_str("\n[workspace]\nresolver = \"3\"\n");
        for header in INHERITED {
            let _ = write!(manifest, "\n{header}\n{}\n", table(WORKSPACE, header).trim_end());
        }
        let _ = write!(manifest, "\n[workspace.dependencies]\n{}", dependencies());
    }
    manifest
}

/// The workspace's lines for those dependencies that the SDK and the plugin inherit.
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

/// Whether a manifest takes a dependency from its workspace.
fn inherits(manifest: &str, name: &str) -> bool {
    let dotted = format!("{name}.workspace ");
    let inline = format!("{name} = {{ workspace ");
    manifest
        .lines()
        .any(|line| line.starts_with(&dotted) || line.starts_with(&inline))
}

/// The lines of a table of a manifest, up to the next table.
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
    fn a_carried_manifest_offers_every_dependency_that_the_sdk_inherits() {
        let offered = dependencies();
        let inherited = [SDK, PACKAGE]
            .into_iter()
            .flat_map(str::lines)
            .filter(|line| line.contains("workspace = true"))
            .filter_map(|line| line.split(['.', ' ']).next())
            .filter(|name| *name != "workspace")
            .filter(|name| !table(WORKSPACE, "[workspace.package]").contains(&format!("{name} = ")));
        for name in inherited {
            let found = offered.lines().any(|line| line.starts_with(&format!("{name} = ")));
            assert!(found, "{name} is not offered in:\n{offered}");
        }
    }

    #[test]
    fn a_carried_manifest_has_every_inherited_table() {
        let text = complete(PACKAGE.to_owned(), &Sdk::Carried);
        for header in INHERITED {
            assert!(!table(&text, header).trim().is_empty(), "{header} is empty in:\n{text}");
        }
    }

    #[test]
    fn a_manifest_in_the_checkout_stays_as_it_is() {
        assert_eq!(complete(PACKAGE.to_owned(), &Sdk::Checkout), PACKAGE);
    }
}
