//! What a request costs its user: quota and credits are taken before, and settled exactly once after.
//!
//! Reading order: [`Metering::admit`] (before), [`Meter::settle`] (after).

mod meter;

use std::sync::Arc;

pub(crate) use meter::{Meter, Order, Outcome};

use crate::error::{ErrorKind, GatewayError};
use jackfield_accounting::credits::Price;
use jackfield_accounting::credits::balance::Balances;
use jackfield_accounting::ledger::Ledger;
use jackfield_accounting::limits::{Charge, Limit, Limits, Quota, Refused, Streams};
use jackfield_config::{ModelConfig, PlanConfig, Pricing, QuotaConfig};

/// The counters of all users, and where requests are noted.
#[derive(Debug)]
pub(crate) struct Metering {
    /// Counts requests.
    pub(crate) limits: Limits,
    /// Counts credits.
    pub(crate) balances: Arc<Balances>,
    /// The streams that run.
    pub(crate) streams: Streams,
    /// Where each request is noted; none if nothing is kept.
    pub(crate) ledger: Option<Arc<Ledger>>,
}

// === impl Metering ===

impl Metering {
    /// Counts in memory and keeps nothing.
    #[must_use]
    pub(crate) fn in_memory() -> Self {
        Self {
            limits: Limits::in_memory(),
            balances: Arc::new(Balances::new()),
            streams: Streams::default(),
            ledger: None,
        }
    }

    /// Takes what `order` costs out of its caller's quota and credits, all before an upstream is called.
    /// Step 4 of a request's life (ARCHITECTURE.md).
    ///
    /// # Errors
    /// The `…_LIMIT_EXCEEDED` of the quota that is used up, `INSUFFICIENT_CREDITS`, or `OVERLOADED` while the
    /// shared counters cannot be reached.
    pub(crate) async fn admit(&self, order: Order) -> Result<Meter, GatewayError> {
        let mut meter = Meter::new(order, self.ledger.clone());
        let Some(caller) = meter.order.caller.clone() else {
            return Ok(meter);
        };
        let order = &meter.order;
        let charge = Charge {
            day: order.request_cost,
            stream: order.stream,
        };
        let taken = self.limits.take(&caller.user, &order.quota, charge, order.time).await;
        let taken = taken.map_err(|refused| explain(&refused, &order.quota))?;
        if !caller.has_balance() {
            meter.taken = Some(taken);
            return Ok(meter);
        }
        let hold = if order.overdraft {
            Ok(self.balances.hold_anyway(&caller.user, order.estimate))
        } else {
            self.balances.hold(&caller.user, order.estimate)
        };
        match hold {
            Ok(hold) => {
                meter.taken = Some(taken);
                meter.hold = Some(hold);
                Ok(meter)
            }
            Err(spent) => {
                taken.refund();
                let message = "Your credits are spent; add some, or call a model that costs nothing.";
                Err(GatewayError::new(ErrorKind::InsufficientCredits, message).because(spent))
            }
        }
    }
}

/// The quota that a plan gives; without a plan there is none.
#[must_use]
pub(crate) fn quota(plan: Option<&PlanConfig>) -> Quota {
    let limits = plan.map_or_else(QuotaConfig::default, |plan| plan.limits);
    Quota {
        per_day: limits.per_day,
        per_hour: limits.per_hour,
        per_minute: limits.per_minute,
        concurrent_streams: limits.concurrent_streams,
    }
}

/// The price of a model's tokens.
#[must_use]
pub(crate) fn price(model: &ModelConfig, cost_multiplier: f64) -> Price {
    let Pricing {
        input_per_million: input,
        output_per_million: output,
    } = model.pricing;
    Price::new(input, output, cost_multiplier)
}

/// The tokens of a text of this many bytes: about a quarter.
pub(crate) fn estimate_tokens(bytes: u64) -> u64 {
    bytes.div_ceil(4)
}

fn explain(refused: &Refused, quota: &Quota) -> GatewayError {
    let Refused::Limit { which, .. } = refused else {
        let message = "Limits cannot be checked at the moment; try again.";
        return GatewayError::new(ErrorKind::Overloaded, message).retry_after(Some(refused.retry_after()));
    };
    let (kind, limit, what) = match which {
        Limit::Day => (ErrorKind::DailyLimit, quota.per_day, "requests a day"),
        Limit::Hour => (ErrorKind::HourlyLimit, quota.per_hour, "requests an hour"),
        Limit::Minute => (ErrorKind::MinuteLimit, quota.per_minute, "requests a minute"),
        Limit::ConcurrentStreams => (
            ErrorKind::ConcurrentStreamLimit,
            quota.concurrent_streams,
            "streams at a time",
        ),
    };
    let limit = limit.unwrap_or_default();
    let message = format!("Your plan allows {limit} {what}, and they are used up.");
    GatewayError::new(kind, message).retry_after(Some(refused.retry_after()))
}
