//! The calls of an adapter's examination: sample requests for each operation of the manifest, and its own cases.

use std::path::Path;
use std::time::{Duration, Instant};

use jackfield_gateway::framing::{Event, Framing};
use jackfield_sandbox::contract::Prepared;

use super::samples;
use super::trial::Trial;
use crate::case::{Case, CaseCall, CaseReply};
use crate::golden::{Kind, Source, cases};
use crate::recording::{Recording, cut};
use crate::sandboxed::{Fault, Sandboxed};
use crate::show;

/// One call, and all it needs.
#[derive(Debug, Clone)]
pub(super) struct AdapterTrial {
    /// What it shows: a sample's name, or a case's file.
    pub(super) name: String,
    /// The request.
    pub(super) call: CaseCall,
    /// What is done with it.
    pub(super) what: What,
}

/// Which function is called.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// `prepare`.
    Prepare,
    /// `decode`, of this reply.
    Decode(CaseReply),
    /// `decode-events`, of these from the beginning of a stream.
    DecodeEvents(Vec<Event>),
}

/// All calls.
///
/// # Errors
/// If a case cannot be read.
pub(super) fn calls(plugin: &Sandboxed, folder: Option<&Path>) -> Result<Vec<AdapterTrial>, String> {
    let operations = plugin.plugin.manifest.operations.iter();
    let samples = operations.flat_map(|operation| samples::of(operation));
    let mut calls: Vec<AdapterTrial> = samples
        .map(|(name, case)| AdapterTrial::prepare(name.to_owned(), &case))
        .collect();
    for source in folder.map(cases).unwrap_or_default() {
        let trial = own(plugin, &source).map_err(|fault| format!("{}: {fault}", source.name))?;
        calls.extend(trial);
    }
    Ok(calls)
}

/// The call of a case; none for one that is meant to fail.
fn own(plugin: &Sandboxed, source: &Source) -> Result<Option<AdapterTrial>, String> {
    if source.kind == Kind::Error || source.kind.is_shapers() || source.fault.is_some() {
        return Ok(None);
    }
    if source.is_recording {
        return Ok(Some(recorded(plugin, source)?));
    }
    let text = std::fs::read_to_string(&source.path).map_err(|error| error.to_string())?;
    let mut case = Case::parse(&text)?;
    if source.kind == Kind::Stream {
        case.stream = Some(true);
    }
    let what = case.reply.clone().map_or(What::Prepare, What::Decode);
    let name = source.name.clone();
    let call = case.call();
    Ok(Some(AdapterTrial { name, call, what }))
}

fn recorded(plugin: &Sandboxed, source: &Source) -> Result<AdapterTrial, String> {
    let mut recording = Recording::read(&source.path)?;
    recording.case.stream.get_or_insert(true);
    let call = recording.case.call();
    let asked = || match plugin.prepare(&call) {
        Ok(Prepared::Exchange(exchange)) => exchange.framing.parse().ok(),
        _ => None,
    };
    let framing: Framing = recording
        .framing
        .or_else(asked)
        .ok_or("no exchange names its framing")?;
    let events = cut(&recording.bytes, framing).map_err(|error| error.to_string())?;
    Ok(AdapterTrial {
        name: source.name.clone(),
        call,
        what: What::DecodeEvents(events),
    })
}

// === impl AdapterTrial ===

impl AdapterTrial {
    fn prepare(name: String, case: &Case) -> Self {
        Self {
            name,
            call: case.call(),
            what: What::Prepare,
        }
    }

    /// The state that the request's exchange sets; empty if it sets none.
    pub(super) fn state(&self, plugin: &Sandboxed) -> Result<Vec<u8>, Fault> {
        match plugin.state(&self.call) {
            Err(Fault::Failure(_)) => Ok(Vec::new()),
            other => other,
        }
    }
}

impl Trial for AdapterTrial {
    type Plugin = Sandboxed;

    fn name(&self) -> &str {
        &self.name
    }

    fn function(&self) -> &'static str {
        match self.what {
            What::Prepare => "prepare",
            What::Decode(_) => "decode",
            What::DecodeEvents(_) => "decode-events",
        }
    }

    fn bytes(&self) -> usize {
        let request = self.call.request.body.len();
        match &self.what {
            What::Prepare => request,
            What::Decode(reply) => reply.body.bytes().len(),
            What::DecodeEvents(events) => events.iter().map(|event| event.data.len()).sum(),
        }
    }

    fn timed(&self, plugin: &Sandboxed) -> (Duration, Result<String, Fault>) {
        let state = match &self.what {
            What::Prepare => Ok(Vec::new()),
            What::Decode(_) | What::DecodeEvents(_) => self.state(plugin),
        };
        let state = match state {
            Ok(state) => state,
            Err(fault) => return (Duration::ZERO, Err(fault)),
        };
        let began = Instant::now();
        let (took, outcome) = match &self.what {
            What::Prepare => {
                let prepared = plugin.prepare(&self.call);
                (began.elapsed(), prepared.map(|prepared| show::prepared(&prepared)))
            }
            What::Decode(reply) => {
                let step = plugin.decode(&self.call, reply, &state);
                (began.elapsed(), step.map(|step| show::step(&step)))
            }
            What::DecodeEvents(events) => {
                let decoded = plugin.decode_events(&self.call, &state, events, false);
                let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
                (began.elapsed(), decoded.map(|decoded| text(decoded.chunks)))
            }
        };
        (took, show::told(outcome))
    }
}
