//! The series as Markdown.

use std::fmt::{self, Display, Formatter};
use std::thread;

use super::super::table::thousands;
use super::series::{Line, Series};

/// The results of a run. Its `Display` is Markdown.
#[derive(Debug)]
pub struct Report {
    pub(super) series: Vec<Series>,
}

// === impl Report ===

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        writeln!(
            f,
            "Load generator, servers and upstream on the same {cores} cores; medians. In brackets stands the exponent with which \
             a cost has grown since the column before: 1 means that each unit costs the same, 0 that all of them together do. \
             A time per request or event should not grow with what else there is; everything else at most as its work."
        )?;
        for series in &self.series {
            section(f, series)?;
        }
        writeln!(f, "\n### What grows faster than its work\n")?;
        let mut any = false;
        for series in &self.series {
            for line in &series.lines {
                any |= verdict(f, series, line)?;
            }
        }
        if any {
            return Ok(());
        }
        writeln!(f, "Nothing, in this run.")
    }
}

fn section(f: &mut Formatter<'_>, series: &Series) -> fmt::Result {
    writeln!(f, "\n### {}\n", series.title)?;
    writeln!(
        f,
        "![{} as a plot]({})\n",
        series.title,
        format_args!("pictures/{}", series.picture())
    )?;
    write!(f, "| {} |", series.work)?;
    for amount in &series.amounts {
        write!(f, " {} |", count(*amount))?;
    }
    writeln!(f, "\n|---|{}", "--:|".repeat(series.amounts.len()))?;
    for line in &series.lines {
        let exponents = line.exponents(&series.amounts);
        write!(f, "| {}, {} |", line.name, line.unit)?;
        for (place, cost) in line.costs.iter().enumerate() {
            write!(f, " {}", figure(*cost))?;
            if let Some(exponent) = place.checked_sub(1).and_then(|before| exponents.get(before)) {
                write!(f, " ({exponent:.2})")?;
            }
            write!(f, " |")?;
        }
        writeln!(f)?;
    }
    for note in &series.notes {
        writeln!(f, "\n{note}")?;
    }
    Ok(())
}

/// Whether there was anything to tell of that line.
fn verdict(f: &mut Formatter<'_>, series: &Series, line: &Line) -> Result<bool, fmt::Error> {
    let found = line.too_fast(&series.amounts);
    for stretch in &found {
        let [from, to] = stretch.between.map(count);
        writeln!(
            f,
            "- {}: {}, from {from} to {to} {}, with the exponent {:.2}.",
            series.title, line.name, series.work, stretch.exponent
        )?;
    }
    Ok(!found.is_empty())
}

#[expect(clippy::cast_precision_loss, reason = "no amount has 2^52 of anything")]
fn count(amount: u64) -> String {
    thousands(amount as f64)
}

/// Three digits, or all before the point.
fn figure(cost: f64) -> String {
    match cost {
        100.0.. => format!("{cost:.0}"),
        10.0.. => format!("{cost:.1}"),
        1.0.. => format!("{cost:.2}"),
        _ => format!("{cost:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::series::Growth;
    use super::*;

    fn report(costs: [f64; 2]) -> String {
        let line = Line {
            costs: costs.to_vec(),
            ..Line::new("a request", "ms", Growth::Linear)
        };
        let series = Series {
            name: "things",
            title: "More things",
            work: "things",
            amounts: vec![10, 1000],
            lines: vec![line],
            notes: Vec::new(),
        };
        Report { series: vec![series] }.to_string()
    }

    #[test]
    fn a_line_tells_its_costs_and_how_they_grow() {
        let report = report([0.5, 50.0]);
        assert!(report.contains("| things | 10 | 1,000 |\n|---|--:|--:|\n"), "{report}");
        assert!(report.contains("| a request, ms | 0.500 | 50.0 (1.00) |"), "{report}");
        assert!(report.contains("(pictures/scale-things.svg)"), "{report}");
        assert!(report.ends_with("Nothing, in this run.\n"), "{report}");
    }

    #[test]
    fn what_grows_faster_than_its_work_is_said() {
        let report = report([0.5, 500.0]);
        let said = "- More things: a request, from 10 to 1,000 things, with the exponent 1.50.\n";
        assert!(report.ends_with(said), "{report}");
    }
}
