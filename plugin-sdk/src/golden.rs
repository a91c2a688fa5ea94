//! The golden-test runner: runs recorded cases natively and compares them with the snapshots next to them.
//!
//! A plugin's `tests/golden.rs` is one line: `golden::run::<MyAdapter>("tests/golden")`. A case is a file, with its
//! snapshot (`.snap`, written and reviewed with insta) next to it:
//!
//! | folder | case | what it runs |
//! |---|---|---|
//! | `request/` | `.json`: a [`Case`] | `prepare` |
//! | `response/` | `.json`: a case with its `reply` | `decode` |
//! | `stream/` | a recorded stream: its extension is its framing (`.sse`, `.ndjson`, `.json-array`, `.aws-event-stream`), or `.stream` for the one that `prepare` asks for | `decode_events`, see [`replay`] |
//! | `stream/` | `.json`: a case | `prepare`, for streams the adapter does not decode itself |
//! | `error/` | any of these | the same; it must fail |
//!
//! A recording's case is the `.json` of the same name beside it, or, in an `.sse`, a comment in the first line. To add a
//! case, add a file. A case without a snapshot fails, and so does a snapshot without a case.
//!
//! The cases of shapers are in [`run_shaper`]: `golden::run_shaper::<MyShaper>("tests/golden")`.
//!
//! `jackfield plugin test` runs the same cases natively and in the sandbox, and compares the outcomes.

mod case;
mod indented;
mod recording;
mod replay;
mod shaping;
mod show;

use std::env;
use std::ffi::OsStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::canonical::Json;
use crate::{Adapter, Failure};
pub use case::{Case, CaseReply};
pub use recording::parse_sse;
pub use replay::{Replay, replay};
pub use shaping::{ShapeCase, ShapePart, run_shaper, shape};

/// A folder into which the outcomes are written as well, for `jackfield plugin test`.
const OUTCOMES: &str = "JACKFIELD_GOLDEN_OUTCOMES";

/// The folders of cases.
const KINDS: [Kind; 4] = [Kind::Request, Kind::Response, Kind::Stream, Kind::Error];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Request,
    Response,
    Stream,
    Error,
}

/// Runs all cases in `folder`, which is relative to the plugin's folder.
///
/// # Panics
/// If any case fails, listing all failures: this is the test.
pub fn run<A: Adapter>(folder: impl AsRef<Path>) {
    let folder = std::path::absolute(folder).unwrap_or_default();
    let mut faults = Vec::new();
    let mut cases = 0;
    for kind in KINDS {
        let folder = folder.join(kind.folder());
        for file in files(&folder) {
            match check::<A>(kind, &file) {
                Ok(found) => cases += usize::from(found),
                Err(fault) => faults.push(format!("{}: {fault}", file.display())),
            }
        }
    }
    if cases == 0 {
        faults.push(format!("{}: no cases found", folder.display()));
    }
    assert!(faults.is_empty(), "golden tests failed:\n{}", faults.join("\n"));
}

/// Calls the adapter's `prepare` as the host does, and returns the outcome as JSON.
///
/// # Errors
/// The failure returned by `prepare`.
pub fn prepare<A: Adapter>(case: &Case) -> Result<Value, Failure> {
    case.prepare::<A>()
        .map(|prepared| value(&show::prepared(prepared)))
        .map_err(show::failure)
}

/// Calls the adapter's `decode` with the case's reply as the host does, and returns the outcome as JSON.
///
/// # Errors
/// The failure returned by `decode`; malformed, if the case has no reply.
pub fn decode<A: Adapter>(case: &Case) -> Result<Value, Failure> {
    case.decode::<A>()
        .map(|step| value(&show::step(step)))
        .map_err(show::failure)
}

fn value(shown: &Json) -> Value {
    shown.read().unwrap_or_default()
}

/// Checks one file in a folder of cases; false if the file is not a case.
fn check<A: Adapter>(kind: Kind, file: &Path) -> Result<bool, String> {
    let extension = file.extension().and_then(OsStr::to_str).unwrap_or_default();
    let outcome = match extension {
        "json" if recording::of(file).is_some() => return Ok(false),
        "json" => run_json::<A>(kind, &read(file)?)?,
        "new" => return Ok(false),
        "snap" => return has_case(file).map(|()| false),
        _ if recording::EXTENSIONS.contains(&extension) => run_recording::<A>(file, extension)?,
        _ => return Err("is neither a case (.json, or a recording) nor a snapshot (.snap)".to_owned()),
    };
    let shown = match (kind, outcome) {
        (Kind::Error, Err(failure)) => show::pretty(&Json::of(&show::failure_value(&failure))),
        (Kind::Error, Ok(shown)) => return Err(format!("should have failed, but returned {shown}")),
        (_, Ok(shown)) => shown,
        (_, Err(failure)) => return Err(format!("failed: {failure}")),
    };
    tell(kind.folder(), file, &shown)?;
    compare(file, &shown).map(|()| true)
}

/// Writes an outcome for `jackfield plugin test`, if that runs this test.
fn tell(kind: &str, file: &Path, shown: &str) -> Result<(), String> {
    let Some(folder) = env::var_os(OUTCOMES) else {
        return Ok(());
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let outcome = Path::new(&folder).join(format!("{kind}.{name}"));
    std::fs::write(outcome, shown).map_err(|error| error.to_string())
}

fn run_json<A: Adapter>(kind: Kind, text: &str) -> Result<Result<String, Failure>, String> {
    let mut case = Case::parse(text)?;
    let answers = case.reply.is_some();
    match kind {
        Kind::Request if answers => return Err("a request case must not have a `reply`".to_owned()),
        Kind::Response if !answers => return Err("a response case needs a `reply`".to_owned()),
        Kind::Stream => case.stream = Some(true),
        _ => {}
    }
    Ok(if answers {
        case.decode::<A>()
            .map(|step| show::pretty(&show::step(step)))
            .map_err(show::failure)
    } else {
        case.prepare::<A>().map(show::prepared_text).map_err(show::failure)
    })
}

fn run_recording<A: Adapter>(file: &Path, extension: &str) -> Result<Result<String, Failure>, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let beside = file.with_extension("json");
    let mut case = if beside.exists() {
        Case::parse(&read(&beside)?)?
    } else {
        recording::case(&bytes)?
    };
    case.stream.get_or_insert(true);
    let framing = if extension == recording::AS_PREPARED {
        match case.framing::<A>() {
            Ok(framing) => framing,
            Err(failure) => return Ok(Err(show::failure(failure))),
        }
    } else {
        extension.to_owned()
    };
    let replay = replay::<A>(&case, &recording::cut(&bytes, &framing)?)?;
    Ok(replay.end.map(|()| show::lines(&replay.lines)))
}

/// Compares with the snapshot next to the case.
fn compare(case: &Path, shown: &str) -> Result<(), String> {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(case.parent().unwrap_or(Path::new("")));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let name = case.file_stem().and_then(OsStr::to_str).unwrap_or_default();
    let compared = catch_unwind(AssertUnwindSafe(|| {
        settings.bind(|| insta::assert_snapshot!(name, shown));
    }));
    compared.map_err(|_| "differs from its snapshot, or has none: review the `.snap.new` next to it".to_owned())
}

fn has_case(snapshot: &Path) -> Result<(), String> {
    if recording::of(snapshot).is_some() || snapshot.with_extension("json").exists() {
        Ok(())
    } else {
        Err("this snapshot has no case: delete it".to_owned())
    }
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| error.to_string())
}

/// The files in a folder, sorted; none if it does not exist.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

// === impl Kind ===

impl Kind {
    fn folder(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Stream => "stream",
            Self::Error => "error",
        }
    }
}

#[cfg(test)]
mod tests;
