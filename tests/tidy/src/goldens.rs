//! Golden cases and their snapshots come in pairs.

use std::collections::BTreeSet;

/// The folders of cases that every adapter has, of those that the SDK's runner knows.
const KINDS: [&str; 3] = ["error", "request", "response"];

/// The folder of cases that only an adapter of streams has.
const STREAMS: &str = "stream";

/// The folder of cases that every shaper has, and no adapter.
const SHAPING: &str = "tests/golden/shape-request/";

/// Cases without a snapshot, snapshots without a case, and plugins that lack a folder of cases.
pub(crate) fn findings(paths: &[String]) -> Vec<String> {
    let golden: Vec<&str> = paths
        .iter()
        .map(String::as_str)
        .filter(|path| path.contains("/tests/golden/"))
        .collect();
    let stems = |snapshots: bool| -> BTreeSet<&str> {
        let files = golden.iter().filter_map(|path| path.rsplit_once('.'));
        files
            .filter(|(_, end)| (*end == "snap") == snapshots)
            .map(|(stem, _)| stem)
            .collect()
    };
    let (cases, snapshots) = (stems(false), stems(true));
    let unread = cases
        .difference(&snapshots)
        .map(|case| format!("{case}: has no snapshot"));
    let orphans = snapshots
        .difference(&cases)
        .map(|case| format!("{case}.snap: has no case"));
    unread.chain(orphans).chain(missing_kinds(paths, &cases)).collect()
}

/// Adapters have all the same folders, but that not all of them stream: embeddings and images come whole. Shapers see different things, but all of them requests.
fn missing_kinds(paths: &[String], cases: &BTreeSet<&str>) -> Vec<String> {
    let plugins = paths.iter().filter_map(|path| path.strip_suffix("/Cargo.toml"));
    let shapes = |plugin: &&str| {
        cases
            .iter()
            .any(|case| case.starts_with(&format!("{plugin}/{SHAPING}")))
    };
    let plugins = plugins.filter(|path| path.starts_with("plugins/") && !shapes(path));
    let streams = |plugin: &str| paths.contains(&format!("{plugin}/src/stream.rs"));
    let kinds = |plugin: &str| KINDS.into_iter().chain(streams(plugin).then_some(STREAMS));
    let folders = plugins.flat_map(|plugin| kinds(plugin).map(move |kind| format!("{plugin}/tests/golden/{kind}/")));
    folders
        .filter(|folder| !cases.iter().any(|case| case.starts_with(folder)))
        .map(|folder| format!("{folder}: has no case"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[&str]) -> Vec<String> {
        let whole = KINDS.map(|kind| [format!("{kind}/whole.json"), format!("{kind}/whole.snap")]);
        let files = files.iter().map(ToString::to_string).chain(whole.into_iter().flatten());
        let mut paths: Vec<_> = files.map(|file| format!("plugins/a/tests/golden/{file}")).collect();
        paths.push("plugins/a/Cargo.toml".to_owned());
        findings(&paths)
    }

    #[test]
    fn pairs_are_well() {
        assert_eq!(found(&["stream/text.sse", "stream/text.snap"]), Vec::<String>::new());
    }

    #[test]
    fn a_case_alone_and_a_snapshot_alone_are_found() {
        assert_eq!(
            found(&["stream/text.sse", "error/cut.snap"]),
            [
                "plugins/a/tests/golden/stream/text: has no snapshot",
                "plugins/a/tests/golden/error/cut.snap: has no case"
            ]
        );
    }

    #[test]
    fn a_plugin_without_any_case_of_a_kind_is_found() {
        let found = findings(&["plugins/b/Cargo.toml".to_owned()]);
        assert_eq!(found.len(), KINDS.len());
        assert_eq!(found[0], "plugins/b/tests/golden/error/: has no case");
    }

    #[test]
    fn only_an_adapter_that_decodes_streams_needs_one() {
        assert_eq!(found(&[]), Vec::<String>::new());
        let files = ["Cargo.toml", "src/stream.rs"].map(|file| format!("plugins/d/{file}"));
        let found = findings(&files);
        assert_eq!(found.last().unwrap(), "plugins/d/tests/golden/stream/: has no case");
    }

    #[test]
    fn a_shaper_has_cases_of_its_own() {
        let files = [
            "Cargo.toml",
            "tests/golden/shape-request/a.json",
            "tests/golden/shape-request/a.snap",
        ];
        assert_eq!(
            findings(&files.map(|file| format!("plugins/c/{file}"))),
            Vec::<String>::new()
        );
    }
}
