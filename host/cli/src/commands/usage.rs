//! `jackfield usage`: what the ledger adds up to, by model, user or day.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Map, Value};

use super::check::EX_CONFIG;
use super::table::aligned;
use jackfield_accounting::credits;
use jackfield_accounting::ledger::Day;
use jackfield_accounting::ledger::table::{Table, UsageBy, UsageRow};
use jackfield_accounting::store::{Store, StoreError};
use jackfield_config::{Config, ProcessEnvironment};

/// The columns after the first.
const COLUMNS: [&str; 7] = [
    "requests",
    "failed",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "credits",
];

/// What `usage` takes. Days are those of UTC.
#[derive(Debug, clap::Args)]
pub(crate) struct UsageArguments {
    /// What to add up by.
    #[arg(long, value_enum)]
    by: By,
    /// The first day, such as 2026-11-21; without it, from the beginning.
    #[arg(long, value_name = "DATE")]
    from: Option<Day>,
    /// The last day; without it, up to now.
    #[arg(long, value_name = "DATE")]
    to: Option<Day>,
    /// How to write it.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Folder or file of the configuration.
    #[arg(long, value_name = "PATH")]
    config: PathBuf,
}

/// What to add up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The model that was asked for.
    Model,
    /// The user.
    User,
    /// The day in UTC.
    Day,
}

/// How to write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned text, with a line of totals.
    Table,
    /// Comma-separated values (RFC 4180, with line feeds).
    Csv,
    /// A JSON array of objects.
    Json,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
enum UsageError {
    #[error("{0}")]
    Config(#[from] jackfield_config::Faults),
    #[error("storage.url is none, so nothing is kept that could be reported; name a database")]
    NothingKept,
    #[error("--from {0} is after --to {1}")]
    Backwards(Day, Day),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Prints the report. A fault of the configuration ends with 78, anything else that goes wrong with 1.
pub(super) fn run(arguments: &UsageArguments) -> ExitCode {
    match report(arguments, &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads our output any more, as `head` does: there is no one left to tell.
        Err(UsageError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            match error {
                UsageError::Config(_) | UsageError::NothingKept => ExitCode::from(EX_CONFIG),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn report(arguments: &UsageArguments, out: &mut dyn Write) -> Result<(), UsageError> {
    if let (Some(from), Some(to)) = (arguments.from, arguments.to)
        && from > to
    {
        return Err(UsageError::Backwards(from, to));
    }
    let config = jackfield_config::load(&arguments.config, &ProcessEnvironment)?.config;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let rows = runtime.block_on(ask(arguments, &config))?;
    let by = arguments.by.name();
    Ok(match arguments.format {
        Format::Table => table(by, &rows, out),
        Format::Csv => csv(by, &rows, out),
        Format::Json => json(by, &rows, out),
    }?)
}

async fn ask(arguments: &UsageArguments, config: &Config) -> Result<Vec<UsageRow>, UsageError> {
    if config.storage.is_none() {
        return Err(UsageError::NothingKept);
    }
    // The path of SQLite's file is joined to the configuration's folder already.
    let store = Store::open(config.storage.url.expose(), Path::new("")).await?;
    let from = arguments.from.map_or(0, Day::start_millis);
    let to = arguments.to.map_or(i64::MAX, |day| day.next().start_millis());
    let rows = Table::open(store.clone())?
        .usage(arguments.by.column(), from, to)
        .await?;
    store.close().await;
    Ok(rows)
}

fn table(by: &str, rows: &[UsageRow], out: &mut dyn Write) -> io::Result<()> {
    let mut lines = vec![header(by)];
    lines.extend(rows.iter().map(|row| cells(&shown(row), row)));
    lines.push(cells("total", &total(rows)));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..=COLUMNS.len()).map(|column| width(column).unwrap_or(0)).collect();
    for line in &lines {
        write!(out, "{:<1$}", line[0], widths[0])?;
        for (cell, width) in line.iter().zip(&widths).skip(1) {
            write!(out, "  {cell:>width$}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn csv(by: &str, rows: &[UsageRow], out: &mut dyn Write) -> io::Result<()> {
    let named = |row: &UsageRow| cells(row.group.as_deref().unwrap_or_default(), row);
    for line in std::iter::once(header(by)).chain(rows.iter().map(named)) {
        let fields: Vec<String> = line.iter().map(|cell| quoted(cell)).collect();
        writeln!(out, "{}", fields.join(","))?;
    }
    Ok(())
}

fn json(by: &str, rows: &[UsageRow], out: &mut dyn Write) -> io::Result<()> {
    let object = |row: &UsageRow| {
        let mut object = Map::from_iter([(by.to_owned(), row.group.clone().into())]);
        let counts = COLUMNS.iter().zip(counts(row));
        object.extend(counts.map(|(name, count)| ((*name).to_owned(), count.into())));
        object.insert("credits".to_owned(), credits::as_credits(row.credits).into());
        Value::Object(object)
    };
    let objects: Vec<Value> = rows.iter().map(object).collect();
    serde_json::to_writer_pretty(&mut *out, &objects)?;
    writeln!(out)
}

fn header(by: &str) -> Vec<String> {
    std::iter::once(by).chain(COLUMNS).map(str::to_owned).collect()
}

fn cells(name: &str, row: &UsageRow) -> Vec<String> {
    let mut cells = vec![name.to_owned()];
    cells.extend(counts(row).map(|count| count.to_string()));
    cells.push(aligned(row.credits));
    cells
}

/// The columns but the last.
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

fn total(rows: &[UsageRow]) -> UsageRow {
    rows.iter().fold(UsageRow::default(), |mut total, row| {
        total.requests += row.requests;
        total.failed += row.failed;
        total.input_tokens = total.input_tokens.saturating_add(row.input_tokens);
        total.output_tokens = total.output_tokens.saturating_add(row.output_tokens);
        total.cached_tokens = total.cached_tokens.saturating_add(row.cached_tokens);
        total.reasoning_tokens = total.reasoning_tokens.saturating_add(row.reasoning_tokens);
        total.credits = total.credits.saturating_add(row.credits);
        total
    })
}

/// A group's name for a terminal, which takes no orders from a user's name.
fn shown(row: &UsageRow) -> String {
    let name = row.group.as_deref().unwrap_or("-");
    let escaped = |c: char| {
        if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    name.chars().map(escaped).collect()
}

/// A field as RFC 4180 wants it (section 2, rules 5 to 7).
fn quoted(field: &str) -> String {
    if field.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

// === impl By ===

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::User => "user",
            Self::Day => "day",
        }
    }

    fn column(self) -> UsageBy {
        match self {
            Self::Model => UsageBy::Model,
            Self::User => UsageBy::User,
            Self::Day => UsageBy::Day,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;
    use tempfile::TempDir;

    use super::*;
    use jackfield_accounting::ledger::Record;

    /// The command line of `usage` alone.
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        usage: UsageArguments,
    }

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

    fn written(format: impl Fn(&str, &[UsageRow], &mut dyn Write) -> io::Result<()>, rows: &[UsageRow]) -> String {
        let mut out = Vec::new();
        format("user", rows, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// What `usage` prints for a configuration, with these arguments besides.
    fn printed(config: &str, more: &[&str]) -> Result<String, String> {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("c.yaml"), config).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let store = Store::open("sqlite:a.db", folder.path()).await.unwrap();
            let at = |seq, day: &str| Record {
                seq,
                time: u64::try_from(day.parse::<Day>().unwrap().start_millis()).unwrap(),
                model: "m".into(),
                credits: 3_000,
                ..Record::default()
            };
            let records = [at(0, "2026-11-20"), at(1, "2026-11-21"), at(2, "2026-11-22")];
            let table = Table::open(store.clone()).unwrap();
            table.insert_records(&records).unwrap();
            store.close().await;
        });
        let path = folder.path().to_str().unwrap();
        let line = ["usage", "--config", path].into_iter().chain(more.iter().copied());
        let arguments = Line::try_parse_from(line).map_err(|error| error.to_string())?.usage;
        let mut out = Vec::new();
        report(&arguments, &mut out).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_table_is_aligned_and_ends_with_the_totals() {
        let rows = [row(None, 2, 3_000), row(Some("a\x1b[2J"), 10_000, -12_500_000)];
        assert_eq!(
            written(table, &rows),
            "user        requests  failed  input_tokens  output_tokens  cached_tokens  reasoning_tokens     credits\n\
             -                  2       1          1200             34              5                 6    0.003000\n\
             a\\u{1b}[2J     10000       1          1200             34              5                 6  -12.500000\n\
             total          10002       2          2400             68             10                12  -12.497000\n"
        );
    }

    #[test]
    fn csv_quotes_what_would_be_read_as_more_than_a_field() {
        let rows = [row(None, 1, 0), row(Some("a, \"b\"\nc"), 2, 1)];
        assert_eq!(
            written(csv, &rows),
            "user,requests,failed,input_tokens,output_tokens,cached_tokens,reasoning_tokens,credits\n\
             ,1,1,1200,34,5,6,0.000000\n\
             \"a, \"\"b\"\"\nc\",2,1,1200,34,5,6,0.000001\n"
        );
    }

    #[test]
    fn json_names_every_number() {
        let text = written(json, &[row(None, 1, 3_000)]);
        let expected = serde_json::json!([{
            "user": null, "requests": 1, "failed": 1, "input_tokens": 1200, "output_tokens": 34,
            "cached_tokens": 5, "reasoning_tokens": 6, "credits": 0.003,
        }]);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }

    #[test]
    fn both_days_of_a_range_count() {
        let arguments = [
            "--by",
            "day",
            "--from",
            "2026-11-20",
            "--to",
            "2026-11-21",
            "--format",
            "csv",
        ];
        let text = printed("storage: { url: \"sqlite:a.db\" }", &arguments).unwrap();
        let days: Vec<&str> = text.lines().skip(1).map(|line| &line[..12]).collect();
        assert_eq!(days, ["2026-11-20,1", "2026-11-21,1"]);
        let text = printed(
            "storage: { url: \"sqlite:a.db\" }",
            &["--by", "model", "--format", "csv"],
        );
        assert!(text.unwrap().ends_with("\nm,3,0,0,0,0,0,0.009000\n"));
    }

    #[test]
    fn what_cannot_be_reported_is_told() {
        let config = "storage: { url: none }";
        assert_eq!(
            printed(config, &["--by", "user"]).unwrap_err(),
            "storage.url is none, so nothing is kept that could be reported; name a database"
        );
        let backwards = ["--by", "user", "--from", "2026-11-21", "--to", "2026-11-20"];
        assert_eq!(
            printed(config, &backwards).unwrap_err(),
            "--from 2026-11-21 is after --to 2026-11-20"
        );
        let error = printed(config, &["--by", "user", "--from", "yesterday"]).unwrap_err();
        assert!(
            error.contains("`yesterday` is not a day; write it as 2026-11-21"),
            "{error}"
        );
    }
}
