//! Runs a shaper's golden cases inside the sandbox, as [`golden`](crate::golden) does an adapter's.

pub(crate) mod case;
mod cuts;

use std::path::Path;

use jackfield_sandbox::ShaperPlugin;
use jackfield_sandbox::shapes::Verdict;
use serde_json::Value;

use self::case::ShapeCase;
use crate::golden::{Kind, Ran, Source, cases};
use crate::sandboxed::Fault;
use crate::show;

/// Runs all cases of a folder. With `accept`, outcomes that differ become the snapshots.
pub fn run(shaper: &ShaperPlugin, folder: &Path, accept: bool) -> Vec<Ran> {
    let ran = |source: Source| {
        let shown = shown(shaper, &source);
        Ran::of(source, shown, accept)
    };
    cases(folder).into_iter().map(ran).collect()
}

/// The text of a case's outcome, if it is of the kind that its folder asks for.
fn shown(shaper: &ShaperPlugin, source: &Source) -> Result<String, String> {
    if source.is_recording || !(source.kind.is_shapers() || source.kind == Kind::Error) {
        return Err("is a case of an adapter, but this is a shaper".to_owned());
    }
    let text = std::fs::read_to_string(&source.path).map_err(|error| error.to_string())?;
    let case = ShapeCase::parse(&text)?;
    match source.kind {
        Kind::ShapeRequest if !case.reply.is_empty() => {
            return Err("a case of `shape-request` must not have a `reply`".to_owned());
        }
        Kind::ShapeText if case.reply.is_empty() => return Err("a case of `shape-text` needs a `reply`".to_owned()),
        _ => {}
    }
    match (source.kind, shaped(shaper, &case)?) {
        (Kind::Error, Err(Fault::Failure(failure))) => Ok(show::failure(&failure)),
        (Kind::Error, Ok(outcome)) => Err(format!("should have failed, but returned {outcome}")),
        (_, Ok(outcome)) => Ok(format!("{outcome:#}")),
        (_, Err(fault)) => Err(format!("failed: {fault}")),
    }
}

/// Shapes a case's request, and its reply if it has one.
fn shaped(shaper: &ShaperPlugin, case: &ShapeCase) -> Result<Result<Value, Fault>, String> {
    let verdict = match case.shape_request(shaper) {
        Ok(verdict) => verdict,
        Err(fault) => return Ok(Err(fault)),
    };
    if case.reply.is_empty() {
        return Ok(Ok(show::verdict(&verdict)));
    }
    let state = match verdict {
        Verdict::Pass => Vec::new(),
        Verdict::Patch(changes) => changes.state,
        Verdict::Refuse(_) => return Err("the request is refused, so there is no reply".to_owned()),
    };
    cuts::shape_reply(shaper, case, &state)
}
