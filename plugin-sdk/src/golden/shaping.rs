//! The golden-test runner for shapers.
//!
//! A shaper's `tests/golden.rs` is one line: `golden::run_shaper::<MyShaper>("tests/golden")`.
//!
//! | folder | case | what it runs |
//! |---|---|---|
//! | `shape-request/` | `.json`: a [`ShapeCase`] | `shape_request` |
//! | `shape-text/` | `.json`: a case with its `reply` | `shape_request`, then `shape_reply`, and `shape_text` under every cut |
//! | `error/` | either of these | the same; it must fail |

mod case;
mod cuts;

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{compare, files, has_case, read, show, tell};
use crate::bindings::shaper::jackfield::plugin::shapes as wit;
use crate::canonical::Json;
use crate::{Failure, Shaper};
pub use case::{ShapeCase, ShapePart};

/// The folders of cases.
const FOLDERS: [&str; 3] = ["shape-request", "shape-text", "error"];

/// Runs all of a shaper's cases in `folder`, which is relative to the plugin's folder.
///
/// # Panics
/// If any case fails, listing all failures: this is the test.
pub fn run_shaper<S: Shaper>(folder: impl AsRef<Path>) {
    let folder = std::path::absolute(folder).unwrap_or_default();
    let mut faults = Vec::new();
    let mut cases = 0;
    for kind in FOLDERS {
        for file in files(&folder.join(kind)) {
            match check::<S>(kind, &file) {
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

/// Shapes a case's request, and its reply if it has one, and returns the outcome as JSON.
///
/// # Errors
/// The failure returned by the shaper, or a sentence about a reply that depends on how it was cut.
pub fn shape<S: Shaper>(case: &ShapeCase) -> Result<Result<Value, Failure>, String> {
    let verdict = match case.shape_request::<S>() {
        Ok(verdict) => verdict,
        Err(failure) => return Ok(Err(failure)),
    };
    if case.reply.is_empty() {
        return Ok(Ok(shown(verdict)));
    }
    let state = match verdict {
        wit::Verdict::Pass => Vec::new(),
        wit::Verdict::Patch(changes) => changes.state,
        wit::Verdict::Refuse(_) => return Err("the request is refused, so there is no reply".to_owned()),
    };
    cuts::shape_reply::<S>(case, &state)
}

/// Checks one file in a folder of cases; false if the file is not a case.
fn check<S: Shaper>(kind: &str, file: &Path) -> Result<bool, String> {
    match file.extension().and_then(std::ffi::OsStr::to_str) {
        Some("json") => {}
        Some("new") => return Ok(false),
        Some("snap") => return has_case(file).map(|()| false),
        _ => return Err("is neither a case (.json) nor a snapshot (.snap)".to_owned()),
    }
    let case = ShapeCase::parse(&read(file)?)?;
    match kind {
        "shape-request" if !case.reply.is_empty() => {
            return Err("a case of `shape-request` must not have a `reply`".to_owned());
        }
        "shape-text" if case.reply.is_empty() => return Err("a case of `shape-text` needs a `reply`".to_owned()),
        _ => {}
    }
    let outcome = match (kind, shape::<S>(&case)?) {
        ("error", Err(failure)) => show::pretty(&Json::of(&show::failure_value(&failure))),
        ("error", Ok(outcome)) => return Err(format!("should have failed, but returned {outcome}")),
        (_, Ok(outcome)) => show::pretty(&Json::of(&outcome)),
        (_, Err(failure)) => return Err(format!("failed: {failure}")),
    };
    tell(kind, file, &outcome)?;
    compare(file, &outcome).map(|()| true)
}

/// What a shaper decided, without what it left as it was.
fn shown(verdict: wit::Verdict) -> Value {
    match verdict {
        wit::Verdict::Pass => json!("pass"),
        wit::Verdict::Refuse(refusal) => json!({ "refuse": refused(&refusal) }),
        wit::Verdict::Patch(changes) => {
            let mut patch = Map::new();
            let mut add = |name: &str, value: Value| {
                let is_nothing = value.is_null() || value == json!({}) || value == json!([]);
                if !is_nothing {
                    patch.insert(name.to_owned(), value);
                }
            };
            let replacement = |new: wit::Replacement| (new.path, Value::from(new.text));
            let instruction = |new: wit::Instruction| json!({ "place": new.place, "text": new.text });
            add("parameters", member(&changes.parameters));
            add(
                "replacements",
                changes
                    .replacements
                    .into_iter()
                    .map(replacement)
                    .collect::<Map<_, _>>()
                    .into(),
            );
            add(
                "instructions",
                changes.instructions.into_iter().map(instruction).collect(),
            );
            add("state", member(&changes.state));
            add("more", member(&changes.more));
            json!({ "patch": patch })
        }
    }
}

fn refused(refusal: &wit::Refusal) -> Value {
    json!({ "code": refusal.code, "message": refusal.message, "status": refusal.status })
}

/// JSON that may be empty.
fn member(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests;
