//! Tests of which files are cases. What the cases of a real plugin come to is tested where plugins are built.

use std::fs;

use super::files::{Source, cases};

fn found(files: &[&str]) -> Vec<(String, Option<String>)> {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let of = |source: Source| (source.name, source.fault);
    cases(folder.path()).into_iter().map(of).collect()
}

#[test]
fn a_case_is_a_request_or_a_recording_of_any_framing() {
    let files = [
        "request/a.json",
        "stream/b.json",
        "stream/b.ndjson",
        "stream/c.aws-event-stream",
        "error/d.json-array",
        "stream/e.stream",
        "stream/f.json",
    ];
    let names: Vec<_> = found(&files).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "request/a.json",
        "stream/b.ndjson",
        "stream/c.aws-event-stream",
        "stream/e.stream",
        "stream/f.json",
        "error/d.json-array",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_snapshot_without_a_case_and_a_foreign_file_are_faults() {
    let found = found(&[
        "request/a.snap",
        "request/b.txt",
        "stream/c.sse",
        "stream/c.snap",
        "stream/c.snap.new",
    ]);
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].1.as_deref(), Some("this snapshot has no case: delete it"));
    assert!(
        found[1]
            .1
            .as_deref()
            .unwrap()
            .starts_with("is neither a case (.json, .aws-event-stream")
    );
    assert_eq!(found[2], ("stream/c.sse".to_owned(), None));
}

#[test]
fn a_folder_without_cases_has_none() {
    assert_eq!(found(&[]), []);
}
