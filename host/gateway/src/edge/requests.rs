//! `GET /admin/api/requests`, and `/admin/requests`: single requests of the ledger with their attempts, latest first.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::entered::Entered;
use super::operators::{self, AdminAccess};
use super::query::{self, MAX_VALUE, fault, parsed};
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use jackfield_accounting::ledger::moment;
use jackfield_accounting::ledger::table::{RequestFilter, RequestRow, RequestsError, Table};

/// How many requests a page has if the operator does not say.
const USUAL: u32 = 50;

/// The most that it may have.
const MOST: u32 = 500;

/// The parameters.
const KNOWN: [&str; 13] = [
    "since",
    "until",
    "user",
    "key",
    "model",
    "provider",
    "status",
    "error_code",
    "class",
    "request_id",
    "failed",
    "limit",
    "cursor",
];

/// A page of requests.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Page {
    /// The requests, latest first.
    requests: Vec<RequestRow>,
    /// The `cursor` of the next page; null if this is the last one.
    next: Option<String>,
}

/// The endpoint. Requires what `/admin/snapshot` requires.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    Extension(access): Extension<AdminAccess>,
    RawQuery(asked): RawQuery,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    operators::authorize(&entered.snapshot.config, access, &headers)?;
    let (filter, limit) = wanted(&asked.unwrap_or_default())?;
    let table = ledger(&gateway)?;
    let page = table.requests(&filter, limit).await.map_err(|error| match error {
        RequestsError::Slow => {
            let message = "The list takes too long; ask for less time, with since and until.";
            GatewayError::new(ErrorKind::Overloaded, message)
        }
        RequestsError::Store(error) => {
            GatewayError::new(ErrorKind::Overloaded, "The database is not available.").because(error)
        }
    })?;
    let next = page.next.map(|cursor| cursor.to_string());
    let requests = page.rows;
    Ok(Json(Page { requests, next }).into_response())
}

/// The ledger's table.
///
/// # Errors
/// `NOT_FOUND` without a database.
pub(super) fn ledger(gateway: &Gateway) -> Result<&Arc<Table>, GatewayError> {
    gateway.table.as_ref().ok_or_else(|| {
        let message = "There is no ledger, because storage.url is none.";
        GatewayError::new(ErrorKind::NotFound, message)
    })
}

/// Which requests an export has: those of a query that knows no pages.
pub(super) fn exported(asked: &str) -> Result<RequestFilter, GatewayError> {
    for (name, _) in query::parameters(asked)? {
        if matches!(name.as_str(), "limit" | "cursor") {
            let message = format!("{name} is not a parameter of an export, which has all requests.");
            return Err(GatewayError::new(ErrorKind::InvalidRequest, message));
        }
    }
    Ok(wanted(asked)?.0)
}

/// Which requests the query asks for, and how many.
fn wanted(asked: &str) -> Result<(RequestFilter, u32), GatewayError> {
    let (mut filter, mut limit) = (RequestFilter::default(), USUAL);
    for (name, value) in query::parameters(asked)? {
        let text = || sane(&name, &value).map(Some);
        match name.as_str() {
            "since" => filter.since = Some(time(&name, &value)?),
            "until" => filter.until = Some(time(&name, &value)?),
            "user" => filter.user = text()?,
            "key" => filter.key = text()?,
            "model" => filter.model = text()?,
            "provider" => filter.provider = text()?,
            "error_code" => filter.error_code = text()?,
            "class" => filter.class = text()?,
            "request_id" => filter.request_id = text()?,
            "status" => filter.status = Some(parsed(&name, &value, "a status such as 502, or 5xx")?),
            "failed" => filter.failed = Some(parsed(&name, &value, "true or false")?),
            "cursor" => filter.after = Some(parsed(&name, &value, "the `next` of another page")?),
            "limit" => {
                let expected = format!("a number from 1 to {MOST}");
                let fits = |limit: &u32| (1..=MOST).contains(limit);
                let asked = value.parse().ok().filter(fits);
                limit = asked.ok_or_else(|| fault(&name, &value, expected))?;
            }
            // A typing error would otherwise list everything.
            _ => return Err(query::unknown(&name, &KNOWN)),
        }
    }
    Ok((filter, limit))
}

fn time(name: &str, value: &str) -> Result<i64, GatewayError> {
    // The plus of an offset, which a query has for a space.
    let expected = "a day such as 2026-11-21, a time such as 2026-11-21T10:00:00Z, or milliseconds since 1970";
    moment(&value.replace(' ', "+")).ok_or_else(|| fault(name, value, expected))
}

/// The text, if the database may be asked for it.
fn sane(name: &str, value: &str) -> Result<String, GatewayError> {
    let sane = value.len() <= MAX_VALUE && !value.contains('\0');
    sane.then(|| value.to_owned())
        .ok_or_else(|| fault(name, value, format!("a text of at most {MAX_VALUE} bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_becomes_a_filter() {
        let (filter, limit) =
            wanted("since=1970-01-02&until=1970-01-02T01:00:00+01:00&status=5xx&user=ada&limit=7").unwrap();
        let expected = RequestFilter {
            since: Some(86_400_000),
            until: Some(86_400_000),
            status: "5xx".parse().ok(),
            user: Some("ada".to_owned()),
            ..RequestFilter::default()
        };
        assert_eq!((filter, limit), (expected, 7));
        assert_eq!(wanted("").unwrap(), (RequestFilter::default(), USUAL));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (query, message) in [
            ("sinse=1", "\"sinse\" is not a parameter"),
            ("limit=0", "limit must be a number from 1 to 500, found \"0\"."),
            ("since=yesterday", "since must be a day"),
            ("status=bad", "status must be a status"),
            ("cursor=1.2", "cursor must be the `next`"),
            ("user=%00", "user must be a text"),
        ] {
            let error = wanted(query).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
    }
}
