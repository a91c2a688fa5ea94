//! The tool calls of a stream.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{Chunk, Delta, ToolCallDelta};
use serde::{Deserialize, Serialize};

use super::frame::Call;

/// How the API writes the arguments of a call without any.
const NULL: &str = "null";

/// The tool calls so far, in order.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Calls(Vec<Open>);

#[derive(Debug, Serialize, Deserialize)]
struct Open {
    /// The upstream's index.
    index: u64,
    /// Arguments that may still become `null`; none if they were sent.
    held: Option<String>,
    runs: bool,
}

// === impl Calls ===

impl Calls {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A call begins.
    ///
    /// # Errors
    /// If it has no name.
    pub(super) fn start(&mut self, index: u64, call: Call, chunks: &mut Vec<Chunk>) -> Result<(), Failure> {
        self.end(index, chunks);
        let function = call.function.unwrap_or_default();
        let name = function.name.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Failure::malformed("a tool call lacks a name"))?;
        let place = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let id = call.id.filter(|id| !id.is_empty());
        let id = id.unwrap_or_else(|| format!("call_{place}"));
        push(ToolCallDelta::begin(place, id, name), chunks);
        self.0.push(Open {
            index,
            held: Some(String::new()),
            runs: true,
        });
        self.add(index, function.arguments.as_deref().unwrap_or_default(), chunks)
    }

    /// A call gets more arguments.
    ///
    /// # Errors
    /// If it is not open.
    pub(super) fn extend(&mut self, index: u64, call: &Call, chunks: &mut Vec<Chunk>) -> Result<(), Failure> {
        let arguments = call
            .function
            .as_ref()
            .and_then(|function| function.arguments.as_deref());
        self.add(index, arguments.unwrap_or_default(), chunks)
    }

    /// A call ends. One without arguments gets an empty object, as clients expect it.
    pub(super) fn end(&mut self, index: u64, chunks: &mut Vec<Chunk>) {
        self.close(index, true, chunks);
    }

    /// All calls end. If a limit `cut` the reply off, what a call lacks it was not meant to lack.
    pub(super) fn end_all(&mut self, cut: bool, chunks: &mut Vec<Chunk>) {
        let indexes: Vec<u64> = self.0.iter().map(|open| open.index).collect();
        for index in indexes {
            self.close(index, !cut, chunks);
        }
    }

    fn close(&mut self, index: u64, is_whole: bool, chunks: &mut Vec<Chunk>) {
        let Some((place, open)) = self.open(index) else { return };
        open.runs = false;
        match open.held.take() {
            Some(held) if is_whole && matches!(held.trim(), "" | NULL) => {
                push(ToolCallDelta::arguments(place, "{}"), chunks);
            }
            Some(held) if !held.is_empty() => push(ToolCallDelta::arguments(place, held), chunks),
            _ => {}
        }
    }

    fn add(&mut self, index: u64, more: &str, chunks: &mut Vec<Chunk>) -> Result<(), Failure> {
        let (place, open) = self
            .open(index)
            .ok_or_else(|| Failure::malformed("arguments came outside a tool call"))?;
        let Some(mut held) = open.held.take() else {
            push(ToolCallDelta::arguments(place, more), chunks);
            return Ok(());
        };
        held.push_str(more);
        if NULL.starts_with(held.trim()) {
            open.held = Some(held);
        } else {
            push(ToolCallDelta::arguments(place, held), chunks);
        }
        Ok(())
    }

    /// The open call with this index, and its place among all.
    fn open(&mut self, index: u64) -> Option<(u32, &mut Open)> {
        let mut calls = self.0.iter_mut().enumerate();
        let (place, open) = calls.find(|(_, open)| open.runs && open.index == index)?;
        Some((u32::try_from(place).unwrap_or(u32::MAX), open))
    }
}

fn push(call: ToolCallDelta, chunks: &mut Vec<Chunk>) {
    let delta = Delta {
        tool_calls: vec![call],
        ..Delta::default()
    };
    chunks.push(Chunk::of(delta));
}
