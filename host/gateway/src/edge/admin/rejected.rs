//! The last change of the files that was rejected, as operators see it.

use jackfield_accounting::clock::unix_seconds;
use jackfield_config::Fault;
use schemars::JsonSchema;
use serde::Serialize;

use crate::snapshot::Rejection;

/// What was rejected and why.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct Rejected {
    /// When, in seconds since 1970.
    at: u64,
    faults: Vec<FaultShown>,
}

/// Something that is wrong in the files.
#[derive(Debug, JsonSchema, Serialize)]
struct FaultShown {
    /// The file, or where a plugin was fetched from.
    file: String,
    /// From 1; 0 for the file as a whole.
    line: usize,
    /// In characters, from 1; 0 for the file as a whole.
    column: usize,
    /// The path of the key; empty for the file as a whole.
    field: String,
    message: String,
    /// What to write instead.
    remedy: String,
}

// === impl Rejected ===

impl From<Rejection> for Rejected {
    fn from(rejection: Rejection) -> Self {
        Self {
            at: unix_seconds(rejection.at),
            faults: rejection.faults.0.into_iter().map(FaultShown::from).collect(),
        }
    }
}

// === impl FaultShown ===

impl From<Fault> for FaultShown {
    fn from(fault: Fault) -> Self {
        Self {
            file: fault.file.display().to_string(),
            line: fault.line,
            column: fault.column,
            field: fault.field,
            message: fault.problem,
            remedy: fault.remedy,
        }
    }
}
