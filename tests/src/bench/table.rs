//! The results as Markdown.

use std::fmt::{self, Display, Formatter};
use std::thread;

use super::canned::CHUNKS;
use super::goals::{self, Goal, Limit, mebibytes};
use super::measure::{Figures, Plan};
use super::rounds::Rounds;
use super::rows::Kind;

/// The results of a run. Its `Display` is Markdown.
#[derive(Debug)]
pub struct Report {
    pub(super) plan: Plan,
    pub(super) rows: Vec<(Kind, Figures)>,
    pub(super) notes: Vec<String>,
}

/// Stands for a figure that was not measured.
const NOTHING: &str = "–";

// === impl Report ===

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Plan {
            pace,
            rounds,
            open_streams,
        } = self.plan;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        writeln!(
            f,
            "Load generator, servers and upstream on the same {cores} cores: only ratios within one run count. \
             Median of {rounds} rounds of {:?} each. Prompts of 200 bytes, replies of about 400; streams of \
             {CHUNKS} chunks, which the upstream sends at once. Goals are judged by the ratio within each round; its lowest \
             and its highest stand behind the median.\n",
            pace.window
        )?;
        writeln!(
            f,
            "| | requests/s, 1 client | requests/s, 32 clients | added p50, ms | added p99, ms | \
             400 KB prompts/s, 4 clients | events/s, 32 streams | MiB idle | MiB, {} open streams |",
            thousands(open_streams.into())
        )?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for (kind, figures) in &self.rows {
            figures_line(f, *kind, figures)?;
        }
        writeln!(
            f,
            "\n| goal | wanted | openai adapter | anthropic adapter |\n|---|--:|--:|--:|"
        )?;
        for goal in goals::all(&self.rows) {
            goal_line(f, &goal)?;
        }
        for note in &self.notes {
            writeln!(f, "\n{note}")?;
        }
        Ok(())
    }
}

fn figures_line(f: &mut Formatter<'_>, kind: Kind, figures: &Figures) -> fmt::Result {
    let rate = |rounds: &Rounds| cell(rounds.median(), thousands);
    let latency = |rounds: &Rounds| cell(rounds.median(), |ms| format!("{ms:.3}"));
    let memory = |bytes: Option<u64>| cell(bytes.map(mebibytes), |mib| format!("{mib:.1}"));
    let cells = [
        rate(&figures.one_client),
        rate(&figures.many_clients),
        latency(&figures.added_p50),
        latency(&figures.added_p99),
        rate(&figures.long_prompts),
        rate(&figures.events),
        memory(figures.idle_bytes),
        memory(figures.streaming_bytes),
    ];
    writeln!(f, "| {kind} | {} |", cells.join(" | "))
}

fn goal_line(f: &mut Formatter<'_>, goal: &Goal) -> fmt::Result {
    let [openai, anthropic] = goal.limits;
    let mut wanted = wish(openai);
    if anthropic != openai {
        wanted = format!("{wanted}; {}", wish(anthropic));
    }
    let told = [
        verdict(openai, &goal.measured.openai),
        verdict(anthropic, &goal.measured.anthropic),
    ];
    writeln!(f, "| {} | {wanted} | {} |", goal.title, told.join(" | "))
}

fn wish(limit: Limit) -> String {
    match limit {
        Limit::ShareOfNginx(share) => format!("≥ {share} of nginx"),
        Limit::ShareOfItself(share, otherwise) => format!("≥ {share} of {otherwise}"),
        Limit::Milliseconds(ms) => format!("≤ {ms:.2} ms"),
        Limit::Mebibytes(mib) => format!("≤ {mib:.0} MiB"),
    }
}

/// The median with its spread, and whether it will do.
fn verdict(limit: Limit, measured: &Rounds) -> String {
    let Some(median) = measured.median() else {
        return NOTHING.to_owned();
    };
    let number = |number: f64| match limit {
        Limit::ShareOfNginx(_) | Limit::ShareOfItself(..) => format!("{number:.2}"),
        Limit::Milliseconds(_) => format!("{number:.3}"),
        Limit::Mebibytes(_) => format!("{number:.1}"),
    };
    let unit = match limit {
        Limit::ShareOfNginx(_) | Limit::ShareOfItself(..) => "",
        Limit::Milliseconds(_) => " ms",
        Limit::Mebibytes(_) => " MiB",
    };
    let spread = measured.spread();
    let spread = spread.map_or_else(String::new, |(lowest, highest)| {
        format!(" ({}–{})", number(lowest), number(highest))
    });
    let word = if limit.is_reached(median) {
        "reached"
    } else {
        "**not reached**"
    };
    format!("{}{unit}{spread} {word}", number(median))
}

/// A figure as that text; a dash if it was not measured.
pub(super) fn cell(figure: Option<f64>, text: impl Fn(f64) -> String) -> String {
    figure.map_or_else(|| NOTHING.to_owned(), text)
}

/// A whole number with commas between the thousands.
pub(super) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(thousands(7.4), "7");
        assert_eq!(thousands(999.0), "999");
        assert_eq!(thousands(1000.0), "1,000");
        assert_eq!(thousands(1_234_567.0), "1,234,567");
    }

    #[test]
    fn a_verdict_tells_the_figure_and_whether_it_will_do() {
        let verdict = |limit, rounds: &[f64]| super::verdict(limit, &rounds.iter().copied().collect());
        let share = Limit::ShareOfNginx(0.6);
        assert_eq!(verdict(share, &[0.7, 0.65, 0.72]), "0.70 (0.65–0.72) reached");
        assert_eq!(verdict(Limit::Mebibytes(40.0), &[41.0]), "41.0 MiB **not reached**");
        assert_eq!(verdict(share, &[]), "–");
    }

    #[test]
    fn what_was_not_measured_is_a_dash() {
        assert_eq!(cell(None, thousands), "–");
    }
}
