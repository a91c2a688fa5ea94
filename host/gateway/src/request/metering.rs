//! Admission: takes quota and credits from the user before an upstream is called, each in one step.

use std::sync::Arc;
use std::time::SystemTime;

use jackfield_accounting::callers::Caller;
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::credits::balance::{Balances, Hold};
use jackfield_accounting::credits::budget::{Exhausted, Spendings};
use jackfield_accounting::limits::{Charge, Limit, Limits, Quota, Refused, Streams, Taken, name_of_key};
use jackfield_accounting::store::OnExhausted;
use jackfield_config::PlanConfig;
use jackfield_dialects::Operation;

use super::admission::{Admission, quota};
use crate::error::{ErrorKind, GatewayError};
use crate::record::{Costs, RequestRecord};

/// The counters of all users.
#[derive(Debug)]
pub(crate) struct Metering {
    /// Counts requests and concurrent streams.
    pub(crate) limits: Limits,
    /// Tracks credits.
    pub(crate) balances: Arc<Balances>,
    /// Tracks what keys with a budget have spent.
    pub(crate) spendings: Arc<Spendings>,
    /// The running streams on this node, by user.
    pub(crate) streams: Streams,
}

// === impl Metering ===

impl Metering {
    /// Metering whose counters are kept in memory, on this node only.
    #[must_use]
    pub(crate) fn in_memory() -> Self {
        Self {
            limits: Limits::in_memory(),
            balances: Arc::new(Balances::new()),
            spendings: Arc::default(),
            streams: Streams::default(),
        }
    }

    /// Takes what the request needs from its caller's quota and credits, and from those of the caller's key. If any is short,
    /// takes nothing.
    /// Step 4 of a request's life (ARCHITECTURE.md).
    ///
    /// # Errors
    /// The `…_LIMIT_EXCEEDED` of the limit that is reached, `INSUFFICIENT_CREDITS`, `KEY_BUDGET_EXCEEDED`, or `OVERLOADED`
    /// while the shared counters cannot be reached.
    pub(crate) async fn admit(&self, record: &mut RequestRecord, admission: &Admission) -> Result<(), GatewayError> {
        let mut costs = Costs {
            asked: admission.asked,
            request_cost: admission.request_cost,
            ceiling: admission.ceiling,
            ..Costs::default()
        };
        if let Some(caller) = &record.caller {
            let charge = Charge {
                day: admission.request_cost,
                stream: record.stream,
            };
            let (quota, now) = (&admission.quota, SystemTime::now());
            let taken = self.limits.take(&caller.user, quota, charge, now).await;
            costs.taken = Some(taken.map_err(|refused| explain(&refused, quota, "plan"))?);
            if let Err(error) = self.take_rest(&mut costs, record, caller, admission).await {
                costs.refund();
                return Err(error);
            }
        }
        record.costs = Some(costs);
        Ok(())
    }

    /// Takes what a request needs that its user's quota allows: of the quota of the key, of the user's credits, and of the
    /// key's budget. What was taken before it failed is in `costs`.
    async fn take_rest(
        &self,
        costs: &mut Costs,
        record: &RequestRecord,
        caller: &Caller,
        admission: &Admission,
    ) -> Result<(), GatewayError> {
        if let Some((key, quota)) = caller.key_quota() {
            costs.taken_of_key = Some(self.take_of_key(key, &quota, admission.request_cost).await?);
        }
        if caller.has_balance() {
            costs.hold = Some(self.hold(&caller.user, admission)?);
        }
        let Some((key, budget)) = caller.budget() else {
            return Ok(());
        };
        let denies = caller
            .terms
            .as_ref()
            .is_none_or(|terms| terms.on_exhausted == OnExhausted::Deny);
        // Counting tokens costs nothing. What another model is to serve was decided before: a few requests that came
        // together may all have found something left.
        costs.budget = Some(if denies && record.operation != Operation::CountTokens {
            let now = unix_millis(SystemTime::now());
            let hold = self.spendings.hold(key, budget, admission.estimate, now);
            hold.map_err(over_budget)?
        } else {
            self.spendings.hold_anyway(key, admission.estimate)
        });
        Ok(())
    }

    async fn take_of_key(&self, key: &str, quota: &Quota, cost: u64) -> Result<Taken, GatewayError> {
        let charge = Charge {
            day: cost,
            stream: false,
        };
        let name = name_of_key(key);
        let taken = self.limits.take(&name, quota, charge, SystemTime::now());
        taken.await.map_err(|refused| explain(&refused, quota, "key"))
    }

    /// Refuses a caller whose requests would all be refused, before anything is done for this one. Takes nothing, waits
    /// for nothing, and leaves the decision to [`Self::admit`] where it depends on the request.
    ///
    /// # Errors
    /// The `…_LIMIT_EXCEEDED` of the limit that is used up, or `INSUFFICIENT_CREDITS` if the credits are spent, the plan
    /// has no `overdraft`, and it includes nothing that is free.
    pub(crate) fn glance(
        &self,
        caller: &Caller,
        plan: Option<&PlanConfig>,
        is_free: impl FnOnce() -> bool,
    ) -> Result<(), GatewayError> {
        let quota = quota(plan);
        let peeked = self.limits.peek(&caller.user, &quota, SystemTime::now());
        peeked.map_err(|refused| explain(&refused, &quota, "plan"))?;
        if let Some((key, quota)) = caller.key_quota() {
            let peeked = self.limits.peek(&name_of_key(key), &quota, SystemTime::now());
            peeked.map_err(|refused| explain(&refused, &quota, "key"))?;
        }
        let pays = caller.has_balance() && !plan.is_none_or(|plan| plan.overdraft);
        let spent = || self.balances.available(&caller.user).is_some_and(|left| left <= 0);
        if pays && spent() && !is_free() {
            return Err(out_of_credits());
        }
        Ok(())
    }

    /// The part of the budget of the caller's key that is spent; `None` if none is, or there is none.
    pub(crate) fn exhausted(&self, caller: &Caller) -> Option<Exhausted> {
        let (key, budget) = caller.budget()?;
        self.spendings.exhausted(key, budget, unix_millis(SystemTime::now()))
    }

    fn hold(&self, user: &Arc<str>, admission: &Admission) -> Result<Hold, GatewayError> {
        if admission.overdraft {
            return Ok(self.balances.hold_anyway(user, admission.estimate));
        }
        if !admission.priced {
            let message = "The model has no price here, so it cannot be paid with credits; use another model.";
            return Err(GatewayError::new(ErrorKind::InsufficientCredits, message));
        }
        let hold = self.balances.hold(user, admission.estimate);
        hold.map_err(|spent| out_of_credits().because(spent))
    }
}

fn out_of_credits() -> GatewayError {
    let message = "Your credits are spent; add credits, or use a free model.";
    GatewayError::new(ErrorKind::InsufficientCredits, message)
}

/// The error for a key whose budget is spent.
pub(crate) fn over_budget(part: Exhausted) -> GatewayError {
    let of = match part {
        Exhausted::Day => "for the day; it begins anew at midnight UTC",
        Exhausted::Month => "for the month; it begins anew with the next one",
        Exhausted::Total => "for its whole life",
    };
    let message = format!("Your key has spent its budget {of}. Use another key, or ask the operator.");
    GatewayError::new(ErrorKind::KeyBudget, message)
}

/// The error for a limit of the caller's `whose`: plan or key.
fn explain(refused: &Refused, quota: &Quota, whose: &str) -> GatewayError {
    let Refused::Limit { which, .. } = refused else {
        let message = "Limits cannot be checked at the moment; try again.";
        return GatewayError::new(ErrorKind::Overloaded, message).retry_after(Some(refused.retry_after()));
    };
    let (kind, limit, what) = match which {
        Limit::Day => (ErrorKind::DailyLimit, quota.per_day, "requests per day"),
        Limit::Hour => (ErrorKind::HourlyLimit, quota.per_hour, "requests per hour"),
        Limit::Minute => (ErrorKind::MinuteLimit, quota.per_minute, "requests per minute"),
        Limit::ConcurrentStreams => (
            ErrorKind::ConcurrentStreamLimit,
            quota.concurrent_streams,
            "concurrent streams",
        ),
    };
    let limit = limit.unwrap_or_default();
    let message = format!("Your {whose} allows {limit} {what}; the limit is reached.");
    GatewayError::new(kind, message).retry_after(Some(refused.retry_after()))
}

#[cfg(test)]
mod tests;
