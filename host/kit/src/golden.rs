//! Runs a folder of golden cases inside the sandbox, and compares them with the snapshots next to them.
//!
//! The SDK's runner does the same natively, from the same files. Both show equal outcomes in equal words, so a snapshot that
//! both agree with says that the adapter decides the same in both.

mod files;
#[cfg(test)]
mod tests;
mod whole;

use std::path::Path;

use jackfield_gateway::framing::Framing;
use jackfield_sandbox::contract::Prepared;

pub use self::files::{Kind, Source, cases};
use crate::case::Case;
use crate::recording::{AS_PREPARED, Recording, cut};
use crate::replay::replay;
use crate::sandboxed::{Fault, Sandboxed};
use crate::{show, snapshot};

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its outcome is the accepted one.
    Passed,
    /// Its outcome was accepted now: it is new, or differs from the former.
    Accepted,
    /// Its outcome differs from the accepted one, or was never accepted; or the case itself is at fault.
    Failed(String),
}

/// One case, or a file that should not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The folder and the file, such as `stream/text.sse`.
    pub name: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Its outcome as text; none if it had none of the right kind.
    pub shown: Option<String>,
}

/// The outcome of a case as text, or the failure.
type Outcome = Result<String, Fault>;

/// Runs all cases of a folder, in the order of their names. With `accept`, outcomes that differ become the snapshots.
///
/// A snapshot without a case, and a file that is neither, count as failed cases.
pub fn run(plugin: &Sandboxed, folder: &Path, accept: bool) -> Vec<Ran> {
    let ran = |source: Source| {
        let shown = shown(plugin, folder, &source);
        Ran::of(source, shown, accept)
    };
    cases(folder).into_iter().map(ran).collect()
}

// === impl Ran ===

impl Ran {
    /// A case whose outcome is this text, or that has none for this reason.
    pub(crate) fn of(source: Source, shown: Result<String, String>, accept: bool) -> Self {
        let shown = source.fault.clone().map_or(shown, Err);
        let verdict = match &shown {
            Ok(shown) => compared(&source.path, shown, accept).unwrap_or_else(Verdict::Failed),
            Err(fault) => Verdict::Failed(fault.clone()),
        };
        Self {
            name: source.name,
            verdict,
            shown: shown.ok(),
        }
    }
}

/// The text of a case's outcome, if it is of the kind that its folder asks for.
fn shown(plugin: &Sandboxed, folder: &Path, source: &Source) -> Result<String, String> {
    if source.kind.is_shapers() {
        return Err("is a case of a shaper, but this is an adapter".to_owned());
    }
    let outcome = if source.is_recording {
        recorded(plugin, folder, &source.path)?
    } else {
        buffered(plugin, source.kind, &source.path)?
    };
    match (source.kind, outcome) {
        (Kind::Error, Err(Fault::Failure(failure))) => Ok(show::failure(&failure)),
        (Kind::Error, Ok(shown)) => Err(format!("should have failed, but returned {shown}")),
        (_, Ok(shown)) => Ok(shown),
        (_, Err(fault)) => Err(format!("failed: {fault}")),
    }
}

/// Runs a case of one call.
fn buffered(plugin: &Sandboxed, kind: Kind, file: &Path) -> Result<Outcome, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let mut case = Case::parse(&text)?;
    match kind {
        Kind::Request if case.reply.is_some() => return Err("a request case must not have a `reply`".to_owned()),
        Kind::Response if case.reply.is_none() => return Err("a response case needs a `reply`".to_owned()),
        Kind::Stream => case.stream = Some(true),
        _ => {}
    }
    let call = case.call();
    Ok(match &case.reply {
        Some(reply) => plugin
            .state(&call)
            .and_then(|state| plugin.decode(&call, reply, &state))
            .map(|step| show::step(&step)),
        None => plugin.prepare(&call).map(|prepared| show::prepared(&prepared)),
    })
}

/// Replays a recording, and compares it with its reply in one piece if the case names one.
fn recorded(plugin: &Sandboxed, folder: &Path, file: &Path) -> Result<Outcome, String> {
    let mut recording = Recording::read(file)?;
    recording.case.stream.get_or_insert(true);
    let call = recording.case.call();
    let (framing, state) = match beginning(plugin, &recording)? {
        Ok(beginning) => beginning,
        Err(fault) => return Ok(Err(fault)),
    };
    let events = cut(&recording.bytes, framing).map_err(|error| error.to_string())?;
    let decode = |state: &[u8], events: &[_], last| plugin.decode_events(&call, state, events, last);
    let replay = replay(&decode, state, &events)?;
    if let Some(fault) = replay.fault {
        return Ok(Err(fault));
    }
    if let Some(whole) = &recording.case.whole {
        whole::compare(plugin, folder, whole, &replay.chunks)?;
    }
    Ok(Ok(show::lines(&replay.chunks)))
}

/// How a recording is cut, and the state that its first call gets: as its exchange says, if there is a request.
fn beginning(plugin: &Sandboxed, recording: &Recording) -> Result<Result<(Framing, Vec<u8>), Fault>, String> {
    let unnamed = || format!("a `.{AS_PREPARED}` needs a case with a `body`, whose exchange names the framing");
    let call = recording.case.call();
    if call.request.body.is_empty() {
        let framing = recording.framing.ok_or_else(unnamed)?;
        return Ok(Ok((framing, Vec::new())));
    }
    match plugin.prepare(&call) {
        Ok(Prepared::Exchange(exchange)) => {
            let asked: Framing = exchange.framing.parse().map_err(|error| format!("{error}"))?;
            match recording.framing {
                Some(framing) if framing != asked => Err(format!(
                    "the recording's extension and its exchange contradict each other: the exchange asks for `{}`",
                    exchange.framing
                )),
                _ => Ok(Ok((asked, exchange.state))),
            }
        }
        Ok(Prepared::Answer(_)) => Err("the adapter answers this request itself, without a stream".to_owned()),
        Err(fault) => Ok(Err(fault)),
    }
}

/// Compares with the snapshot next to the case.
fn compared(case: &Path, shown: &str, accept: bool) -> Result<Verdict, String> {
    let file = snapshot::of(case);
    let accepted = snapshot::read(&file).map_err(|error| error.to_string())?;
    let fault = match &accepted {
        None => format!("has no snapshot; its outcome is\n{shown}"),
        Some(accepted) => match snapshot::difference(accepted, shown) {
            None => return Ok(Verdict::Passed),
            Some((line, accepted, found)) => {
                format!("differs from its snapshot in line {line}\n  accepted  {accepted}\n  found     {found}")
            }
        },
    };
    if !accept {
        return Err(fault);
    }
    snapshot::write(&file, shown).map_err(|error| error.to_string())?;
    Ok(Verdict::Accepted)
}
