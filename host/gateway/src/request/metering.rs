//! Admission: takes quota and credits from the user before an upstream is called, each in one step.

use std::sync::Arc;
use std::time::SystemTime;

use jackfield_accounting::callers::Caller;
use jackfield_accounting::credits::balance::{Balances, Hold};
use jackfield_accounting::limits::{Charge, Limit, Limits, Quota, Refused, Streams};
use jackfield_config::PlanConfig;

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
            streams: Streams::default(),
        }
    }

    /// Takes what the request needs from its caller's quota and credits. If either is short, takes nothing.
    /// Step 4 of a request's life (ARCHITECTURE.md).
    ///
    /// # Errors
    /// The `…_LIMIT_EXCEEDED` of the limit that is reached, `INSUFFICIENT_CREDITS`, or `OVERLOADED` while the shared
    /// counters cannot be reached.
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
            let taken = taken.map_err(|refused| explain(&refused, quota))?;
            if caller.has_balance() {
                match self.hold(&caller.user, admission) {
                    Ok(hold) => costs.hold = Some(hold),
                    Err(error) => {
                        taken.refund();
                        return Err(error);
                    }
                }
            }
            costs.taken = Some(taken);
        }
        record.costs = Some(costs);
        Ok(())
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
        peeked.map_err(|refused| explain(&refused, &quota))?;
        let pays = caller.has_balance() && !plan.is_none_or(|plan| plan.overdraft);
        let spent = || self.balances.available(&caller.user).is_some_and(|left| left <= 0);
        if pays && spent() && !is_free() {
            return Err(out_of_credits());
        }
        Ok(())
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

fn explain(refused: &Refused, quota: &Quota) -> GatewayError {
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
    let message = format!("Your plan allows {limit} {what}; the limit is reached.");
    GatewayError::new(kind, message).retry_after(Some(refused.retry_after()))
}

#[cfg(test)]
mod tests;
