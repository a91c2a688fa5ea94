//! `jackfield usage`: reports what the ledger records, added up by model, upstream's model, user, key, tag, provider,
//! status or day.

mod format;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use clap::ValueEnum;
use jackfield_accounting::ledger::Day;
use jackfield_accounting::ledger::table::{Table, UsageBy, UsageRow, usage_by_tag};
use jackfield_accounting::store::{Key, Store};

use self::format::{Format, Report};
use super::database::{self, Absent, CommandError, ConfigArgument};

/// The arguments of `usage`. Days are in UTC.
#[derive(Debug, clap::Args)]
pub(crate) struct UsageArguments {
    /// What to group by.
    #[arg(long, value_enum, default_value_t = By::Model)]
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
    /// The key, by its ID. Tables and JSON have its name, too.
    Key,
    /// The tags of keys: a key with several counts under each.
    Tag,
    /// The provider.
    Provider,
    /// The status that was sent.
    Status,
    /// The day in UTC.
    Day,
}

/// Prints the report.
pub(super) fn run(arguments: &UsageArguments) -> ExitCode {
    database::run(&arguments.config, Absent::Refuse, async |_, store, out| {
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
    let mut rows = ledger.usage(arguments.by.column(), from, to).await?;
    // A key may count under several tags, but the total has it once.
    let total = total(&rows);
    if arguments.by == By::Tag {
        rows = usage_by_tag(&rows, &store.keys().await?);
    }
    let names = match arguments.by {
        By::Key => names(store.keys().await?),
        _ => BTreeMap::new(),
    };
    let report = Report {
        by: arguments.by.name(),
        rows: &rows,
        names: &names,
        total: &total,
    };
    Ok(arguments.format.write(&report, out)?)
}

/// What each key is for, by its ID.
fn names(keys: Vec<Key>) -> BTreeMap<String, String> {
    keys.into_iter().map(|key| (key.id, key.name)).collect()
}

fn total(rows: &[UsageRow]) -> UsageRow {
    rows.iter().fold(UsageRow::default(), |mut total, row| {
        total.add(row);
        total
    })
}

// === impl By ===

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            _ => self.column().name(),
        }
    }

    fn column(self) -> UsageBy {
        match self {
            Self::Model => UsageBy::Model,
            Self::UpstreamModel => UsageBy::UpstreamModel,
            Self::ServedModel => UsageBy::ServedModel,
            Self::User => UsageBy::User,
            // Tags are the keys', who may have been given them since.
            Self::Key | Self::Tag => UsageBy::Key,
            Self::Provider => UsageBy::Provider,
            Self::Status => UsageBy::Status,
            Self::Day => UsageBy::Day,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;
    use jackfield_accounting::callers::{Order, issue};
    use jackfield_accounting::ledger::Record;
    use jackfield_accounting::store::KeyTerms;
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

    /// What `usage` prints with these arguments of three days.
    fn printed(words: &[&str]) -> Result<String, String> {
        printed_of(words, async |store| record_three_days(store))
    }

    /// What `usage` prints with these arguments of what is recorded first.
    fn printed_of(words: &[&str], record: impl AsyncFnOnce(&Store)) -> Result<String, String> {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("c.yaml"), "storage: { url: \"sqlite:a.db\" }").unwrap();
        let line = [&["usage", "--config", folder.path().to_str().unwrap()], words].concat();
        let arguments = Line::try_parse_from(line).map_err(|error| error.to_string())?.usage;
        let (mut out, environment) = (Vec::new(), BTreeMap::new());
        let work = async |_: &Config, store: &Store, out: &mut dyn Write| {
            record(store).await;
            report(&arguments, store, out).await
        };
        database::open((folder.path(), Absent::Create), &environment, work, &mut out)
            .map_err(|error| error.to_string())?;
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
    fn without_a_range_every_day_counts_and_without_a_grouping_it_is_by_model() {
        let text = printed(&["--format", "csv"]).unwrap();
        assert!(text.ends_with("\nm,3,0,0,0,0,0,0.009000\n"), "{text}");
    }

    /// Records a request of a key with two tags, one of a key with none, and one without a key.
    async fn record_of_keys(store: &Store) {
        store.add_user("ada", "free", 0, 0).await.unwrap();
        let mut keys = vec![None];
        for tags in [&["night", "team"][..], &[]] {
            let terms = KeyTerms {
                tags: tags.iter().map(ToString::to_string).collect(),
                ..KeyTerms::default()
            };
            let (user, name) = ("ada", "ci");
            let issued = issue(store, Order { user, name, terms }, None, 0).await.unwrap();
            keys.push(Some(issued.key.id));
        }
        let of = |(seq, key): (u64, Option<String>)| Record {
            seq,
            time: 5,
            key_id: key.map(Into::into),
            user_id: Some("ada".into()),
            model: "m".into(),
            provider: Some("p".into()),
            status: 200,
            credits: 1_000,
            ..Record::default()
        };
        let records: Vec<Record<'_>> = (0..).zip(keys).map(of).collect();
        let table = Table::open(store.clone()).unwrap();
        table.insert_records(&records).unwrap();
    }

    #[test]
    fn each_grouping_adds_up_the_same_requests_and_a_tag_those_of_its_keys() {
        for (by, groups) in [
            ("model", &["m 3"][..]),
            ("upstream-model", &["- 3"]),
            ("served-model", &["- 3"]),
            ("user", &["ada 3"]),
            ("provider", &["p 3"]),
            ("status", &["200 3"]),
            ("day", &["1970-01-01 3"]),
            ("tag", &["- 2", "night 1", "team 1"]),
        ] {
            let text = printed_of(&["--by", by], async |store| record_of_keys(store).await).unwrap();
            let lines: Vec<Vec<&str>> = text
                .lines()
                .skip(1)
                .map(|line| line.split_whitespace().collect())
                .collect();
            let told: Vec<String> = lines.iter().map(|cells| cells[..2].join(" ")).collect();
            assert_eq!(told, [groups, &["total 3"]].concat(), "{by}");
        }
        let text = printed_of(&["--by", "key"], async |store| record_of_keys(store).await).unwrap();
        assert_eq!(text.lines().count(), 5, "{text}");
        assert_eq!(text.matches(" (ci) ").count(), 2, "{text}");
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
