//! One reading of the files: it ends in a new snapshot, a rejection, or no change.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jackfield_config::Faults;

use super::build::Sources;
use super::{Builder, Current, Snapshot};

/// The result of one reading.
pub(super) struct Reading {
    /// The digest of what was read; `None` if reading failed.
    pub(super) digest: Option<String>,
    /// The files and folders that were read.
    pub(super) inputs: BTreeSet<PathBuf>,
}

/// Reads the files and puts a new snapshot in force, unless their content is in force already or was the last one
/// tried. If `forced`, builds in any case.
pub(super) fn rebuild(builder: &Builder, current: &Current, tried: Option<&str>, forced: bool) -> Reading {
    let sources = match builder.read() {
        Ok(sources) => sources,
        Err(faults) => {
            reject(current, faults);
            return Reading {
                digest: None,
                inputs: BTreeSet::new(),
            };
        }
    };
    let (digest, inputs) = (sources.digest.clone(), inputs(&sources));
    let serving = current.load();
    if !forced && digest == serving.digest {
        current.settle();
    } else if forced || tried != Some(&digest) {
        match builder.assemble(sources, Some(&serving)) {
            Ok(next) => accept(current, next),
            Err(faults) => reject(current, faults),
        }
    }
    Reading {
        digest: Some(digest),
        inputs,
    }
}

fn accept(current: &Current, next: Snapshot) {
    next.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    tracing::info!(
        generation = next.generation,
        digest = &next.digest[..12],
        "new snapshot in force"
    );
    current.swap(next);
}

fn reject(current: &Current, faults: Faults) {
    let generation = current.load().generation;
    for fault in &faults.0 {
        tracing::error!(generation, "change rejected; keeping the current snapshot: {fault}");
    }
    current.reject(faults);
}

fn inputs(sources: &Sources) -> BTreeSet<PathBuf> {
    sources
        .loaded
        .files
        .iter()
        .cloned()
        .chain([sources.plugins_dir.clone()])
        .collect()
}

#[cfg(test)]
mod tests;
