//! One list of names: what the code shows, what the book tells, and what the dashboard and the alerts ask for.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jackfield_gateway::{Family, Kind, METRIC_FAMILIES};

use super::scraped::Scraped;
use crate::scene::{Scene, ask, streams};

/// The suffixes of a histogram's samples.
const OF_HISTOGRAMS: [&str; 3] = ["_bucket", "_sum", "_count"];

#[test]
fn the_book_lists_every_family() {
    let book = read("docs/src/metrics.md");
    let rows: Vec<&str> = book.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> = METRIC_FAMILIES.iter().map(row).collect();
    assert_eq!(
        rows,
        expected,
        "docs/src/metrics.md has to list:\n{}\n",
        expected.join("\n")
    );
}

#[tokio::test]
async fn a_scrape_shows_what_is_listed_with_the_labels_that_are_listed() {
    let scene = Scene::start().await;
    scene.first.reply(streams(&["hello", " you"]));
    scene.client().stream(ask("solo")).await.collect().await;
    let page = Scraped::of(&scene.gateway).await;
    let listed = listed();
    for (name, mut labels) in page.shapes() {
        labels.retain(|label| *label != "le");
        let expected = listed.get(name).unwrap_or_else(|| panic!("{name} is not listed"));
        assert_eq!(labels, *expected, "{name}");
    }
}

/// The labels of each name that a query may use.
pub(super) fn listed() -> BTreeMap<String, &'static [&'static str]> {
    let names = METRIC_FAMILIES.iter().flat_map(|family| {
        let suffixes: &[&str] = if family.kind == Kind::Histogram {
            &OF_HISTOGRAMS
        } else {
            &[""]
        };
        suffixes.iter().map(|suffix| (family.exposed() + suffix, family.labels))
    });
    names.collect()
}

/// The text of a file of this repository.
pub(super) fn read(path: &str) -> String {
    let text = fs::read_to_string(root().join(path));
    assert!(text.is_ok(), "{path}: {text:?}");
    text.unwrap_or_default()
}

/// The folder of this repository.
pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn row(family: &Family) -> String {
    let labels: Vec<String> = family.labels.iter().map(|label| format!("`{label}`")).collect();
    let (name, kind, unit) = (family.exposed(), family.kind.as_str(), family.unit);
    format!(
        "| `{name}` | {kind} | {unit} | {} | {} |",
        labels.join(", "),
        family.help
    )
}
