//! The totals of a day by model, user, key and so on: what reports read.
//!
//! The sums of [`days`](super::days) are of each combination of these, of which many users make nearly as many as there are
//! rows. What is kept here grows with days, users and models only.
//!
//! A total also knows in which half hours of its day there are rows: what lists read in place of the whole day.

use std::collections::BTreeMap;

use sqlx::AnyConnection;
use sqlx::query::Query;

use super::days::{DaySums, SUMS, Sums, added, column};
use super::usage_by::UsageBy;

/// The half hours of a total of which it is not known which have rows: all of them.
pub(super) const ANY_TIME: i64 = -1;

/// The half hours of the rows that are added up, a bit for each of the day's. A time before 1970 is nobody's.
const HALF_HOURS: &str = "CASE WHEN MIN(time) < 0 THEN -1 ELSE CAST(SUM(DISTINCT CASE WHEN time >= 0 THEN \
    CAST(1 AS BIGINT) << CAST(time % 86400000 / 1800000 AS INTEGER) END) AS BIGINT) END";

/// What has a total: a dimension, a name in it, and a day.
type Total = (&'static str, String, i64);

/// The half hours in which rows have a name of this, as an expression over their columns. Only of what lists ask for.
const fn half_hours(by: UsageBy) -> &'static str {
    match by {
        UsageBy::Model | UsageBy::Key | UsageBy::Provider | UsageBy::Status => HALF_HOURS,
        UsageBy::UpstreamModel | UsageBy::ServedModel | UsageBy::User | UsageBy::Day => "-1",
    }
}

/// The totals of these sums. Sorted, so that all nodes lock rows in the same order.
pub(super) fn of(sums: &DaySums) -> BTreeMap<Total, Sums> {
    let mut totals: BTreeMap<Total, Sums> = BTreeMap::new();
    for (group, added) in &sums.0 {
        for by in UsageBy::TOTALLED {
            let total = (by.name(), by.of_group(group), group.day);
            let sums = totals.entry(total).or_default();
            for (sum, added) in sums.iter_mut().zip(added) {
                *sum = sum.saturating_add(*added);
            }
        }
    }
    totals
}

/// Adds the totals of these sums to those of the table.
pub(super) async fn save(sums: &DaySums, connection: &mut AnyConnection) -> sqlx::Result<()> {
    let insertion = insertion();
    for ((dimension, name, day), sums) in of(sums) {
        let query = sqlx::query(&insertion).bind(dimension).bind(name).bind(day);
        let query = sums.into_iter().fold(query, Query::bind);
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// The statement that adds a total to the one that is there: of a dimension, a name, a day, and the [`SUMS`]. Its rows may
/// be of [`ANY_TIME`].
pub(super) fn insertion() -> String {
    let values: Vec<String> = (1..=3 + SUMS.len()).map(|number| format!("${number}")).collect();
    format!(
        "INSERT INTO ledger_totals ({}) VALUES ({}, {ANY_TIME}) {}",
        columns(),
        values.join(", "),
        conflict()
    )
}

/// The statement that adds the totals of the rows from `$1` on and before `$2` to those that are there.
pub(super) fn gathering() -> String {
    let sums = SUMS.map(column).join(", ");
    let each = UsageBy::TOTALLED.map(|by| {
        format!(
            "SELECT '{}' AS dimension, COALESCE({}, '') AS name, {} AS day, {}, {} AS half_hours FROM ledger \
             WHERE time >= $1 AND time < $2 GROUP BY 2, 3",
            by.name(),
            by.of_row(),
            super::days::DAY,
            super::days::gathered(),
            half_hours(by),
        )
    });
    format!(
        "INSERT INTO ledger_totals ({}) SELECT dimension, name, day, {sums}, half_hours FROM ({}) AS gathered WHERE 1 = 1 {}",
        columns(),
        each.join(" UNION ALL "),
        conflict()
    )
}

fn columns() -> String {
    format!("dimension, name, day, {}, half_hours", SUMS.join(", "))
}

fn conflict() -> String {
    format!(
        "ON CONFLICT (dimension, name, day) DO UPDATE SET {}, half_hours = ledger_totals.half_hours | excluded.half_hours",
        added("ledger_totals").join(", ")
    )
}
