//! `jackfield export`: writes the ledger out as comma-separated values, single requests or sums by day.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use clap::ValueEnum;
use jackfield_accounting::ledger::Day;
use jackfield_accounting::ledger::table::{Export, Exported, RequestFilter, Statuses, Table};
use jackfield_accounting::store::Store;

use super::database::{self, Absent, CommandError, ConfigArgument};

/// The arguments of `export`. Days are in UTC.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArguments {
    /// What to write.
    #[arg(value_enum)]
    what: What,
    /// First day in UTC, such as 2026-11-21. Default: the first in the ledger.
    #[arg(long, value_name = "DATE")]
    from: Option<Day>,
    /// Last day in UTC, inclusive. Default: today.
    #[arg(long, value_name = "DATE")]
    to: Option<Day>,
    #[command(flatten)]
    only: Only,
    #[command(flatten)]
    config: ConfigArgument,
}

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Single requests, latest first.
    Requests,
    /// The sums of each day by user, key, operation, models, provider and status.
    Days,
}

/// Which requests to write.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Only requests")]
struct Only {
    /// Of this user.
    #[arg(long)]
    user: Option<String>,
    /// With this key, by its ID.
    #[arg(long)]
    key: Option<String>,
    /// For this model.
    #[arg(long)]
    model: Option<String>,
    /// That this provider answered, or failed last.
    #[arg(long)]
    provider: Option<String>,
    /// With this status, such as 502 or 5xx.
    #[arg(long, value_parser = statuses)]
    status: Option<Statuses>,
    /// That failed or broke off.
    #[arg(long)]
    failed: bool,
}

/// Writes to stdout. Exits with 78 if the configuration is at fault, and with 1 if anything else is.
pub(super) fn run(arguments: &ExportArguments) -> ExitCode {
    database::run(&arguments.config, Absent::Refuse, async |_, store, out| {
        export(arguments, store, out).await
    })
}

async fn export(arguments: &ExportArguments, store: &Store, out: &mut dyn Write) -> Result<(), CommandError> {
    let exported = exported(arguments)?;
    let table = Arc::new(Table::open(store.clone())?);
    let mut export = Export::new(table, exported);
    while let Some(lines) = export.next().await? {
        out.write_all(lines.as_bytes())?;
    }
    Ok(())
}

fn exported(arguments: &ExportArguments) -> Result<Exported, CommandError> {
    let ExportArguments {
        what, from, to, only, ..
    } = arguments;
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(CommandError::Backwards(*from, *to));
    }
    let (since, until) = (from.map(Day::start_millis), to.map(|day| day.next().start_millis()));
    let filter = RequestFilter {
        since,
        until,
        user: only.user.clone(),
        key: only.key.clone(),
        model: only.model.clone(),
        provider: only.provider.clone(),
        status: only.status,
        failed: only.failed.then_some(true),
        ..RequestFilter::default()
    };
    let all = RequestFilter {
        since,
        until,
        ..RequestFilter::default()
    };
    match what {
        What::Requests => Ok(Exported::Requests(Box::new(filter))),
        What::Days if filter == all => Ok(Exported::Days {
            from: since.unwrap_or(0),
            to: until.unwrap_or(i64::MAX),
        }),
        What::Days => Err(CommandError::WholeDays),
    }
}

fn statuses(text: &str) -> Result<Statuses, &'static str> {
    let remedy = "write a status such as 502, or 5xx for all that begin with 5";
    text.parse().map_err(|_| remedy)
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

    /// The command line of `export` alone.
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        export: ExportArguments,
    }

    /// What `export` prints with these arguments, of one request on each of three days.
    fn printed(words: &[&str]) -> Result<String, String> {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("c.yaml"), "storage: { url: \"sqlite:a.db\" }").unwrap();
        let line = [words, &["--config", folder.path().to_str().unwrap()]].concat();
        let arguments = Line::try_parse_from(["export"].iter().chain(&line))
            .map_err(|error| error.to_string())?
            .export;
        let at = |seq, day: &str| Record {
            seq,
            time: u64::try_from(day.parse::<Day>().unwrap().start_millis()).unwrap(),
            request_id: format!("r{seq}").into(),
            user_id: Some(format!("u{seq}").into()),
            model: "m".into(),
            status: 200,
            ..Record::default()
        };
        let records = [at(0, "2026-11-20"), at(1, "2026-11-21"), at(2, "2026-11-22")];
        let (mut out, environment) = (Vec::new(), BTreeMap::new());
        let work = async |_: &Config, store: &Store, out: &mut dyn Write| {
            Table::open(store.clone())?.insert_records(&records)?;
            export(&arguments, store, out).await
        };
        database::open((folder.path(), Absent::Create), &environment, work, &mut out)
            .map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn ids(words: &[&str]) -> Vec<String> {
        let text = printed(words).unwrap();
        let lines = text.lines().skip(1);
        lines.map(|line| line.split(',').nth(1).unwrap().to_owned()).collect()
    }

    #[test]
    fn requests_are_those_of_the_days_and_the_filters() {
        assert_eq!(ids(&["requests"]), ["r2", "r1", "r0"]);
        assert_eq!(
            ids(&["requests", "--from", "2026-11-20", "--to", "2026-11-21"]),
            ["r1", "r0"]
        );
        assert_eq!(ids(&["requests", "--user", "u1", "--status", "2xx"]), ["r1"]);
        assert_eq!(ids(&["requests", "--failed"]), [""; 0]);
    }

    #[test]
    fn what_is_no_status_is_refused_with_an_example() {
        let error = printed(&["requests", "--status", "foo"]).unwrap_err();
        assert!(error.contains("write a status such as 502, or 5xx"), "{error}");
    }

    #[test]
    fn days_are_whole() {
        assert_eq!(ids(&["days", "--to", "2026-11-21"]), ["u0", "u1"]);
        let error = printed(&["days", "--user", "u1"]).unwrap_err();
        assert_eq!(
            error,
            "days are exported whole; leave out everything but --from and --to"
        );
    }
}
