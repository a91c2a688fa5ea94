//! Rows and sums by day as comma-separated values, in pieces: however many there are, little is in memory.

use std::fmt::Write;
use std::sync::Arc;

use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyPool, Row};

use super::Table;
use super::days::{COLUMN_SUMS, FAILED, KEYS, SUMS, UNSUMMED};
use super::filter::RequestFilter;
use super::read::{halves, sum};
use super::requests::{RequestRow, RequestsError};
use crate::clock::DAY_MILLIS;
use crate::ledger::calendar::Day;
use crate::ledger::spreadsheet;
use crate::store::StoreError;

/// How many requests are read at a time.
const PIECE: u32 = 500;

/// The columns of requests, which are the members of [`RequestRow`].
const COLUMNS: [&str; 30] = [
    "time",
    "request_id",
    "user",
    "key",
    "endpoint",
    "operation",
    "model",
    "provider",
    "upstream_model",
    "served_model",
    "status",
    "ended",
    "error_code",
    "class",
    "stream",
    "continued",
    "attempts_made",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "cache_write_tokens",
    "estimated",
    "micro_credits",
    "latency_ms",
    "first_content_ms",
    "plugin_us",
    "cache",
    "asked_model",
    "attempts",
];

/// What is exported.
#[derive(Debug, Clone)]
pub enum Exported {
    /// Single requests, latest first.
    Requests(Box<RequestFilter>),
    /// The sums of each day by user, key, operation, models, provider and status.
    Days {
        /// The start of the first day, in milliseconds since 1970.
        from: i64,
        /// The end of the last one.
        to: i64,
    },
}

/// An export under way.
#[derive(Debug)]
pub struct Export {
    table: Arc<Table>,
    /// What is left of it; `None` at the end.
    left: Option<Exported>,
    begun: bool,
}

// === impl Export ===

impl Export {
    /// Begins an export.
    #[must_use]
    pub fn new(table: Arc<Table>, exported: Exported) -> Self {
        Self {
            table,
            left: Some(exported),
            begun: false,
        }
    }

    /// The next lines, each with its line feed, the heading first; `None` at the end. If this is dropped, the same lines
    /// come again.
    ///
    /// # Errors
    /// As [`Table::requests`]. What came before is not the whole then.
    pub async fn next(&mut self) -> Result<Option<String>, RequestsError> {
        let Some(left) = self.left.clone() else {
            return Ok(None);
        };
        let (lines, heading, left) = match left {
            Exported::Requests(filter) => {
                let page = self.table.requests(&filter, PIECE).await?;
                let lines: String = page.rows.iter().map(line).collect();
                let after = |after| Exported::Requests(Box::new(RequestFilter { after, ..*filter }));
                (lines, COLUMNS.join(","), page.next.map(|next| after(Some(next))))
            }
            Exported::Days { from, to } => {
                let day = self.table.day_sums(from, to).await?;
                let next = day.as_ref().map(|(day, _)| Exported::Days {
                    from: day.next().start_millis(),
                    to,
                });
                let lines = day.map(|(_, lines)| lines).unwrap_or_default();
                (lines, heading_of_days(), next)
            }
        };
        self.left = left;
        if self.begun {
            return Ok(Some(lines));
        }
        self.begun = true;
        Ok(Some(format!("{heading}\n{lines}")))
    }
}

/// A request's line.
fn line(row: &RequestRow) -> String {
    let members = serde_json::to_value(row).unwrap_or_default();
    let cells = COLUMNS.map(|column| match &members[column] {
        Value::Null => String::new(),
        Value::String(text) => spreadsheet::text(text),
        Value::Array(attempts) if attempts.is_empty() => String::new(),
        other @ (Value::Array(_) | Value::Object(_)) => spreadsheet::text(&other.to_string()),
        number => number.to_string(),
    });
    cells.join(",") + "\n"
}

fn heading_of_days() -> String {
    let keys = KEYS.map(|key| key.trim_end_matches("_id"));
    [
        &["day"],
        &keys[..],
        &["status"],
        &SUMS[..SUMS.len() - 1],
        &["micro_credits"],
    ]
    .concat()
    .join(",")
}

// === impl Table ===

impl Table {
    /// The first day from `from` on and before `to` that has rows, and its lines.
    async fn day_sums(&self, from: i64, to: i64) -> Result<Option<(Day, String)>, StoreError> {
        let pool = self.store.pool().clone();
        let work = async move { Ok(day_sums(&pool, from, to).await?) };
        self.store.at_home(work).await
    }
}

async fn day_sums(pool: &AnyPool, from: i64, to: i64) -> sqlx::Result<Option<(Day, String)>> {
    let Some(day) = first_day(pool, from).await?.filter(|day| day.start_millis() < to) else {
        return Ok(None);
    };
    let text = sums_of_a_day();
    let start = day.start_millis();
    let query = sqlx::query(&text).bind(start).bind(day.next().start_millis());
    let rows = query.bind(start / DAY_MILLIS.cast_signed()).fetch_all(pool).await?;
    let mut lines = String::new();
    for row in &rows {
        write_line(&mut lines, day, row)?;
    }
    Ok(Some((day, lines)))
}

/// The first day from this moment on that has rows.
async fn first_day(pool: &AnyPool, from: i64) -> sqlx::Result<Option<Day>> {
    let text = format!(
        "SELECT (SELECT MIN(time) FROM ledger WHERE {UNSUMMED}), (SELECT MIN(day) FROM ledger_days WHERE day >= $2)"
    );
    let query = sqlx::query(&text).bind(from).bind(from / DAY_MILLIS.cast_signed());
    let row = query.fetch_one(pool).await?;
    let (time, day): (Option<i64>, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    let days = [time.map(Day::of_millis), day.map(Day::from_number)];
    Ok(days.into_iter().flatten().min())
}

/// The query for what was used on a day, of the rows that are not part of the sums, and of these.
fn sums_of_a_day() -> String {
    let rows = KEYS.map(|key| format!("COALESCE({key}, '') AS {key}")).join(", ");
    let (keys, summed) = (KEYS.join(", "), COLUMN_SUMS.join(", "));
    let sums: Vec<String> = COLUMN_SUMS.iter().map(|sum| halves(sum)).collect();
    format!(
        "SELECT {keys}, status, CAST(SUM(requests) AS BIGINT), CAST(SUM(failed) AS BIGINT), {} FROM (\
         SELECT {rows}, status, 1 AS requests, \
         {FAILED} AS failed, {summed} FROM ledger \
         WHERE {UNSUMMED} \
         AND time < $2 UNION ALL \
         SELECT {keys}, status, requests, failed, {summed} FROM ledger_days WHERE day = $3) AS kept \
         GROUP BY {keys}, status ORDER BY {keys}, status",
        sums.join(", ")
    )
}

fn write_line(lines: &mut String, day: Day, row: &AnyRow) -> sqlx::Result<()> {
    // Writing to a string cannot fail.
    let _ = write!(lines, "{day}");
    for place in 0..KEYS.len() {
        let key: String = row.try_get(place)?;
        let _ = write!(lines, ",{}", spreadsheet::text(&key));
    }
    for place in KEYS.len()..KEYS.len() + 3 {
        let number: i64 = row.try_get(place)?;
        let _ = write!(lines, ",{number}");
    }
    for place in 0..SUMS.len() - 2 {
        let _ = write!(lines, ",{}", sum(row, KEYS.len() + 3 + 2 * place)?);
    }
    lines.push('\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::schema_for;
    use tokio::task::block_in_place;

    use super::*;
    use crate::ledger::Record;
    use crate::store::tests::{Database, on_both};

    on_both!(every_row_is_exported_once, days_are_exported_whether_summed_up_or_not);

    fn record(seq: u64, time: u64) -> Record<'static> {
        Record {
            seq,
            time,
            request_id: format!("=r{seq}").into(),
            user_id: Some("ada, countess".into()),
            operation: "chat".into(),
            model: "m".into(),
            status: 200,
            input_tokens: Some(seq),
            credits: 2,
            ..Record::default()
        }
    }

    async fn exported(table: &Arc<Table>, exported: Exported) -> Vec<String> {
        let mut export = Export::new(Arc::clone(table), exported);
        let mut text = String::new();
        while let Some(piece) = export.next().await.unwrap() {
            text.push_str(&piece);
        }
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn each_member_of_a_request_is_a_column() {
        let schema = schema_for!(RequestRow);
        let members: BTreeSet<&str> = schema.as_value()["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(members, BTreeSet::from(COLUMNS));
    }

    async fn every_row_is_exported_once(database: Database) {
        let table = Arc::new(Table::open(database.open().await).unwrap());
        assert_eq!(
            exported(&table, Exported::Requests(Box::default())).await,
            [COLUMNS.join(",")]
        );
        let count = u64::from(PIECE) * 2 + 1;
        let records: Vec<Record<'_>> = (0..count).map(|seq| record(seq, seq / 3)).collect();
        block_in_place(|| table.insert_records(&records)).unwrap();
        let lines = exported(&table, Exported::Requests(Box::default())).await;
        assert_eq!(lines.len() as u64, 1 + count);
        let seen: BTreeSet<&String> = lines.iter().collect();
        assert_eq!(seen.len() as u64, 1 + count);
        assert_eq!(
            lines[1],
            "1970-01-01T00:00:00.333+00:00,'=r1000,\"ada, countess\",,,chat,m,,,,200,ok,,,false,false,0,1000,,,,,false,2,0,,,,,"
        );
    }

    async fn days_are_exported_whether_summed_up_or_not(database: Database) {
        let table = Arc::new(Table::open(database.open().await).unwrap());
        let day = DAY_MILLIS;
        let records = [
            record(1, day),
            record(2, day + 1),
            record(3, 400 * day),
            record(4, 900 * day),
        ];
        block_in_place(|| table.insert_records(&records)).unwrap();
        let days = Exported::Days {
            from: 0,
            to: 900 * day.cast_signed(),
        };
        let expected = [
            "day,user,key,operation,model,provider,upstream_model,served_model,status,requests,failed,input_tokens,\
             output_tokens,cached_tokens,reasoning_tokens,micro_credits",
            "1970-01-02,\"ada, countess\",,chat,m,,,,200,2,0,3,0,0,0,4",
            "1971-02-05,\"ada, countess\",,chat,m,,,,200,1,0,3,0,0,0,2",
        ];
        assert_eq!(exported(&table, days.clone()).await, expected);
        table.sum_up(300 * day.cast_signed()).await.unwrap();
        assert_eq!(exported(&table, days.clone()).await, expected);
        table.sum_up(999 * day.cast_signed()).await.unwrap();
        assert_eq!(exported(&table, days).await, expected);
    }
}
