//! Reads a batch's input once: where its lines are, and what is wrong with them.

use std::collections::HashSet;
use std::io::{self, BufRead};

use jackfield_dialects::batches::{Batching, LineFault};

use super::lines::{Line, Lines};

/// The most faults that a batch reports.
const MOST_FAULTS: usize = 100;

/// The longest name of a line, in bytes.
const LONGEST_ID: usize = 512;

/// What the lines of a batch must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    /// The API that reads them.
    pub(super) api: Batching,
    /// The path at which all of them ask.
    pub(super) endpoint: &'a str,
    /// The most bytes of a line.
    pub(super) most_bytes: usize,
    /// The most lines.
    pub(super) most_lines: u64,
}

/// A line that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting {
    /// Where it begins.
    pub(super) offset: u64,
    /// How many bytes it has.
    pub(super) bytes: usize,
    /// How often it was tried in vain.
    pub(super) tries: u32,
}

/// What a batch's input holds.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The lines without a report.
    pub(super) waiting: Vec<Waiting>,
    /// All lines.
    pub(super) total: u64,
    /// What is wrong with them.
    pub(super) faults: Vec<LineFault>,
}

/// Reads the input. The lines named in `done` have a report.
///
/// # Errors
/// If it cannot be read.
pub(super) fn survey(input: impl BufRead, rules: &Rules<'_>, done: &HashSet<String>) -> io::Result<Survey> {
    let mut survey = Survey::default();
    let (mut known, mut text, mut number) = (HashSet::new(), Vec::new(), 0);
    let mut lines = Lines::new(input, rules.most_bytes);
    while let Some(line) = lines.next(&mut text)? {
        number += 1;
        if text.trim_ascii().is_empty() && !line.too_long {
            continue;
        }
        survey.total += 1;
        if survey.total > rules.most_lines {
            let message = format!("The batch has more than {} requests.", rules.most_lines);
            survey.faults = vec![LineFault::new("too_many_requests", None, message)];
            break;
        }
        match named(&text, &line, rules, &mut known) {
            Ok(id) if done.contains(&id) => {}
            Ok(_) => survey.waiting.push(Waiting {
                offset: line.offset,
                bytes: text.len(),
                tries: 0,
            }),
            Err(fault) => survey.faults.push(fault.at(number)),
        }
        if survey.faults.len() >= MOST_FAULTS {
            break;
        }
    }
    if survey.total == 0 {
        let message = "The batch has no requests.";
        survey.faults.push(LineFault::new("empty_file", None, message));
    }
    Ok(survey)
}

/// The name of a line that can be answered.
fn named(text: &[u8], line: &Line, rules: &Rules<'_>, known: &mut HashSet<String>) -> Result<String, LineFault> {
    if line.too_long {
        let message = format!("This line has more than {} bytes.", rules.most_bytes);
        return Err(LineFault::new("line_too_long", None, message));
    }
    let read = rules.api.line(text)?;
    if read.endpoint != rules.endpoint {
        let message = format!("`url` must be {}, the endpoint of the batch.", rules.endpoint);
        return Err(LineFault::new("mismatched_endpoint", Some("url"), message));
    }
    if read.custom_id.len() > LONGEST_ID {
        let message = format!("`custom_id` has more than {LONGEST_ID} bytes.");
        return Err(LineFault::new("string_above_max_length", Some("custom_id"), message));
    }
    if !known.insert(read.custom_id.clone()) {
        let message = "`custom_id` is used twice; each must be unique in its file.";
        return Err(LineFault::new("duplicate_custom_id", Some("custom_id"), message));
    }
    Ok(read.custom_id)
}
