//! The tails as Markdown.

use std::fmt::{self, Display, Formatter};
use std::thread;

use super::super::lines::LINES;
use super::super::median::median;
use super::super::table::thousands;
use super::cases::Beside;
use super::{CLIENTS, Measured, Plan, Round};

/// The results of a run. Its `Display` is Markdown.
#[derive(Debug)]
pub struct Report {
    pub(super) plan: Plan,
    /// The peak of the gateway, in requests/s.
    pub(super) peak: f64,
    /// The rate in percent of that.
    pub(super) share: u8,
    /// The rate of all rows, in requests/s.
    pub(super) rate: f64,
    pub(super) rows: Vec<Measured>,
    pub(super) notes: Vec<String>,
}

// === impl Report ===

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Plan { window, rounds, .. } = self.plan;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        writeln!(
            f,
            "Load generator, servers and upstream on the same {cores} cores. The gateway's peak in this run is {} requests/s \
             with {CLIENTS} clients; every row gets {} % of that, {} requests/s, over {LINES} lines and more if all are busy. \
             Prompts of 200 bytes, replies of about 400. Medians of {rounds} × {window:?}; `max` is the longest of all. A request is \
             late if it began more than 1 ms after its instant; its time counts from that instant.\n",
            thousands(self.peak),
            self.share,
            thousands(self.rate)
        )?;
        writeln!(
            f,
            "| | p50, ms | p99, ms | p99.9, ms | max, ms | late | meanwhile, each round |"
        )?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|---|")?;
        for row in &self.rows {
            row_line(f, row)?;
        }
        for note in &self.notes {
            writeln!(f, "\n{note}")?;
        }
        Ok(())
    }
}

fn row_line(f: &mut Formatter<'_>, row: &Measured) -> fmt::Result {
    let of = |figure: fn(&Round) -> Option<f64>| row.rounds.iter().filter_map(figure);
    let middle = |figure| median(of(figure)).unwrap_or_default();
    let longest = of(|round| round.seen.per_mille(1000)).fold(0.0, f64::max);
    writeln!(
        f,
        "| {} | {:.3} | {:.3} | {:.3} | {longest:.3} | {:.2} % | {} |",
        row.case.title,
        middle(|round| round.seen.per_mille(500)),
        middle(|round| round.seen.per_mille(990)),
        middle(|round| round.seen.per_mille(999)),
        middle(|round| Some(round.seen.late_percent())),
        meanwhile(row)
    )
}

/// How often that which goes on came about, on average.
fn meanwhile(row: &Measured) -> String {
    let count = row.rounds.iter().map(|round| round.disturbed).sum::<u64>() / row.rounds.len().max(1) as u64;
    match row.case.beside {
        Beside::Nothing => "–".to_owned(),
        Beside::Reloads => format!("{count} new snapshots"),
        Beside::Swaps => format!("{count} new snapshots, each with code just compiled"),
        Beside::SlowPlugin => format!("{count} calls of some 20 ms"),
        Beside::LongPrompts => format!("{count} prompts, translated for the `anthropic` adapter"),
    }
}
