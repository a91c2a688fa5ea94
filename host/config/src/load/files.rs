//! The file of `log.requests`: what is wrong with its place.

use std::path::{Path, PathBuf};

use super::{Document, Loaded};
use crate::{Config, Fault};

/// The key that names it.
const FILE: [&str; 3] = ["log", "requests", "file"];

// === impl Loaded ===

impl Loaded {
    /// Why the file of requests could not be opened at a start, if anything keeps it from that. For `jackfield check`:
    /// the file is opened once, so a folder that goes away later is no reason to reject a change.
    pub fn unopenable_file(&self) -> Option<Fault> {
        let file = &self.config.log.requests.as_ref()?.file;
        if file.is_dir() {
            return Some(self.fault_at(&FILE, "is a folder", "write the name of a file in it"));
        }
        let folder = file.parent()?;
        // A start creates `state_dir`.
        let is_there = folder.is_dir() || folder == self.config.state_dir();
        let remedy = "create the folder, or write another place; a relative one is below state_dir";
        (!is_there).then(|| self.fault_at(&FILE, "is in a folder that does not exist", remedy))
    }
}

/// The fault of a file of requests that is the database: lines would be appended to it.
pub(super) fn in_the_database(config: &Config, document: &Document) -> Option<Fault> {
    let requests = settled(&config.log.requests.as_ref()?.file);
    let same = requests == settled(&config.storage.file()?);
    let remedy = "write another one, such as requests.jsonl";
    same.then(|| document.fault_at(&FILE, "is the file of the database (storage.url)", remedy))
}

/// The file, in a folder without links and steps back, if there is that folder.
fn settled(file: &Path) -> PathBuf {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
        return file.to_owned();
    };
    let folder = if folder == Path::new("") {
        Path::new(".")
    } else {
        folder
    };
    folder
        .canonicalize()
        .map_or_else(|_| file.to_owned(), |folder| folder.join(name))
}
