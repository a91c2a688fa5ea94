//! The terms of a key as operators write and see them.

use jackfield_accounting::credits::as_credits;
use jackfield_accounting::ledger::{Day, utc};
use jackfield_accounting::store::{Budget, KeyLimits, KeyTerms, OnExhausted, User};
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::users::micro_credits;
use crate::error::{ErrorKind, GatewayError};
use crate::snapshot::Snapshot;

/// What a key may do on its own.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TermsShown {
    /// When it is no longer accepted: a time as `2026-12-31T23:00:00Z`, or a day in UTC, whose end that is. Default never.
    expires_at: Option<String>,
    /// The models it may call; with a `*` at its end, an id stands for all that begin like it. Default all of its user's.
    models: Vec<String>,
    /// What its usage is counted under, besides the key. Default none.
    tags: Vec<String>,
    /// How many requests it may make, within what its user's plan allows. Default no limits of its own.
    limits: LimitsShown,
    /// How many credits it may spend. Default no limit.
    budget: BudgetShown,
    /// What becomes of its requests once a budget is spent: `"deny"`, or `{"model": "ID"}` for the model that serves them
    /// instead. Default `"deny"`.
    on_exhausted: Exhaustion,
}

/// How many requests a key may make.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "so they are called where plans have them")]
struct LimitsShown {
    /// On a day in UTC, weighted by their model's `request_cost`.
    per_day: Option<u64>,
    /// In an hour that starts on the hour.
    per_hour: Option<u64>,
    /// In any sixty seconds.
    per_minute: Option<u64>,
}

/// How many credits a key may spend.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
struct BudgetShown {
    /// On a day in UTC.
    day: Option<f64>,
    /// In a month in UTC.
    month: Option<f64>,
    /// Ever.
    total: Option<f64>,
}

/// What becomes of requests once a budget is spent.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
enum Exhaustion {
    /// They are refused.
    #[default]
    Deny,
    /// The model of this id serves them.
    Model(String),
}

// === impl TermsShown ===

impl TermsShown {
    /// The same as they are kept.
    ///
    /// # Errors
    /// `INVALID_REQUEST`.
    pub(super) fn terms(self) -> Result<KeyTerms, GatewayError> {
        let amount = |credits: Option<f64>| credits.map(micro_credits).transpose();
        Ok(KeyTerms {
            expires_at: self.expires_at.as_deref().map(moment).transpose()?,
            models: self.models,
            tags: self.tags,
            limits: KeyLimits {
                per_day: self.limits.per_day,
                per_hour: self.limits.per_hour,
                per_minute: self.limits.per_minute,
            },
            budget: Budget {
                day: amount(self.budget.day)?,
                month: amount(self.budget.month)?,
                total: amount(self.budget.total)?,
            },
            on_exhausted: match self.on_exhausted {
                Exhaustion::Deny => OnExhausted::Deny,
                Exhaustion::Model(id) => OnExhausted::Model(id),
            },
        })
    }

    /// These terms with what a change says: what is null is taken away, and what is left out stays (RFC 7396).
    ///
    /// # Errors
    /// `INVALID_REQUEST`.
    pub(super) fn changed(self, change: Value) -> Result<KeyTerms, GatewayError> {
        let invalid = |error| GatewayError::new(ErrorKind::InvalidRequest, format!("terms: {error}"));
        let mut terms = serde_json::to_value(self).map_err(invalid)?;
        merge(&mut terms, change).map_err(invalid)?;
        serde_json::from_value::<Self>(terms).map_err(invalid)?.terms()
    }
}

/// Applies a merge patch. It is no deeper than JSON that was read may be. A list is no object, though serde would take one.
fn merge(target: &mut Value, patch: Value) -> Result<(), serde_json::Error> {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, value) in patch {
                if value.is_null() {
                    target.remove(&name);
                } else {
                    merge(target.entry(name).or_insert(Value::Null), value)?;
                }
            }
            Ok(())
        }
        (Value::Object(_), Value::Array(_)) => Err(serde_json::Error::custom("an object is wanted, not a list")),
        (target, patch) => {
            *target = patch;
            Ok(())
        }
    }
}

impl From<KeyTerms> for TermsShown {
    fn from(terms: KeyTerms) -> Self {
        let Budget { day, month, total } = terms.budget;
        let KeyLimits {
            per_day,
            per_hour,
            per_minute,
        } = terms.limits;
        Self {
            expires_at: terms.expires_at.map(utc),
            models: terms.models,
            tags: terms.tags,
            limits: LimitsShown {
                per_day,
                per_hour,
                per_minute,
            },
            budget: BudgetShown {
                day: day.map(as_credits),
                month: month.map(as_credits),
                total: total.map(as_credits),
            },
            on_exhausted: match terms.on_exhausted {
                OnExhausted::Deny => Exhaustion::Deny,
                OnExhausted::Model(id) => Exhaustion::Model(id),
            },
        }
    }
}

/// Checks that there is such a model as is to serve what a budget no longer pays for, and that the user may call it.
///
/// # Errors
/// `INVALID_REQUEST`.
pub(super) fn check_substitute(snapshot: &Snapshot, terms: &KeyTerms, user: Option<&User>) -> Result<(), GatewayError> {
    let OnExhausted::Model(id) = &terms.on_exhausted else {
        return Ok(());
    };
    let invalid = |message| GatewayError::new(ErrorKind::InvalidRequest, message);
    let Some(model) = snapshot.model(id) else {
        return Err(invalid(format!(
            "terms.on_exhausted: the configuration has no model {id:?}"
        )));
    };
    match user {
        Some(user) if !snapshot.allows(Some(&user.plan), &model) => Err(invalid(format!(
            "terms.on_exhausted: the plan {:?} does not include the model {id:?}",
            user.plan
        ))),
        _ => Ok(()),
    }
}

/// The end of a day, or a time.
fn moment(text: &str) -> Result<i64, GatewayError> {
    let day = text.parse::<Day>().map(|day| day.next().start_millis()).ok();
    let time = || {
        text.parse::<jiff::Timestamp>()
            .map(jiff::Timestamp::as_millisecond)
            .ok()
    };
    day.or_else(time).ok_or_else(|| {
        let message = "terms.expires_at: write a day such as 2026-12-31, or a time such as 2026-12-31T23:00:00Z";
        GatewayError::new(ErrorKind::InvalidRequest, message)
    })
}
