//! The formats of a usage report: a table, CSV and JSON.

use std::array;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::iter;

use clap::ValueEnum;
use jackfield_accounting::credits;
use jackfield_accounting::ledger::spreadsheet;
use jackfield_accounting::ledger::table::UsageRow;
use serde_json::{Map, Value};

use super::super::amount::aligned;
use super::super::table::Table;

/// The columns after the first, which is named after what the rows are grouped by.
const COLUMNS: [&str; 7] = [
    "requests",
    "failed",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "credits",
];

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Aligned columns, with a line of totals.
    Table,
    /// Comma-separated values (RFC 4180, but with line feeds).
    Csv,
    /// A JSON array of objects.
    Json,
}

/// What is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report<'a> {
    /// The column that the rows are grouped by.
    pub(super) by: &'a str,
    pub(super) rows: &'a [UsageRow],
    /// What people call the groups, where they are not called so already.
    pub(super) names: &'a BTreeMap<String, String>,
    /// What they are in all.
    pub(super) total: &'a UsageRow,
}

// === impl Format ===

impl Format {
    /// Writes a report.
    pub(super) fn write(self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let Report { by, rows, names, .. } = *report;
        match self {
            Self::Table => write!(out, "{}", table(report)),
            Self::Csv => csv(by, rows, out),
            Self::Json => json((by, names), rows, out),
        }
    }
}

fn table(report: &Report<'_>) -> Table {
    let mut table = Table::of_numbers(heading(report.by));
    for row in report.rows {
        table.row(cells(&displayed(row, report.names), row));
    }
    table.row(cells("total", report.total));
    table
}

fn csv(by: &str, rows: &[UsageRow], out: &mut dyn Write) -> io::Result<()> {
    let named = |row: &UsageRow| cells(&spreadsheet::text(row.group.as_deref().unwrap_or_default()), row);
    let heading = heading(by).map(str::to_owned);
    for line in iter::once(heading).chain(rows.iter().map(named)) {
        writeln!(out, "{}", line.join(","))?;
    }
    Ok(())
}

fn json((by, names): (&str, &BTreeMap<String, String>), rows: &[UsageRow], out: &mut dyn Write) -> io::Result<()> {
    let object = |row: &UsageRow| {
        let mut object = Map::from_iter([(by.to_owned(), row.group.clone().into())]);
        let name = row.group.as_ref().and_then(|group| names.get(group));
        object.extend(name.map(|name| ("name".to_owned(), name.clone().into())));
        let counts = COLUMNS.iter().zip(counts(row));
        object.extend(counts.map(|(name, count)| ((*name).to_owned(), count.into())));
        object.insert("credits".to_owned(), credits::as_credits(row.credits).into());
        Value::Object(object)
    };
    let objects: Vec<Value> = rows.iter().map(object).collect();
    serde_json::to_writer_pretty(&mut *out, &objects)?;
    writeln!(out)
}

fn heading(by: &str) -> [&str; 8] {
    array::from_fn(|column| column.checked_sub(1).map_or(by, |rest| COLUMNS[rest]))
}

fn cells(name: &str, row: &UsageRow) -> [String; 8] {
    let [requests, failed, input, output, cached, reasoning] = counts(row).map(|count| count.to_string());
    let credits = aligned(row.credits);
    [
        name.to_owned(),
        requests,
        failed,
        input,
        output,
        cached,
        reasoning,
        credits,
    ]
}

/// The columns between the first and the last.
fn counts(row: &UsageRow) -> [u64; 6] {
    [
        row.requests,
        row.failed,
        row.input_tokens,
        row.output_tokens,
        row.cached_tokens,
        row.reasoning_tokens,
    ]
}

/// A group, with its name if it has one. Control characters are escaped, so that a name cannot control the terminal.
fn displayed(row: &UsageRow, names: &BTreeMap<String, String>) -> String {
    let group = row.group.as_deref().unwrap_or("-");
    let name = names.get(group).map(|name| format!("{group} ({name})"));
    let name = name.as_deref().unwrap_or(group);
    let escaped = |c: char| {
        if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    name.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(group: Option<&str>, requests: u64, credits: i64) -> UsageRow {
        UsageRow {
            group: group.map(str::to_owned),
            requests,
            failed: 1,
            input_tokens: 1200,
            output_tokens: 34,
            cached_tokens: 5,
            reasoning_tokens: 6,
            credits,
        }
    }

    fn written(format: Format, rows: &[UsageRow]) -> String {
        let mut out = Vec::new();
        let mut total = UsageRow::default();
        for row in rows {
            total.add(row);
        }
        let report = Report {
            by: "user",
            rows,
            names: &BTreeMap::from([("key_1".to_owned(), "night".to_owned())]),
            total: &total,
        };
        format.write(&report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_is_aligned_and_ends_with_the_totals() {
        let rows = [row(None, 2, 3_000), row(Some("a\x1b[2J"), 10_000, -12_500_000)];
        assert_eq!(
            written(Format::Table, &rows),
            "user        requests  failed  input_tokens  output_tokens  cached_tokens  reasoning_tokens     credits\n\
             -                  2       1          1200             34              5                 6    0.003000\n\
             a\\u{1b}[2J     10000       1          1200             34              5                 6  -12.500000\n\
             total          10002       2          2400             68             10                12  -12.497000\n"
        );
    }

    #[test]
    fn a_group_is_shown_with_its_name() {
        let rows = [row(Some("key_1"), 1, 0)];
        assert!(written(Format::Table, &rows).contains("key_1 (night) "));
        assert!(written(Format::Json, &rows).contains(r#""name": "night""#));
        assert!(written(Format::Csv, &rows).contains("\nkey_1,1,"));
    }

    #[test]
    fn csv_quotes_fields_with_separators() {
        let rows = [row(None, 1, 0), row(Some("a, \"b\"\nc"), 2, 1)];
        assert_eq!(
            written(Format::Csv, &rows),
            "user,requests,failed,input_tokens,output_tokens,cached_tokens,reasoning_tokens,credits\n\
             ,1,1,1200,34,5,6,0.000000\n\
             \"a, \"\"b\"\"\nc\",2,1,1200,34,5,6,0.000001\n"
        );
    }

    #[test]
    fn csv_holds_no_formulas_and_numbers_stay_numbers() {
        let text = written(Format::Csv, &[row(Some("=1+2"), 1, -5)]);
        let (_, line) = text.split_once('\n').unwrap();
        assert_eq!(line, "'=1+2,1,1,1200,34,5,6,-0.000005\n");
    }

    #[test]
    fn json_names_every_number() {
        let text = written(Format::Json, &[row(None, 1, 3_000)]);
        let expected = serde_json::json!([{
            "user": null, "requests": 1, "failed": 1, "input_tokens": 1200, "output_tokens": 34,
            "cached_tokens": 5, "reasoning_tokens": 6, "credits": 0.003,
        }]);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }
}
