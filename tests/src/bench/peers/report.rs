//! The peers' table as Markdown.

use std::fmt::{self, Display, Formatter};
use std::thread;

use super::super::canned::CHUNKS;
use super::super::goals::mebibytes;
use super::super::measure::Figures;
use super::super::rounds::Rounds;
use super::super::table::{cell, thousands};
use super::Plan;
use super::contest::Contestant;
use super::turns::{ENOUGH, Problem, Turns};

/// How much of a wrong reply is told, in characters.
const TOLD: usize = 300;

/// The results of a run. Its `Display` is Markdown.
#[derive(Debug)]
pub struct Report {
    pub(super) plan: Plan,
    pub(super) rows: Vec<(Contestant, Turns)>,
}

// === impl Report ===

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Plan { pace, turns, rounds } = self.plan;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        writeln!(
            f,
            "Load generator, gateway and upstream on the same {cores} cores; one gateway runs at a time. \
             Median of {} rounds in {turns} turns, each of {:?}, or of {:?} where fewer than {ENOUGH} replies came for \
             each client. Prompts of 200 bytes, replies of about 400; streams of {CHUNKS} chunks, which the upstream \
             sends at once.\n",
            turns * rounds,
            pace.window,
            self.plan.patient().window
        )?;
        writeln!(
            f,
            "| | requests/s, 1 client | requests/s, 32 clients | added p50, ms | added p99, ms | \
             400 KB prompts/s, 4 clients | events/s, 32 streams | MiB idle |\n|---|--:|--:|--:|--:|--:|--:|--:|"
        )?;
        for (contestant, turns) in &self.rows {
            writeln!(
                f,
                "| {contestant} | {} |",
                cells(contestant, &turns.figures()).join(" | ")
            )?;
        }
        for (contestant, turns) in &self.rows {
            for problem in &turns.problems {
                writeln!(f, "\n{contestant} {problem}")?;
            }
        }
        Ok(())
    }
}

fn cells(contestant: &Contestant, figures: &Figures) -> [String; 7] {
    let rate = |rounds: &Rounds| cell(rounds.median(), thousands);
    // What the direct call adds to itself is noise.
    let added = |rounds: &Rounds| {
        let told = rounds.median().filter(|_| !contestant.is_direct());
        cell(told, |ms| format!("{ms:.3}"))
    };
    [
        rate(&figures.one_client),
        rate(&figures.many_clients),
        added(&figures.added_p50),
        added(&figures.added_p99),
        rate(&figures.long_prompts),
        rate(&figures.events),
        cell(figures.idle_bytes.map(mebibytes), |mib| format!("{mib:.1}")),
    ]
}

// === impl Problem ===

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(reason) => write!(f, "does not start: {}", short(reason)),
            Self::Reply(column, error) => write!(f, "answers wrongly, {column}: {}", short(&error.to_string())),
        }
    }
}

/// The beginning of a text, on one line.
fn short(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(TOLD) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::load::LoadError;
    use super::*;

    #[test]
    fn a_problem_is_one_line_however_long_the_reply_was() {
        let reply = "é\n".repeat(TOLD);
        let problem = Problem::Reply("32 streams", LoadError::Wrong("its end", reply));
        let told = problem.to_string();
        assert!(
            told.starts_with("answers wrongly, 32 streams: a reply lacks its end: é é"),
            "{told}"
        );
        assert!(told.ends_with('…') && !told.contains('\n'));
        let problem = Problem::Start("it is not installed".to_owned());
        assert_eq!(problem.to_string(), "does not start: it is not installed");
    }
}
