//! Every attack after the other, and then all at once, with a bystander beside them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::audit;
use super::bystander::{Seen, ask_on};
use super::clients::{Attack, CLIENT_ATTACKS};
use super::stage::{PLUGIN_ATTACKS, Stage, UPSTREAM_ATTACKS};

/// What memory may grow by, in bytes: what allocators keep after the largest bodies.
const GROWTH: u64 = 256 << 20;

/// What the bystander saw of one attack.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The attack's name.
    pub name: String,
    /// What the bystander saw.
    pub seen: Seen,
    /// The resident memory at its end, in bytes.
    pub resident: u64,
}

/// A whole campaign.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the bystander saw before anybody attacked.
    pub before: Outcome,
    /// What the bystander saw of each attack, in order.
    pub attacks: Vec<Outcome>,
    /// What is not as it must be afterwards.
    pub faults: Vec<String>,
}

/// Attacks a gateway for this long in each way.
pub async fn run(each: Duration) -> Report {
    let stage = Arc::new(Stage::start().await);
    // Caches and pools are filled before anything is measured.
    let warm = watched(&stage, "warm", &[], each / 2).await;
    let before = watched(&stage, "nobody", &[], each).await;
    let mut served = warm.seen.times.len() + before.seen.times.len();
    let mut attacks = Vec::new();
    let all = all();
    for attack in &all {
        attacks.push(watched(&stage, &attack.name(), &[*attack], each).await);
    }
    attacks.push(watched(&stage, "all-at-once", &all, 2 * each).await);
    served += attacks.iter().map(|outcome| outcome.seen.times.len()).sum::<usize>();
    let faults = audit::faults(&stage, served, before.resident, GROWTH).await;
    Report {
        before,
        attacks,
        faults,
    }
}

/// Every attack that there is.
fn all() -> Vec<Attack> {
    let models = UPSTREAM_ATTACKS.into_iter().chain(PLUGIN_ATTACKS);
    CLIENT_ATTACKS.into_iter().chain(models.map(Attack::Model)).collect()
}

/// Attacks in these ways at once, beside a bystander.
async fn watched(stage: &Arc<Stage>, name: &str, attacks: &[Attack], time: Duration) -> Outcome {
    let (end, stop) = (Instant::now() + time, CancellationToken::new());
    let mut attackers = JoinSet::new();
    for attack in attacks {
        for _ in 0..attack.clients() {
            let (stage, attack) = (Arc::clone(stage), *attack);
            attackers.spawn(async move { attack.run(&stage, end).await });
        }
    }
    let over = async {
        tokio::time::sleep_until(end).await;
        stop.cancel();
    };
    let (seen, ()) = tokio::join!(ask_on(stage, &stop), over);
    attackers.join_all().await;
    Outcome {
        name: name.to_owned(),
        seen,
        resident: stage.gateway.resident_bytes(),
    }
}

// === impl Report ===

impl Report {
    /// What failed: the bystander's requests, and what the audit found.
    pub fn failures(&self) -> Vec<String> {
        let mut failures = self.faults.clone();
        for outcome in std::iter::once(&self.before).chain(&self.attacks) {
            let (count, first) = (outcome.seen.failures.len(), outcome.seen.failures.first());
            failures.extend(
                first.map(|first| format!("{}: {count} requests failed, the first with {first}", outcome.name)),
            );
            if outcome.seen.times.is_empty() {
                failures.push(format!("{}: the bystander was not served at all", outcome.name));
            }
        }
        failures
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.before.seen.p99();
        writeln!(
            f,
            "{:<20} {:>8} {:>8} {:>10} {:>10} {:>8} {:>9}",
            "attack", "served", "failed", "p99 before", "p99", "ratio", "MiB"
        )?;
        for Outcome { name, seen, resident } in std::iter::once(&self.before).chain(&self.attacks) {
            let (served, failed, p99) = (seen.times.len(), seen.failures.len(), seen.p99());
            let ratio = p99.as_secs_f64() / before.as_secs_f64().max(f64::EPSILON);
            let (p99, before) = (milliseconds(p99), milliseconds(before));
            writeln!(
                f,
                "{name:<20} {served:>8} {failed:>8} {before:>10} {p99:>10} {ratio:>8.1} {:>9}",
                resident >> 20
            )?;
        }
        for fault in self.failures() {
            writeln!(f, "FAULT {fault}")?;
        }
        Ok(())
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
