//! Lines that strangers try to forge.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing_log::log::{Level, Record};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use super::{HumanLine, JsonLine, MAX_VALUE};

/// Lines that end nowhere but at their end, whatever this text does to them.
const FORGED: &str = "a\n2026-01-01T00:00:00Z  INFO forged\r\u{1b}[2K\u{2028}\u{202e}b";

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

// === impl Kept ===

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn human(ansi: bool, log: impl FnOnce()) -> String {
    let kept = Kept::default();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(kept.clone())
        .with_ansi(ansi)
        .event_format(HumanLine);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
    kept.text()
}

fn json(log: impl FnOnce()) -> String {
    let kept = Kept::default();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(kept.clone())
        .event_format(JsonLine);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
    kept.text()
}

/// The same text at every place of an event.
fn everywhere(text: &str) {
    let path = std::path::Path::new(text);
    tracing::info!(target: "t", string = text, display = %text, debug = ?text, path = %path.display(), count = 3, "{text}");
}

#[test]
fn a_line_for_people_is_laid_out_as_ever() {
    let line = human(
        false,
        || tracing::warn!(target: "t", a = "x y", b = 1, c = true, "said"),
    );
    let (_, rest) = line.split_once(' ').unwrap();
    assert_eq!(rest, " WARN t: said a=\"x y\" b=1 c=true\n");
    let coloured = human(true, || tracing::warn!(target: "t", a = 1, "said"));
    assert!(coloured.ends_with("\u{1b}[33m WARN\u{1b}[0m \u{1b}[2mt:\u{1b}[0m said \u{1b}[3ma\u{1b}[0m=1\n"));
}

#[test]
fn no_value_leaves_its_line_or_changes_how_it_looks() {
    let line = human(false, || everywhere(FORGED));
    assert_eq!(line.matches('\n').count(), 1, "{line:?}");
    assert!(
        !line.trim_end().contains(jackfield_config::escaped::is_unsafe),
        "{line:?}"
    );
    assert_eq!(line.matches("\\u{2028}").count(), 5, "{line:?}");
    assert!(line.contains("string=\"a\\n2026"), "{line:?}");
}

#[test]
fn a_value_is_cut_at_two_kilobytes() {
    let huge = "x".repeat(28 << 20);
    for line in [human(false, || everywhere(&huge)), json(|| everywhere(&huge))] {
        assert!(line.len() < 6 * (MAX_VALUE + 100), "{}", line.len());
        assert_eq!(line.matches('…').count(), 5);
    }
}

#[test]
fn a_prompt_that_is_asked_for_is_whole() {
    let huge = "x".repeat(3 * MAX_VALUE);
    let log = || tracing::info!(target: "jackfield::prompt", "{huge}");
    assert!(human(false, log).contains(&huge));
    assert!(json(log).contains(&huge));
}

#[test]
fn an_object_has_the_members_that_it_always_had() {
    let line = json(|| tracing::info!(target: "t", a = "x\ny", b = 1, c = -1, d = true, "said"));
    let mut object: Value = serde_json::from_str(&line).unwrap();
    assert!(object["timestamp"].take().is_string());
    let expected = serde_json::json!({
        "timestamp": null, "level": "INFO", "message": "said", "a": "x\ny", "b": 1, "c": -1, "d": true, "target": "t",
    });
    assert_eq!(object, expected);
    assert_eq!(json(|| everywhere(FORGED)).matches('\n').count(), 1);
}

#[test]
fn an_event_of_the_crate_log_has_its_librarys_target() {
    let event = || {
        let mut record = Record::builder();
        record.target("some_library::part").level(Level::Warn);
        tracing_log::format_trace(&record.args(format_args!("a remark")).build()).unwrap();
    };
    let line = human(false, event);
    assert!(line.ends_with("  WARN some_library::part: a remark\n"), "{line}");
    let line: Value = serde_json::from_str(&json(event)).unwrap();
    assert_eq!(line["target"], "some_library::part");
}
