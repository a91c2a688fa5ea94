//! `GET /admin/api/usage`: what the ledger records, added up.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::Uri;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::query::{fault, listed, parameters, parsed};
use super::accounts::{directory, of_store};
use crate::error::GatewayError;
use crate::request::Gateway;
use jackfield_accounting::credits::as_credits;
use jackfield_accounting::ledger::Day;
use jackfield_accounting::ledger::table::{UsageBy, UsageRow, usage_by_tag, usage_within};

/// How long a report may take. It may read many rows.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a report can be grouped by.
pub(in crate::edge) const GROUPS: [&str; 9] = [
    "model",
    "upstream_model",
    "served_model",
    "user",
    "key",
    "tag",
    "provider",
    "status",
    "day",
];

/// The sums of one group.
#[derive(Debug, JsonSchema, Serialize)]
struct Sums {
    /// The model, user, key, its tag, provider, status or day; `null` where a request has none.
    group: Option<String>,
    requests: u64,
    /// Those that failed or broke off, without those that the client ended.
    failed: u64,
    input_tokens: u64,
    output_tokens: u64,
    cached_tokens: u64,
    reasoning_tokens: u64,
    credits: f64,
}

/// A report on what was used.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct UsageReport {
    /// What it is grouped by.
    by: String,
    data: Vec<Sums>,
}

/// `GET /admin/api/usage`.
pub(super) async fn report(State(gateway): State<Arc<Gateway>>, uri: Uri) -> Result<Json<UsageReport>, GatewayError> {
    let asked = uri.query().unwrap_or_default();
    let named = parameters(asked)?.into_iter().rfind(|(name, _)| name == "by");
    let by = named.map_or_else(|| "model".to_owned(), |(_, by)| by);
    let (from, to) = days(asked)?;
    let by_tag = by == "tag";
    let grouping = if by_tag { UsageBy::Key } else { grouping(&by)? };
    let store = directory(&gateway)?.store();
    let rows = usage_within(store, grouping, (from, to), PATIENCE).await;
    let mut rows = rows.map_err(of_store)?;
    if by_tag {
        rows = usage_by_tag(&rows, &store.keys().await.map_err(of_store)?);
    }
    let data = rows.into_iter().map(Sums::from).collect();
    Ok(Json(UsageReport { by, data }))
}

/// The days that a query names: the start of the first, and the end of the last.
pub(super) fn days(asked: &str) -> Result<(i64, i64), GatewayError> {
    let (mut from, mut to) = (0, i64::MAX);
    for (name, value) in parameters(asked)? {
        match name.as_str() {
            "from" => from = day(&name, &value)?.start_millis(),
            "to" => to = day(&name, &value)?.next().start_millis(),
            _ => {}
        }
    }
    Ok((from, to))
}

fn grouping(by: &str) -> Result<UsageBy, GatewayError> {
    UsageBy::named(by).ok_or_else(|| fault("by", by, listed(&GROUPS, "or")))
}

fn day(name: &str, value: &str) -> Result<Day, GatewayError> {
    parsed(name, value, "a day in UTC such as 2026-11-21")
}

// === impl Sums ===

impl From<UsageRow> for Sums {
    fn from(row: UsageRow) -> Self {
        Self {
            group: row.group,
            requests: row.requests,
            failed: row.failed,
            input_tokens: row.input_tokens,
            output_tokens: row.output_tokens,
            cached_tokens: row.cached_tokens,
            reasoning_tokens: row.reasoning_tokens,
            credits: as_credits(row.credits),
        }
    }
}
