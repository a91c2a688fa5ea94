//! `jackfield usage`: reports what the ledger records, added up by model, upstream's model, user, key, provider,
//! status or day.

mod format;

use std::io::Write;
use std::process::ExitCode;

use clap::ValueEnum;
use jackfield_accounting::ledger::Day;
use jackfield_accounting::ledger::table::{Table, UsageBy};
use jackfield_accounting::store::Store;

use self::format::Format;
use super::database::{self, CommandError, ConfigArgument};

/// The arguments of `usage`. Days are in UTC.
#[derive(Debug, clap::Args)]
pub(crate) struct UsageArguments {
    /// What to group by.
    #[arg(long, value_enum)]
    by: By,
    /// First day in UTC, such as 2026-11-21. Default: the first in the ledger.
    #[arg(long, value_name = "DATE")]
    from: Option<Day>,
    /// Last day in UTC, inclusive. Default: today.
    #[arg(long, value_name = "DATE")]
    to: Option<Day>,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    config: ConfigArgument,
}

/// What to group by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The model that was requested.
    Model,
    /// The provider's name for the model.
    UpstreamModel,
    /// The model that the reply named, or else the provider's name for it.
    ServedModel,
    /// The user.
    User,
    /// The key, by its ID.
    Key,
    /// The provider.
    Provider,
    /// The status that was sent.
    Status,
    /// The day in UTC.
    Day,
}

/// Prints the report.
pub(super) fn run(arguments: &UsageArguments) -> ExitCode {
    database::run(&arguments.config, async |_, store, out| {
        report(arguments, store, out).await
    })
}

async fn report(arguments: &UsageArguments, store: &Store, out: &mut dyn Write) -> Result<(), CommandError> {
    if let (Some(from), Some(to)) = (arguments.from, arguments.to)
        && from > to
    {
        return Err(CommandError::Backwards(from, to));
    }
    let from = arguments.from.map_or(0, Day::start_millis);
    let to = arguments.to.map_or(i64::MAX, |day| day.next().start_millis());
    let ledger = Table::open(store.clone())?;
    let rows = ledger.usage(arguments.by.column(), from, to).await?;
    Ok(arguments.format.write(arguments.by.name(), &rows, out)?)
}

// === impl By ===

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::UpstreamModel => "upstream_model",
            Self::ServedModel => "served_model",
            Self::User => "user",
            Self::Key => "key",
            Self::Provider => "provider",
            Self::Status => "status",
            Self::Day => "day",
        }
    }

    fn column(self) -> UsageBy {
        match self {
            Self::Model => UsageBy::Model,
            Self::UpstreamModel => UsageBy::UpstreamModel,
            Self::ServedModel => UsageBy::ServedModel,
            Self::User => UsageBy::User,
            Self::Key => UsageBy::Key,
            Self::Provider => UsageBy::Provider,
            Self::Status => UsageBy::Status,
            Self::Day => UsageBy::Day,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use clap::Parser;
    use jackfield_accounting::ledger::Record;
    use jackfield_config::Config;
    use tempfile::TempDir;

    use super::*;

    /// The command line of `usage` alone.
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        usage: UsageArguments,
    }

    /// Records one request of 3,000 micro-credits on each of three days.
    fn record_three_days(store: &Store) {
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
    }

    /// What `usage` prints with these arguments.
    fn printed(words: &[&str]) -> Result<String, String> {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("c.yaml"), "storage: { url: \"sqlite:a.db\" }").unwrap();
        let line = [&["usage", "--config", folder.path().to_str().unwrap()], words].concat();
        let arguments = Line::try_parse_from(line).map_err(|error| error.to_string())?.usage;
        let (mut out, environment) = (Vec::new(), BTreeMap::new());
        let work = async |_: &Config, store: &Store, out: &mut dyn Write| {
            record_three_days(store);
            report(&arguments, store, out).await
        };
        database::open(folder.path(), &environment, work, &mut out).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn both_days_of_a_range_count() {
        let range = ["--from", "2026-11-20", "--to", "2026-11-21"];
        let text = printed(&[&["--by", "day", "--format", "csv"], &range[..]].concat()).unwrap();
        let days: Vec<&str> = text.lines().skip(1).map(|line| &line[..12]).collect();
        assert_eq!(days, ["2026-11-20,1", "2026-11-21,1"]);
    }

    #[test]
    fn without_a_range_every_day_counts() {
        let text = printed(&["--by", "model", "--format", "csv"]).unwrap();
        assert!(text.ends_with("\nm,3,0,0,0,0,0,0.009000\n"), "{text}");
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_refused() {
        let backwards = ["--by", "user", "--from", "2026-11-21", "--to", "2026-11-20"];
        let expected = "--from 2026-11-21 is after --to 2026-11-20";
        assert_eq!(printed(&backwards).unwrap_err(), expected);
    }

    #[test]
    fn what_is_not_a_day_is_refused_with_an_example() {
        let error = printed(&["--by", "user", "--from", "yesterday"]).unwrap_err();
        let expected = "`yesterday` is not a day; write it as 2026-11-21";
        assert!(error.contains(expected), "{error}");
    }
}
