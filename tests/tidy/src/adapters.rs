//! What an adapter is: its folder with its goldens, and a line of documentation. Nothing in the host names one.

use crate::source::Source;
use crate::tree::{File, Tree};

/// The page that has a row for each adapter.
pub(crate) const PAGE: &str = "docs/src/adapters.md";

/// The host, but for the protocols that it speaks itself: they have the names of those who made them.
const HOST: &str = "host/";
const PROTOCOLS: &str = "host/dialects/";

/// Adapters that have the name of such a protocol, or of what a plugin does that is no vendor's.
const SHARED: [&str; 4] = ["anthropic", "echo", "gemini", "openai"];

/// By what a plugin's crate says that it is an adapter.
const EXPORT: &str = "export_adapter!";

/// The names of the adapters, by their folders.
pub(crate) fn names(rust: &[File]) -> Vec<&str> {
    let crates = rust.iter().filter_map(|file| {
        let name = file.path.strip_prefix("plugins/")?.strip_suffix("/src/lib.rs")?;
        file.text.contains(EXPORT).then_some(name)
    });
    crates.filter(|name| !name.contains('/')).collect()
}

/// What an adapter's folder lacks, and who has no row in the page.
pub(crate) fn incomplete(tree: &Tree, adapters: &[&str]) -> Vec<String> {
    let page = tree.read(PAGE);
    let lacks = |name: &&str| {
        let folder = format!("plugins/{name}/");
        let has = |what: &str| {
            tree.paths
                .iter()
                .any(|path| path.starts_with(&format!("{folder}{what}")))
        };
        let parts = [
            "README.md",
            "tests/golden.rs",
            "tests/golden/request/",
            "tests/golden/error/",
        ];
        let missing = parts.iter().filter(|part| !has(part));
        let mut findings: Vec<String> = missing.map(|part| format!("{folder}: has no {part}")).collect();
        if !row_of(&page, name) {
            findings.push(format!("{PAGE}: has no row that links to {folder}README.md"));
        }
        findings
    };
    adapters.iter().flat_map(lacks).collect()
}

/// Whether a row of a table links to the adapter's page.
fn row_of(page: &str, name: &str) -> bool {
    let link = format!("](../../plugins/{name}/README.md)");
    page.lines().any(|line| line.starts_with('|') && line.contains(&link))
}

/// The files of the host that name an adapter, apart from those in `known`. A file that is known but names none any more is
/// wrong too.
pub(crate) fn named(files: &[File], adapters: &[&str], known: &[&str]) -> Vec<String> {
    let adapters: Vec<&str> = adapters.iter().copied().filter(|name| !SHARED.contains(name)).collect();
    let is_host = |file: &&File| file.path.starts_with(HOST) && !file.path.starts_with(PROTOCOLS) && !file.is_test();
    let naming = files
        .iter()
        .filter(is_host)
        .map(|file| (&*file.path, places(file, &adapters)));
    let naming: Vec<(&str, Vec<String>)> = naming.filter(|(_, places)| !places.is_empty()).collect();
    let unknown = naming.iter().filter(|(path, _)| !known.contains(path));
    let unknown = unknown.map(|(path, places)| {
        let places = places.join(", ");
        format!("{path}: names an adapter ({places}); say it in the adapter's manifest instead")
    });
    let gone = known
        .iter()
        .filter(|path| !naming.iter().any(|(other, _)| other == *path));
    unknown
        .chain(gone.map(|path| format!("{path}: names no adapter any more; delete the exception")))
        .collect()
}

/// The identifiers and the whole strings of a file that are an adapter's name. Prose for people may name vendors.
fn places(file: &File, adapters: &[&str]) -> Vec<String> {
    let source = Source::read(&file.text);
    let is_name = |word: &str| adapters.contains(&word.to_lowercase().replace('_', "-").as_str());
    let lines = source.code.lines().enumerate().flat_map(|(number, line)| {
        let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        let names = words.filter(|word| is_name(word));
        names
            .map(move |word| format!("line {}: `{word}`", number + 1))
            .collect::<Vec<_>>()
    });
    let strings = source.strings.iter().filter(|(_, text)| is_name(text));
    lines
        .chain(strings.map(|(line, text)| format!("line {line}: {text:?}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_is_a_plugin_that_exports_one() {
        let file = |path: &str, text: &str| File::sample(path, text);
        let files = [
            file("plugins/acme/src/lib.rs", "sdk::export_adapter!(Acme);"),
            file("plugins/redact/src/lib.rs", "sdk::export_shaper!(Redact);"),
            file("plugins/examples/acme-c/src/lib.rs", "sdk::export_adapter!(Acme);"),
        ];
        assert_eq!(names(&files), ["acme"]);
    }

    #[test]
    fn a_branch_for_an_adapter_in_the_host_is_found() {
        let found =
            |path: &str, text: &str| named(&[File::sample(path, text)], &["acme", "acme-two", "echo"], &[]).len();
        assert_eq!(found("host/gateway/src/routing.rs", "if adapter == \"acme\" {}"), 1);
        assert_eq!(
            found(
                "host/config/src/a.rs",
                "enum Vendor { Acme, AcmeTwo }\nfn acme_two() {}"
            ),
            1
        );
        assert_eq!(
            found(
                "host/cli/src/a.rs",
                "/// As acme does.\nlet a = \"such as acme\"; // acme"
            ),
            0
        );
        assert_eq!(found("host/cli/src/a.rs", "\"echo\""), 0);
        assert_eq!(found("host/dialects/src/acme.rs", "\"acme\""), 0);
        assert_eq!(found("host/cli/src/a/tests.rs", "\"acme\""), 0);
    }

    #[test]
    fn an_exception_that_is_none_any_more_is_found() {
        let file = [File::sample("host/cli/src/a.rs", "\"acme\"")];
        assert!(named(&file, &["acme"], &["host/cli/src/a.rs"]).is_empty());
        let findings = named(&[], &["acme"], &["host/cli/src/a.rs"]);
        assert_eq!(
            findings,
            ["host/cli/src/a.rs: names no adapter any more; delete the exception"]
        );
    }

    #[test]
    fn a_row_links_to_the_adapters_page() {
        let page = "Text [a](../../plugins/b/README.md)\n| [acme](../../plugins/acme/README.md) | … |";
        assert!(row_of(page, "acme") && !row_of(page, "b"));
    }
}
