//! One reading of the files: all of them, and a digest that shows whether anything changed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::Builder;
use crate::snapshot::plugins::Folder;
use jackfield_config::{Faults, Loaded};

/// One reading of the files, whether or not a snapshot can be built from them.
pub(in crate::snapshot) struct Read {
    /// The files and folders that were read or missed.
    pub(in crate::snapshot) inputs: BTreeSet<PathBuf>,
    /// The SHA-256 of their contents, in hexadecimal.
    pub(in crate::snapshot) digest: String,
    /// Whether something could not be read for a reason that may pass without any change to the files.
    pub(in crate::snapshot) disturbed: bool,
    /// What a snapshot is built from.
    pub(in crate::snapshot) sources: Result<Sources, Faults>,
}

/// Everything read from disk for one snapshot.
pub(in crate::snapshot) struct Sources {
    pub(in crate::snapshot) loaded: Loaded,
    pub(in crate::snapshot) digest: String,
    pub(in crate::snapshot) folder: Folder,
}

// === impl Builder ===

impl Builder {
    /// Reads the files. This is quick, and the digest shows whether anything changed.
    pub(in crate::snapshot) fn read(&self) -> Read {
        let (inputs, loaded) = jackfield_config::load_with_inputs(&self.config_path, &*self.environment);
        let mut read = Read {
            inputs: inputs.files.into_iter().collect(),
            digest: inputs.digest,
            disturbed: inputs.disturbed,
            sources: Err(Faults(Vec::new())),
        };
        match loaded {
            Err(faults) => read.sources = Err(faults),
            Ok(mut loaded) => {
                if let Some(change) = &self.rehearsal {
                    change(&mut loaded.config);
                }
                self.read_plugins(&mut read, loaded);
            }
        }
        read
    }

    fn read_plugins(&self, read: &mut Read, loaded: Loaded) {
        let folder = self.folder(&loaded);
        read.inputs.insert(self.plugins_dir(&loaded.config.plugins));
        let mut hash = Sha256::new();
        hash.update(&read.digest);
        match &folder {
            Ok(folder) => {
                folder.digest_into(&mut hash);
                read.disturbed |= folder.disturbed;
            }
            Err(fault) => hash.update(fault.problem.as_bytes()),
        }
        read.digest = hex::encode(hash.finalize());
        let digest = read.digest.clone();
        let sources = folder.map(|folder| Sources { loaded, digest, folder });
        read.sources = sources.map_err(|fault| Faults(vec![fault]));
    }
}
