//! The list of single requests, latest first, in pages.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{AnyPool, Row};
use tokio::time::timeout;

use super::Table;
use super::filter::{Conditions, Cursor, RequestFilter};
use super::windows::{self, Window};
use crate::ledger::calendar::utc;
use crate::ledger::tries::Try;
use crate::store::StoreError;

/// How long a list may take, with the wait for others.
const LISTED_WITHIN: Duration = Duration::from_secs(5);

/// What is selected of a row.
const SELECTED: &str = "time, node, seq, request_id, user_id, key_id, endpoint, operation, model, provider, \
    upstream_model, served_model, status, ended, error_code, class, stream, continued, attempts, tries, input_tokens, \
    output_tokens, cached_tokens, reasoning_tokens, cache_write_tokens, estimated, credits, latency_ms, \
    first_content_ms, plugin_us, cache, asked_model";

/// One request of the ledger, as operators see it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RequestRow {
    /// When it arrived, in UTC (ISO 8601).
    pub time: String,
    /// The id that the client received in `x-request-id`.
    pub request_id: String,
    /// The user's id; null for anonymous callers.
    pub user: Option<String>,
    /// The id of the user's key in the database; null without one.
    pub key: Option<String>,
    /// The path of the endpoint; null in rows of earlier releases.
    pub endpoint: Option<String>,
    /// `chat`, `embeddings` and the like.
    pub operation: String,
    /// The model that served, usually the one that the client asked for.
    pub model: String,
    /// The model that the client asked for, if another served because the budget of its key was spent.
    pub asked_model: Option<String>,
    /// The provider that answered, or that failed last; null if none was asked.
    pub provider: Option<String>,
    /// That provider's name for the model.
    pub upstream_model: Option<String>,
    /// The model that the reply names.
    pub served_model: Option<String>,
    /// The status that was sent; 499 if the client hung up before there was one.
    pub status: u16,
    /// `ok`, `hung_up`, `broke_off`, `killed`, `refused` or `failed`.
    pub ended: String,
    /// The code of the error that the client got.
    pub error_code: Option<String>,
    /// The class of the failure that decided the request.
    pub class: Option<String>,
    /// Whether the answer was streamed.
    pub stream: bool,
    /// Whether the stream broke off and another target went on with it.
    pub continued: bool,
    /// How the response cache was used: `hit`, `coalesced`, `miss` or `refresh`; null if it was not.
    pub cache: Option<String>,
    /// How many attempts were made.
    pub attempts_made: u64,
    /// The attempts in order, the last 32 of them; empty in rows of earlier releases.
    pub attempts: Vec<Try<'static>>,
    /// Tokens of the prompt, including cached ones; null if unknown.
    pub input_tokens: Option<u64>,
    /// Tokens of the answer, including reasoning; null if unknown.
    pub output_tokens: Option<u64>,
    /// Tokens of the prompt that the upstream read from its cache.
    pub cached_tokens: Option<u64>,
    /// Tokens of the answer that were spent on reasoning.
    pub reasoning_tokens: Option<u64>,
    /// Tokens of the prompt that the upstream wrote to its cache.
    pub cache_write_tokens: Option<u64>,
    /// Whether tokens were estimated because the upstream did not report them.
    pub estimated: bool,
    /// The charge, in micro-credits.
    pub micro_credits: i64,
    /// Time from the arrival to the last byte of the answer, in milliseconds.
    pub latency_ms: u64,
    /// Time from the arrival to the first content, in milliseconds; null if there was none.
    pub first_content_ms: Option<u64>,
    /// How long adapters worked on it, in microseconds; null if none did.
    pub plugin_us: Option<u64>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestPage {
    /// The requests, latest first.
    pub rows: Vec<RequestRow>,
    /// Where the next page begins; `None` if this is the last one.
    pub next: Option<Cursor>,
}

/// Why there is no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestsError {
    /// Too many rows have to be read to find those that are wanted, by this list or by another one.
    #[error("the list takes longer than {LISTED_WITHIN:?}")]
    Slow,
    /// The database cannot answer.
    #[error("{0}")]
    Store(#[from] StoreError),
}

// === impl Table ===

impl Table {
    /// The latest `limit` requests that are as `filter` says. One list is made at a time, and one that takes too long is
    /// finished without its caller.
    ///
    /// # Errors
    /// `Slow` after 5 s, and `Unavailable`.
    pub async fn requests(&self, filter: &RequestFilter, limit: u32) -> Result<RequestPage, RequestsError> {
        let (pool, lists) = (self.store.pool().clone(), self.lists.clone());
        let (filter, wanted) = (filter.clone(), limit as usize + 1);
        // A statement of SQLite runs to its end even if nobody waits for it. So must its place, or the connections that
        // callers are looked up with would be taken one after the other.
        let reading = self.store.home().spawn(async move {
            let _place = lists.acquire_owned().await;
            let mut rows = Vec::new();
            let filter = with_user(filter, &pool).await?;
            for window in windows::of(&filter, &pool).await? {
                if rows.len() < wanted {
                    rows.extend(window_rows(&filter, window, wanted - rows.len(), &pool).await?);
                }
            }
            Ok::<_, sqlx::Error>(rows)
        });
        let rows = timeout(LISTED_WITHIN, reading).await.map_err(|_| RequestsError::Slow)?;
        let gone = |_| StoreError::Unavailable("its runtime is shutting down".to_owned());
        let rows = rows.map_err(gone)?.map_err(StoreError::from)?;
        Ok(page(&rows, limit as usize).map_err(StoreError::from)?)
    }
}

/// The same requests by an index: those of a key are its user's.
async fn with_user(filter: RequestFilter, pool: &AnyPool) -> sqlx::Result<RequestFilter> {
    let Some(key) = filter.key.as_deref().filter(|_| filter.user.is_none()) else {
        return Ok(filter);
    };
    let sql = "SELECT user_id FROM keys WHERE id = $1";
    let user = sqlx::query(sql).bind(key).fetch_optional(pool).await?;
    let user = user.map(|row| row.try_get(0)).transpose()?;
    Ok(RequestFilter { user, ..filter })
}

/// The latest rows of a stretch of time.
async fn window_rows(filter: &RequestFilter, window: Window, most: usize, pool: &AnyPool) -> sqlx::Result<Vec<AnyRow>> {
    let (text, conditions) = listing(&window.narrowed(filter), most);
    conditions.bound(&text).fetch_all(pool).await
}

/// The query of a list, and its values.
pub(super) fn listing(filter: &RequestFilter, most: usize) -> (String, Conditions) {
    let conditions = filter.conditions();
    let text = format!(
        "SELECT {SELECTED} FROM ledger{} ORDER BY time DESC, node DESC, seq DESC LIMIT {most}",
        conditions.text
    );
    (text, conditions)
}

/// The page of these rows, of which one more than `limit` was read.
fn page(rows: &[AnyRow], limit: usize) -> sqlx::Result<RequestPage> {
    let shown = &rows[..rows.len().min(limit)];
    let more = rows.len() > limit;
    let last = shown.last().filter(|_| more).map(cursor).transpose()?;
    Ok(RequestPage {
        rows: shown.iter().map(request).collect::<sqlx::Result<_>>()?,
        next: last,
    })
}

fn cursor(row: &AnyRow) -> sqlx::Result<Cursor> {
    Ok(Cursor {
        time: row.try_get("time")?,
        node: row.try_get("node")?,
        seq: row.try_get("seq")?,
    })
}

fn request(row: &AnyRow) -> sqlx::Result<RequestRow> {
    let text = |name| row.try_get::<String, _>(name);
    let some_text = |name| row.try_get::<Option<String>, _>(name);
    let number = |name| row.try_get::<i64, _>(name);
    let count = |name| number(name).map(positive);
    let known = |name| {
        let number: sqlx::Result<Option<i64>> = row.try_get(name);
        number.map(|number| number.map(positive))
    };
    let tries = some_text("tries")?;
    Ok(RequestRow {
        time: utc(number("time")?),
        request_id: text("request_id")?,
        user: some_text("user_id")?,
        key: some_text("key_id")?,
        endpoint: some_text("endpoint")?,
        operation: text("operation")?,
        model: text("model")?,
        asked_model: some_text("asked_model")?,
        provider: some_text("provider")?,
        upstream_model: some_text("upstream_model")?,
        served_model: some_text("served_model")?,
        status: u16::try_from(number("status")?).unwrap_or(0),
        ended: text("ended")?,
        error_code: some_text("error_code")?,
        class: some_text("class")?,
        stream: number("stream")? != 0,
        continued: known("continued")?.is_some_and(|flag| flag != 0),
        cache: some_text("cache")?,
        attempts_made: count("attempts")?,
        attempts: tries.as_deref().map(owned).unwrap_or_default(),
        input_tokens: known("input_tokens")?,
        output_tokens: known("output_tokens")?,
        cached_tokens: known("cached_tokens")?,
        reasoning_tokens: known("reasoning_tokens")?,
        cache_write_tokens: known("cache_write_tokens")?,
        estimated: number("estimated")? != 0,
        micro_credits: number("credits")?,
        latency_ms: count("latency_ms")?,
        first_content_ms: known("first_content_ms")?,
        plugin_us: known("plugin_us")?,
    })
}

fn positive(number: i64) -> u64 {
    number.max(0).cast_unsigned()
}

/// The attempts of a text that does not live as long as they do.
fn owned(text: &str) -> Vec<Try<'static>> {
    let owned = |told: Try<'_>| Try {
        provider: told.provider.into_owned().into(),
        model: told.model.into_owned().into(),
        class: told.class.map(|class| class.into_owned().into()),
        ..told
    };
    Try::read(text).into_iter().map(owned).collect()
}
