//! Health checks: asks the upstreams of providers that want it, and keeps users away from one that is gone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::{Current, Snapshot, listing};
use crate::attempt::{Adapter, Provider};
use crate::error::Class;
use crate::routing::{HealthSample, Target};
use crate::upstream::probe::{ProbeError, probe};
use jackfield_dialects::Operation;

/// How often it is looked who is to be asked. A first failure is confirmed at the next look.
const LOOK: Duration = Duration::from_secs(1);

/// How long an upstream may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How many checks in a row must fail: one may be the network's.
const FAILURES: u32 = 2;

/// What is known of one provider's upstream.
#[derive(Debug)]
struct Watched {
    next: Instant,
    failures: u32,
}

/// Checks upstreams until `stop` is cancelled. A check is the adapter's list of models, or else one GET of the base URL.
pub(crate) async fn keep_checking(current: Arc<Current>, stop: CancellationToken) {
    let (mut watched, mut looks) = (BTreeMap::new(), interval(LOOK));
    let work = async {
        loop {
            looks.tick().await;
            look(&current.load(), &mut watched).await;
        }
    };
    stop.run_until_cancelled(work).await;
}

async fn look(snapshot: &Snapshot, watched: &mut BTreeMap<Arc<str>, Watched>) {
    let wanted = wanted(snapshot);
    watched.retain(|name, _| wanted.contains_key(name));
    let now = Instant::now();
    let due = wanted.into_iter().filter(|(name, _)| {
        let known = watched.get(name);
        known.is_none_or(|known| known.next <= now)
    });
    let asked = due.map(|(name, (adapter, every))| async move {
        let outcome = check(&adapter).await;
        (name, every, outcome)
    });
    for (name, every, outcome) in join_all(asked).await {
        let failures = watched.get(&name).map_or(0, |known| known.failures);
        let known = judge(snapshot, (&name, every), outcome, failures);
        watched.insert(name, known);
    }
}

/// The adapters whose upstreams are to be checked, and how often, by provider.
fn wanted(snapshot: &Snapshot) -> BTreeMap<Arc<str>, (Arc<Adapter>, Duration)> {
    let every = |target: &Target<Adapter>| snapshot.config.providers.get(&*target.name)?.check_every;
    let of_target = |target: &Target<Adapter>| {
        let adapter = Arc::clone(target.provider.as_ref()?);
        Some((Arc::clone(&target.name), (adapter, every(target)?)))
    };
    targets(snapshot).filter_map(of_target).collect()
}

fn targets(snapshot: &Snapshot) -> impl Iterator<Item = &Target<Adapter>> {
    snapshot.models.values().flat_map(|model| &model.chain.targets)
}

/// What a check found is noted, and requests are kept from an upstream that failed often enough until the next check.
fn judge(snapshot: &Snapshot, (name, every): (&str, Duration), outcome: Result<(), Class>, failures: u32) -> Watched {
    let now = Instant::now();
    let own = || targets(snapshot).filter(|target| &*target.name == name);
    if let Some(health) = snapshot.providers.get(name) {
        let ok = outcome.is_ok();
        let sample = HealthSample {
            ok,
            latency: None,
            at: now,
        };
        health.note(sample);
    }
    match outcome {
        Ok(()) => {
            if failures >= FAILURES {
                tracing::info!(provider = name, "the upstream passes its health check again");
                own().for_each(|target| target.breaker.release(now));
            }
            Watched {
                next: now + every,
                failures: 0,
            }
        }
        Err(class) => {
            let failures = failures + 1;
            if failures == FAILURES {
                tracing::warn!(provider = name, %class, "the upstream fails its health check");
            }
            if failures >= FAILURES {
                own().for_each(|target| target.breaker.hold(class, now, now + every + ANSWER_WITHIN + LOOK));
            }
            let soon = if failures < FAILURES { LOOK } else { every };
            Watched {
                next: now + soon,
                failures,
            }
        }
    }
}

/// Asks the upstream. An answer of any kind will do, a refusal included: not every credential may list models.
///
/// # Errors
/// If the upstream is not there, is overloaded, or does not answer in time.
async fn check(adapter: &Arc<Adapter>) -> Result<(), Class> {
    if adapter.supports(Operation::Models, jackfield_dialects::canonical()) {
        return match timeout(ANSWER_WITHIN, listing::ask(adapter)).await {
            Err(_) => Err(Class::Timeout),
            Ok(Err(failure)) if matches!(failure.class, Class::Overloaded | Class::Timeout) => Err(failure.class),
            Ok(_) => Ok(()),
        };
    }
    let (Some(url), Some(credential)) = (&adapter.reach.base_url, adapter.credentials.iter().next()) else {
        return Ok(());
    };
    match timeout(
        ANSWER_WITHIN,
        probe(&adapter.reach.client, url, &adapter.reach.headers, credential),
    )
    .await
    {
        Err(_) => Err(Class::Timeout),
        Ok(Ok(_) | Err(ProbeError::Credential(_))) => Ok(()),
        Ok(Err(_)) => Err(Class::Overloaded),
    }
}
