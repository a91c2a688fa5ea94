//! What was found, as a table for each chain or as JSON.

use std::io::{self, Write};

use super::super::table::Table;
use super::chain::Scope;
use super::fault::Fault;
use super::findings::{CaseFindings, ChainFindings, Findings, Outcome, Tried};

/// How many models of a chain are named.
const NAMED: usize = 3;

/// A table for each chain, and what it means.
pub(super) fn table(findings: &Findings, out: &mut dyn Write) -> io::Result<()> {
    for chain in &findings.chains {
        chain_table(chain, out)?;
    }
    writeln!(
        out,
        "Times are what clients wait in earnest, about: the test was {} times as fast.",
        findings.haste
    )
}

/// One JSON object.
pub(super) fn json(findings: &Findings, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, findings)?;
    writeln!(out)
}

fn chain_table(chain: &ChainFindings, out: &mut dyn Write) -> io::Result<()> {
    let steps: Vec<String> = chain.steps.iter().map(|step| step.join(" or ")).collect();
    let named = chain.models.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = match chain.models.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    writeln!(out, "{}: {named}{more}\n", steps.join(", then "))?;
    let mut table = Table::of_text([
        "fault",
        "at",
        "request",
        "tried",
        "status",
        "error code",
        "time",
        "the client sees",
    ]);
    for case in &chain.cases {
        table.row(row(case));
    }
    writeln!(out, "{table}")?;
    for sentence in &chain.judgement {
        writeln!(out, "- {sentence}")?;
    }
    writeln!(out)
}

fn row(case: &CaseFindings) -> [String; 8] {
    let at = match (case.fault, case.scope) {
        (Fault::None, _) => "-",
        (_, Scope::First) => "first",
        (_, Scope::All) => "all",
    };
    let tried: Vec<String> = case.tried.iter().map(attempt).collect();
    let status = case.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let code = case.error_code.clone().unwrap_or_else(|| "-".to_owned());
    let sees = match case.outcome {
        Outcome::Whole if case.tried.iter().any(|tried| tried.outcome != "ok") => "whole answer, after a failure",
        outcome => outcome.name(),
    };
    [
        case.fault.name().to_owned(),
        at.to_owned(),
        if case.stream { "stream" } else { "whole" }.to_owned(),
        tried.join(", "),
        status,
        code,
        time(case.about_ms),
        sees.to_owned(),
    ]
}

/// `openai timeout ×3`.
fn attempt(tried: &Tried) -> String {
    let times = if tried.times > 1 {
        format!(" ×{}", tried.times)
    } else {
        String::new()
    };
    format!("{} {}{times}", tried.provider, tried.outcome)
}

/// Seconds, or less than a few: the machine's own time counts too, many times over.
fn time(about_ms: u64) -> String {
    match about_ms / 1_000 {
        0..4 => "at once".to_owned(),
        seconds => format!("{seconds} s"),
    }
}
