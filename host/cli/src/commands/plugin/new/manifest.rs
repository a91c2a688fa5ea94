//! The `Cargo.toml` of a new plugin and of the SDK beside it, with what they inherit from this workspace written out: an
//! author's folder is a workspace of its own, and has no lints but the author's.

/// The manifest of the workspace that this program was built in, so that versions cannot drift apart.
const WORKSPACE: &str = include_str!("../../../../../../Cargo.toml");

/// What an inherited line ends with.
const INHERITED: &str = ".workspace = true";

/// How an inherited dependency with more to say begins.
const INHERITED_AND: &str = "{ workspace = true, ";

/// The package that an author's manifest names by its path.
const SDK: &str = "jackfield-plugin-sdk";

/// Where the plugin gets the SDK from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sdk {
    /// From the checkout of which it is a member.
    Checkout,
    /// From a copy inside its folder: the plugin is a workspace of its own.
    Bundled,
}

/// A template's manifest, with what cargo needs to build it where the plugin will be.
pub(super) fn complete(manifest: &str, sdk: &Sdk) -> String {
    match sdk {
        Sdk::Checkout => format!("{}\n\n[lints]\nworkspace = true\n", manifest.trim_end()),
        Sdk::Bundled => format!(
            "{}\n# A workspace of its own, wherever the folder is.\n[workspace]\n",
            standalone(manifest)
        ),
    }
}

/// A manifest without a workspace: nothing is inherited, neither versions nor lints.
pub(super) fn standalone(manifest: &str) -> String {
    let manifest = manifest.split("\n[lints]\n").next().unwrap_or(manifest);
    let lines: Vec<String> = manifest.trim_end().lines().filter_map(resolved).collect();
    lines.join("\n") + "\n"
}

/// A line with what it inherits; none if it is this project's own business.
fn resolved(line: &str) -> Option<String> {
    if let Some(name) = line.strip_suffix(INHERITED) {
        return match name {
            "license" => None,
            _ => Some(format!("{name} = {}", inherited(name)?)),
        };
    }
    let more = line
        .split_once(" = ")
        .and_then(|(name, value)| Some((name, value.strip_prefix(INHERITED_AND)?)));
    let Some((name, more)) = more else {
        return Some(line.to_owned());
    };
    let value = inherited(name)?;
    let value = match value.strip_suffix(" }") {
        Some(table) => format!("{table}, {more}"),
        None => format!("{{ version = {value}, {more}"),
    };
    Some(format!("{name} = {value}"))
}

/// What the workspace says of a name: a dependency, or a member of its package.
fn inherited(name: &str) -> Option<String> {
    if name == SDK {
        return Some("{ path = \"sdk/plugin-sdk\" }".to_owned());
    }
    let value = |line: &str| line.strip_prefix(name)?.strip_prefix(" = ").map(str::to_owned);
    let tables = ["[workspace.dependencies]", "[workspace.package]"];
    tables
        .iter()
        .find_map(|header| table(WORKSPACE, header).lines().find_map(value))
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

    const PACKAGE: &str = "[package]\nname = \"a\"\nedition.workspace = true\nlicense.workspace = true\n\n[dependencies]\n\
        insta = { workspace = true, optional = true }\njackfield-plugin-sdk.workspace = true\nschemars.workspace = true\n\n\
        [dev-dependencies]\njackfield-plugin-sdk = { workspace = true, features = [\"golden\"] }\n";

    #[test]
    fn an_authors_manifest_inherits_nothing() {
        let text = complete(PACKAGE, &Sdk::Bundled);
        let expected = "[package]\nname = \"a\"\nedition = \"2024\"\n\n[dependencies]\n\
            insta = { version = \"1.49\", features = [\"json\"], optional = true }\n\
            jackfield-plugin-sdk = { path = \"sdk/plugin-sdk\" }\n\
            schemars = { version = \"1.2\", features = [\"preserve_order\"] }\n\n[dev-dependencies]\n\
            jackfield-plugin-sdk = { path = \"sdk/plugin-sdk\", features = [\"golden\"] }\n\n\
            # A workspace of its own, wherever the folder is.\n[workspace]\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_sdk_brings_neither_a_workspace_nor_lints() {
        let text = standalone(include_str!("../../../../../../plugin-sdk/Cargo.toml"));
        assert!(!text.contains("workspace"), "{text}");
        assert!(!text.contains("[lints]"), "{text}");
        assert!(text.contains("wit-bindgen = { version ="), "{text}");
    }

    #[test]
    fn a_plugin_in_a_checkout_inherits_all() {
        assert_eq!(
            complete(PACKAGE, &Sdk::Checkout),
            format!("{PACKAGE}\n[lints]\nworkspace = true\n")
        );
    }
}
