//! `GET /admin/api/audit`: who changed what; and how a change gets there.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Json;
use axum::extract::State;
use http::Uri;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::operators::Operator;
use super::super::query::{parameters, parsed};
use super::accounts::{directory, of_store};
use crate::error::GatewayError;
use crate::request::Gateway;
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::deed::Deed;
use jackfield_accounting::ledger::utc;
use jackfield_accounting::store::AuditEntry;

/// How many entries an answer has if the request does not say.
const USUAL: u32 = 100;

/// The most entries of an answer.
const MOST: u32 = 1_000;

/// The latest entries, newest first.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct AuditLog {
    data: Vec<Noted>,
}

/// A change that somebody made.
#[derive(Debug, JsonSchema, Serialize)]
struct Noted {
    id: i64,
    time: String,
    /// The name of the operator's token, or `command line` and who used it.
    operator: String,
    /// Such as `user.change`.
    action: String,
    /// Of whom or what.
    subject: String,
    before: Option<Value>,
    after: Option<Value>,
}

/// `GET /admin/api/audit`.
pub(super) async fn list(State(gateway): State<Arc<Gateway>>, uri: Uri) -> Result<Json<AuditLog>, GatewayError> {
    let (mut before, mut most) = (None, USUAL);
    for (name, value) in parameters(uri.query().unwrap_or_default())? {
        match name.as_str() {
            "before" => before = Some(parsed(&name, &value, "the `id` of an entry")?),
            "limit" => most = parsed(&name, &value, "a number")?,
            _ => {}
        }
    }
    let entries = directory(&gateway)?.store().audit(before, most.clamp(1, MOST)).await;
    let data = entries.map_err(of_store)?.into_iter().map(Noted::from).collect();
    Ok(Json(AuditLog { data }))
}

/// Keeps who did it, in the log and in the database, if there is one. It is done already, so a failure is only logged.
pub(super) async fn note(gateway: &Gateway, operator: &Operator, deed: Deed<'_>) {
    let (action, subject) = (deed.action, deed.subject);
    let change = deed.by(&operator.name);
    tracing::info!(
        target: "jackfield::audit",
        operator = &*operator.name,
        action,
        subject,
        before = change.before,
        after = change.after,
        "an operator made a change"
    );
    let Some(directory) = &gateway.directory else { return };
    let now = unix_millis(SystemTime::now());
    if let Err(error) = directory.store().note_change(change, now).await {
        tracing::warn!(%error, action, subject, "a change of an operator is in the log alone");
    }
}

// === impl Noted ===

impl From<AuditEntry> for Noted {
    fn from(AuditEntry { id, time, change }: AuditEntry) -> Self {
        let json = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        Self {
            id,
            time: utc(time),
            operator: change.actor,
            action: change.action,
            subject: change.subject,
            before: json(change.before),
            after: json(change.after),
        }
    }
}
