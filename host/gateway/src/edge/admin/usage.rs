//! `GET /admin/api/usage`: what the ledger records, added up.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::Uri;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::query::parameters;
use super::accounts::{directory, of_store};
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use jackfield_accounting::credits::as_credits;
use jackfield_accounting::ledger::Day;
use jackfield_accounting::ledger::table::{UsageBy, UsageRow, usage_within};
use jackfield_accounting::store::Key;

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
#[derive(Debug, Default, JsonSchema, Serialize)]
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
    let mut data = rows.map_err(of_store)?.into_iter().map(Sums::from).collect();
    if by_tag {
        data = by_tags(data, &store.keys().await.map_err(of_store)?);
    }
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

/// What the keys with each tag have used; a key with several tags counts under each, and one without under none.
fn by_tags(by_key: Vec<Sums>, keys: &[Key]) -> Vec<Sums> {
    let tags: HashMap<&str, &[String]> = keys
        .iter()
        .map(|key| (key.id.as_str(), key.terms.tags.as_slice()))
        .collect();
    let mut sums: BTreeMap<Option<String>, Sums> = BTreeMap::new();
    for row in by_key {
        let tags = row
            .group
            .as_deref()
            .and_then(|key| tags.get(key))
            .copied()
            .unwrap_or_default();
        let groups = tags.iter().cloned().map(Some);
        let none = tags.is_empty().then_some(None);
        for group in groups.chain(none) {
            let sum = sums.entry(group.clone()).or_default();
            sum.group = group;
            sum.add(&row);
        }
    }
    sums.into_values().collect()
}

fn grouping(by: &str) -> Result<UsageBy, GatewayError> {
    Ok(match by {
        "model" => UsageBy::Model,
        "upstream_model" => UsageBy::UpstreamModel,
        "served_model" => UsageBy::ServedModel,
        "user" => UsageBy::User,
        "key" => UsageBy::Key,
        "provider" => UsageBy::Provider,
        "status" => UsageBy::Status,
        "day" => UsageBy::Day,
        _ => {
            let message = format!("by: must be one of {}", GROUPS.join(", "));
            return Err(GatewayError::new(ErrorKind::InvalidRequest, message));
        }
    })
}

fn day(name: &str, value: &str) -> Result<Day, GatewayError> {
    value.parse().map_err(|_| {
        let message = format!("{name}: must be a day in UTC, such as 2026-11-21");
        GatewayError::new(ErrorKind::InvalidRequest, message)
    })
}

// === impl Sums ===

impl Sums {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.failed += other.failed;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.cached_tokens += other.cached_tokens;
        self.reasoning_tokens += other.reasoning_tokens;
        self.credits += other.credits;
    }
}

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
