//! One reading of the files: it ends in a new snapshot, a rejection, or no change.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jackfield_config::Faults;

use super::build::Read;
use super::turn::Turn;
use super::{Builder, Current, Snapshot, report};

/// The result of one reading.
pub(super) struct Reading {
    /// The digest of what was read.
    pub(super) digest: String,
    /// The files and folders that were read or missed.
    pub(super) inputs: BTreeSet<PathBuf>,
    /// Whether something could not be read for a reason that may pass without any change to the files.
    pub(super) disturbed: bool,
}

/// Reads the files and puts a new snapshot in force, unless their content is in force already or was the last one
/// tried. If `forced`, builds in any case. Nothing comes into force if `turn` was taken meanwhile.
pub(super) fn rebuild(builder: &Builder, current: &Current, tried: Option<&str>, forced: bool, turn: &Turn) -> Reading {
    let Read {
        inputs,
        digest,
        disturbed,
        sources,
    } = builder.read();
    let serving = current.load();
    if !forced && digest == serving.digest {
        settle(current, &serving);
    } else if forced || tried != Some(&digest) {
        let built = sources.and_then(|sources| builder.assemble(sources, Some(&serving)));
        match built {
            _ if !turn.take() => {}
            // All that changed is a plugin file, and that is broken.
            Ok(next) if !forced && !next.broken.is_empty() && next.serves_like(&serving) => {
                reject(current, Faults(next.broken));
            }
            Ok(next) => accept(current, next, &serving),
            Err(faults) => reject(current, faults),
        }
    }
    Reading {
        digest,
        inputs,
        disturbed,
    }
}

fn accept(current: &Current, mut next: Snapshot, previous: &Snapshot) {
    for warning in current.restart_warnings(&next.config) {
        if !previous.warnings.contains(&warning) {
            tracing::warn!("{warning}");
        }
        next.warnings.push(warning);
    }
    report::loaded(&next, Some(previous));
    tracing::info!(
        generation = next.generation,
        digest = &next.digest[..12],
        "new snapshot in force"
    );
    current.swap(next);
}

pub(super) fn reject(current: &Current, faults: Faults) {
    let generation = current.load().generation;
    for fault in &faults.0 {
        tracing::error!(generation, "change rejected; keeping the current snapshot: {fault}");
    }
    current.reject(faults);
}

/// The files are again as they were when the snapshot in force was built.
fn settle(current: &Current, serving: &Snapshot) {
    if current.settle() {
        let (generation, digest) = (serving.generation, &serving.digest[..12]);
        tracing::info!(generation, digest, "the rejected change was taken back; in force again");
    }
}

#[cfg(test)]
mod tests;
