//! Sums by day: what is exported in place of rows, and what stays of rows that are pruned. Reports read the
//! [`totals`](super::totals), which are kept beside them.
//!
//! Every row from before a moment, [`until`](super::summing), is in them. A row that comes late is added when it is
//! inserted.

use std::collections::BTreeMap;

use sqlx::AnyConnection;
use sqlx::query::Query;

use super::signed;
use crate::clock::DAY_MILLIS;
use crate::ledger::record::{Ended, Record};

/// What the rows of a sum have in common beside the day and the status: texts, empty where a row has none.
pub(super) const KEYS: [&str; 7] = [
    "user_id",
    "key_id",
    "operation",
    "model",
    "provider",
    "upstream_model",
    "served_model",
];

/// What is summed.
pub(super) const SUMS: [&str; 7] = [
    "requests",
    "failed",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "credits",
];

/// Those of the [`SUMS`] that are columns of the rows, too.
pub(super) const COLUMN_SUMS: &[&str] = SUMS.split_at(2).1;

/// 1 for a row that failed or broke off, else 0.
pub(super) const FAILED: &str = "CASE WHEN ended IN ('failed', 'broke_off') THEN 1 ELSE 0 END";

/// The condition for rows from `$1` on that are not part of the sums.
pub(super) const UNSUMMED: &str =
    "time >= (SELECT CASE WHEN until > $1 THEN until ELSE $1 END FROM ledger_summed WHERE id = 1)";

/// What the rows of a sum have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    /// Days since 1970, in UTC.
    pub(super) day: i64,
    /// In the order of [`KEYS`].
    pub(super) keys: [String; KEYS.len()],
    /// The status that was sent.
    pub(super) status: i64,
}

/// Values in the order of [`SUMS`].
pub(super) type Sums = [i64; SUMS.len()];

/// Sums to be added to those of the table. Sorted, so that all nodes lock rows in the same order.
#[derive(Debug, Default)]
pub(super) struct DaySums(pub(super) BTreeMap<Group, Sums>);

// === impl DaySums ===

impl DaySums {
    pub(super) fn add(&mut self, group: Group, added: Sums) {
        let sums = self.0.entry(group).or_default();
        for (sum, added) in sums.iter_mut().zip(added) {
            // A negative number can only come from a journal that somebody wrote to.
            *sum = sum.saturating_add(added.max(0));
        }
    }

    /// Adds a row that is new in the table.
    pub(super) fn add_record(&mut self, record: &Record<'_>) {
        let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().unwrap_or_default().to_owned();
        let known = |count: Option<u64>| signed(count.unwrap_or(0));
        let group = Group {
            day: signed(record.time) / DAY_MILLIS.cast_signed(),
            keys: [
                text(&record.user_id),
                text(&record.key_id),
                record.operation.to_string(),
                record.model.to_string(),
                text(&record.provider),
                text(&record.upstream_model),
                text(&record.served_model),
            ],
            status: record.status.into(),
        };
        let failed = matches!(record.ended, Ended::Failed | Ended::BrokeOff);
        let sums = [
            1,
            failed.into(),
            known(record.input_tokens),
            known(record.output_tokens),
            known(record.cached_tokens),
            known(record.reasoning_tokens),
            record.credits,
        ];
        self.add(group, sums);
    }

    /// Adds all of them to those of the table. Their totals are apart.
    pub(super) async fn save(self, connection: &mut AnyConnection) -> sqlx::Result<()> {
        let insertion = insertion();
        for (Group { day, keys, status }, sums) in self.0 {
            let query = keys.into_iter().fold(sqlx::query(&insertion).bind(day), Query::bind);
            let query = sums.into_iter().fold(query.bind(status), Query::bind);
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }
}

/// The statement that adds sums to those that are there: of a day, the [`KEYS`], a status and the [`SUMS`]. What would
/// overflow stays at the largest number.
pub(super) fn insertion() -> String {
    let count = 2 + KEYS.len() + SUMS.len();
    let values: Vec<String> = (1..=count).map(|number| format!("${number}")).collect();
    format!(
        "INSERT INTO ledger_days ({}) VALUES ({}) {}",
        columns(),
        values.join(", "),
        conflict()
    )
}

/// The statement that adds the sums of the rows from `$1` on and before `$2` to those that are there.
pub(super) fn gathering() -> String {
    let keys = KEYS.map(|key| format!("COALESCE({key}, '') AS {key}")).join(", ");
    let places: Vec<String> = (1..=KEYS.len() + 2).map(|place| place.to_string()).collect();
    format!(
        "INSERT INTO ledger_days ({}) SELECT day, {}, status, {} FROM (\
         SELECT {DAY} AS day, {keys}, status, {} FROM ledger WHERE time >= $1 AND time < $2 GROUP BY {}) AS gathered \
         WHERE 1 = 1 {}",
        columns(),
        KEYS.join(", "),
        SUMS.map(column).join(", "),
        gathered(),
        places.join(", "),
        conflict()
    )
}

fn columns() -> String {
    [&["day"], &KEYS[..], &["status"], &SUMS[..]].concat().join(", ")
}

fn conflict() -> String {
    format!(
        "ON CONFLICT (day, {}, status) DO UPDATE SET {}",
        KEYS.join(", "),
        added("ledger_days").join(", ")
    )
}

/// The day of a row.
pub(super) const DAY: &str = "time / 86400000";

/// What is gathered of rows for the [`SUMS`]: counts, and the upper and lower 32 bits of what may overflow as `NAME_upper` and
/// `NAME_lower`.
pub(super) fn gathered() -> String {
    let halves = COLUMN_SUMS.iter().map(|sum| {
        let positive = format!("CASE WHEN {sum} > 0 THEN {sum} ELSE 0 END");
        format!(
            "CAST(SUM(({positive}) / 4294967296) AS BIGINT) AS {sum}_upper, \
             CAST(SUM(({positive}) % 4294967296) AS BIGINT) AS {sum}_lower"
        )
    });
    let halves: Vec<String> = halves.collect();
    format!(
        "COUNT(*) AS requests, CAST(SUM({FAILED}) AS BIGINT) AS failed, {}",
        halves.join(", ")
    )
}

/// One of the [`SUMS`] of what was [`gathered`]; the largest number if it overflows.
pub(super) fn column(sum: &str) -> String {
    if !COLUMN_SUMS.contains(&sum) {
        return sum.to_owned();
    }
    format!(
        "CASE WHEN {sum}_upper + {sum}_lower / 4294967296 >= 2147483648 THEN {} \
         ELSE {sum}_upper * 4294967296 + {sum}_lower END",
        i64::MAX
    )
}

/// How each of the [`SUMS`] of a table becomes more where there is one. What would overflow stays at the largest number.
pub(super) fn added(table: &str) -> [String; SUMS.len()] {
    let most = i64::MAX;
    SUMS.map(|sum| {
        format!(
            "{sum} = CASE WHEN {table}.{sum} > {most} - excluded.{sum} THEN {most} \
             ELSE {table}.{sum} + excluded.{sum} END"
        )
    })
}
