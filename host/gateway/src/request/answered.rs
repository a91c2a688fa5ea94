//! A whole answer as its client gets it: with its price, recorded, its items remembered.

use std::time::SystemTime;

use bytes::Bytes;
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::credits::as_credits;
use jackfield_dialects::{Charge, Dialect};

use super::guard::RequestGuard;
use super::recent_items::RecentItems;
use crate::error::{ErrorKind, GatewayError};
use crate::routing::WholeAnswer;

/// Records a whole answer, and adds its price where the dialect reports one.
///
/// # Errors
/// `PROVIDER_ERROR` if the reply cannot be read.
pub(crate) fn answered(
    whole: WholeAnswer,
    guard: &mut RequestGuard,
    dialect: Dialect,
    recent: &RecentItems,
) -> Result<Bytes, GatewayError> {
    let charge = Charge {
        model: guard.record.model(),
        now_ms: unix_millis(SystemTime::now()).cast_unsigned(),
        credits_charged: guard.charge(&whole).map(as_credits),
    };
    let WholeAnswer {
        body,
        usage,
        produced_bytes,
        told,
    } = whole;
    let body = dialect.charged(body, &charge).map_err(|fault| {
        let message = "The provider's reply could not be read.";
        GatewayError::new(ErrorKind::ProviderError, message).because(fault)
    })?;
    if let Some(trace) = guard.record.spent.trace() {
        trace.replied(&body, told);
    }
    recent.remember(dialect, &body, guard.record.caller.as_deref());
    guard.answered(&usage, produced_bytes);
    Ok(body.into())
}
