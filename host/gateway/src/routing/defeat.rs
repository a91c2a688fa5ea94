//! The error of a walk in which no target answered.

use std::fmt::Write;
use std::time::Duration;

use tokio::time::Instant;

use super::standing::Standings;
use super::target::Target;
use crate::error::{Class, ErrorKind, Failure, GatewayError};

/// The error when nothing is left to try, after these failures: the first that blames the request, and the last. It names
/// providers and failure classes, and quotes an upstream only if every one of them blames the request.
pub(super) fn defeat<P>(
    model: &str,
    targets: &[Target<P>],
    standings: &Standings,
    (fault, last): (Option<Failure>, Option<Failure>),
) -> GatewayError {
    let Some(last) = last else {
        return unavailable(model, targets);
    };
    let blames_request = |class: Class| class.is_clients() || class == Class::Unsupported;
    if standings.failed().all(|(_, class, _)| blames_request(class)) {
        return GatewayError::at_fault(fault.unwrap_or(last));
    }
    let mut message = format!("Every provider of model `{model}` failed:");
    for (count, (index, class, _)) in standings.failed().enumerate() {
        let comma = if count == 0 { "" } else { "," };
        let _ = write!(message, "{comma} {} {}", targets[index].name, class.phrase());
    }
    message.push('.');
    let all = |wanted: Class| standings.failed().all(|(_, class, _)| class == wanted);
    let kind = if all(Class::RateLimited) {
        ErrorKind::ProviderRateLimited
    } else if all(Class::Timeout) {
        ErrorKind::ProviderTimeout
    } else if all(Class::Exhausted) {
        ErrorKind::Overloaded
    } else {
        ErrorKind::ProviderError
    };
    GatewayError::new(kind, message)
        .retry_after(soonest(standings))
        .because(last)
}

/// The error when nothing was tried.
fn unavailable<P>(model: &str, targets: &[Target<P>]) -> GatewayError {
    let off: Vec<String> = targets
        .iter()
        .filter(|target| target.provider.is_none())
        .map(|target| {
            let reason = target.off.as_deref().unwrap_or("it is off");
            format!("provider {}: {reason}", target.name)
        })
        .collect();
    if off.is_empty() || off.len() < targets.len() {
        let message = format!("No provider of model `{model}` is available at the moment.");
        return GatewayError::new(ErrorKind::ProviderError, message);
    }
    let message = format!("The model `{model}` is not configured on this gateway: none of its providers is set up.");
    GatewayError::new(ErrorKind::NotConfigured, message).because(off.join("; "))
}

/// The time until the first upstream that asked for a pause wants to be asked again.
fn soonest(standings: &Standings) -> Option<Duration> {
    let asked = standings.failed().filter_map(|(_, _, standing)| standing.asked).min();
    asked.map(|asked| asked.saturating_duration_since(Instant::now()))
}
