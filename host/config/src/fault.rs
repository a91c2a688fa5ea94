//! What is wrong in a configuration file: where, what, and what to write instead.

use std::{
    fmt::{self, Display, Formatter},
    path::PathBuf,
};

/// One thing that is wrong. It never holds a secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, as its folder was named to us.
    pub file: PathBuf,
    /// The line, from 1; 0 if the file as a whole is meant.
    pub line: usize,
    /// The column in characters, from 1; 0 if the file as a whole is meant.
    pub column: usize,
    /// The key's path, such as `models."route/x".chain[0].provider`; empty if no key is meant.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

/// Everything that is wrong, in the order of files and lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

// === impl Fault ===

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        if !self.field.is_empty() {
            write!(f, " {}:", self.field)?;
        }
        write!(f, " {}; {}", self.message, self.remedy)
    }
}

impl std::error::Error for Fault {}

// === impl Faults ===

impl Faults {
    /// Sorts by file and place, so that a person can go through the files from top to bottom.
    pub(super) fn sorted(mut faults: Vec<Fault>) -> Self {
        faults.sort_by(|a, b| (&a.file, a.line, a.column, &a.field).cmp(&(&b.file, b.line, b.column, &b.field)));
        faults.dedup();
        Self(faults)
    }
}

impl Display for Faults {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
