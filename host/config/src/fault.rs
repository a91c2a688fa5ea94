//! A fault in a configuration: where it is, what the problem is, and what to write instead.

use std::{
    fmt::{self, Display, Formatter, Write},
    path::PathBuf,
};

use crate::escaped::Escaper;

/// The most bytes of a fault where it is displayed.
const MAX_LINE: usize = 8192;

/// One thing that is wrong in a configuration. It never contains the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, below the path that was given to [`load`](crate::load).
    pub file: PathBuf,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// The column in characters, from 1; 0 for the file as a whole.
    pub column: usize,
    /// The path of the key, such as `models."route/x".chain[0].provider`; empty for the file as a whole.
    pub field: String,
    /// What is wrong. Where there is a `field`, it is the subject of this sentence.
    pub problem: String,
    /// What to write instead.
    pub remedy: String,
}

/// Everything that is wrong, ordered by file and line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

// === impl Fault ===

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // A plugin's manifest and an upstream's answer have words in it, and it ends on a terminal.
        let out = &mut Escaper::new(f, MAX_LINE);
        let mut whole = || {
            write!(out, "{}:", self.file.display())?;
            if self.line > 0 {
                write!(out, "{}:{}:", self.line, self.column)?;
            }
            if !self.field.is_empty() {
                write!(out, " {}:", self.field)?;
            }
            write!(out, " {}; {}", self.problem, self.remedy)
        };
        // It fails where it is cut.
        whole().or(Ok(()))
    }
}

impl std::error::Error for Fault {}

// === impl Faults ===

impl Faults {
    /// Sorts by file and place, so that a reader can fix the files from top to bottom.
    pub(crate) fn sorted(mut faults: Vec<Fault>) -> Self {
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
