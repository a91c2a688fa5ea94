//! The inputs that a target begins with.

use std::fs;
use std::path::{Path, PathBuf};

use crate::targets::Target;

/// The seeds of a target, in the order of their names.
///
/// # Panics
/// If it has none, because mutations of nothing test next to nothing.
pub fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).expect("a seed")).collect();
    assert!(!seeds.is_empty(), "{}: holds no seed", folder.display());
    seeds
}
