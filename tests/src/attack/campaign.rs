//! Every attack after the other, and then all at once, with a bystander beside them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::alone::alone;
use super::audit;
use super::bystander::{Seen, ask_on};
use super::clients::{Attack, CLIENT_ATTACKS};
use super::plain::Plain;
use super::stage::{PLUGIN_ATTACKS, Stage, UPSTREAM_ATTACKS, Victim};

/// What memory may grow by, in bytes: what allocators keep after the largest bodies.
const GROWTH: u64 = 256 << 20;

/// What the bystander saw of one attack, and of the peace just before it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The attack's name.
    pub name: String,
    /// What the bystander saw.
    pub seen: Pair,
    /// What a bystander of the plain proxy saw of the same attack, if there is one.
    pub plain: Option<Pair>,
    /// The resident memory at its end, in bytes.
    pub resident: u64,
}

/// Two runs of one bystander, one right after the other: the machine does other things from minute to minute.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Before the attack.
    pub before: Seen,
    /// During the attack.
    pub during: Seen,
}

/// A whole campaign.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the bystander saw of each attack, in order.
    pub attacks: Vec<Outcome>,
    /// What is not as it must be afterwards.
    pub faults: Vec<String>,
}

/// What suffers the same attacks, for comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// Nothing.
    None,
    /// A plain proxy, which the running program serves if its first argument is [`super::plain::ARGUMENT`].
    Plain,
}

/// Attacks a gateway for this long in each way, and the reference in the ways in which it can be attacked. Only attacks
/// whose name has `only` in it are made, if that is given.
pub async fn run(each: Duration, reference: Reference, only: Option<&str>) -> Report {
    let stage = Arc::new(Stage::start().await);
    let plain = match reference {
        Reference::None => None,
        Reference::Plain => Some(Plain::start(stage.upstreams).await),
    };
    let (victim, plain) = (stage.victim(), plain.as_ref().map(|plain| Victim::plain(plain.address)));
    // Caches and pools are filled before anything is measured.
    let warm = watched(&victim, &[], each / 2).await;
    let resident = stage.gateway.resident_bytes();
    let mut served = warm.times.len();
    let mut attacks = Vec::new();
    let all = all();
    let chosen = all
        .iter()
        .filter(|attack| only.is_none_or(|only| attack.name().contains(only)));
    let single = chosen.map(|attack| (attack.name(), vec![*attack], each));
    let at_once = only
        .is_none()
        .then(|| ("all-at-once".to_owned(), all.clone(), 2 * each));
    for (name, together, time) in single.chain(at_once) {
        let seen = pair(&victim, &together, time).await;
        served += seen.before.times.len() + seen.during.times.len();
        let resident = stage.gateway.resident_bytes();
        let applies = together.iter().all(|attack| attack.is_plain());
        let plain = match plain.as_ref().filter(|_| applies) {
            Some(plain) => Some(pair(plain, &together, time).await),
            None => None,
        };
        attacks.push(Outcome {
            name,
            seen,
            plain,
            resident,
        });
    }
    let faults = audit::faults(&stage, served, resident, GROWTH).await;
    Report { attacks, faults }
}

/// Every attack that there is.
fn all() -> Vec<Attack> {
    let models = UPSTREAM_ATTACKS.into_iter().chain(PLUGIN_ATTACKS);
    CLIENT_ATTACKS.into_iter().chain(models.map(Attack::Model)).collect()
}

/// The peace before an attack, for half of its time, and the attack.
async fn pair(victim: &Victim, attacks: &[Attack], time: Duration) -> Pair {
    Pair {
        before: watched(victim, &[], time / 2).await,
        during: watched(victim, attacks, time).await,
    }
}

/// Attacks in these ways at once, beside a bystander on a thread of its own.
async fn watched(victim: &Victim, attacks: &[Attack], time: Duration) -> Seen {
    let (stop, (ready, begun)) = (CancellationToken::new(), oneshot::channel());
    let (asked, stopped) = (victim.clone(), stop.clone());
    let mut asking = JoinSet::new();
    asking.spawn(alone(move || async move {
        // Whoever waits for this may have gone.
        let _ = ready.send(());
        ask_on(&asked, &stopped).await
    }));
    // Beside other tests, its thread may take longer to begin than an attack lasts.
    begun.await.expect("the bystander's thread begins");
    let end = Instant::now() + time;
    let mut attackers = JoinSet::new();
    for attack in attacks {
        for _ in 0..attack.clients() {
            let (victim, attack) = (victim.clone(), *attack);
            attackers.spawn(async move { attack.run(&victim, end).await });
        }
    }
    tokio::time::sleep_until(end).await;
    stop.cancel();
    let seen = asking.join_next().await.and_then(Result::ok);
    attackers.join_all().await;
    seen.expect("the bystander does not panic")
}

// === impl Pair ===

impl Pair {
    /// The p99 before and during, of equal counts, in milliseconds; and their ratio.
    pub(super) fn p99(&self) -> (f64, f64, f64) {
        let count = self.before.times.len().min(self.during.times.len());
        let [before, during] = [&self.before, &self.during].map(|seen| seen.p99_of(count).as_secs_f64() * 1000.0);
        (before, during, during / before.max(f64::EPSILON))
    }
}

// === impl Report ===

impl Report {
    /// What failed: the bystander's requests, and what the audit found.
    pub fn failures(&self) -> Vec<String> {
        let mut failures = self.faults.clone();
        for Outcome { name, seen, .. } in &self.attacks {
            for seen in [&seen.before, &seen.during] {
                let (count, first) = (seen.failures.len(), seen.failures.first());
                failures.extend(first.map(|first| format!("{name}: {count} requests failed, the first with {first}")));
            }
            if seen.during.times.is_empty() {
                failures.push(format!("{name}: the bystander was not served at all"));
            }
        }
        failures
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<20} {:>7} {:>7} {:>11} {:>9} {:>7} {:>12} {:>7}",
            "attack", "served", "failed", "before, ms", "p99, ms", "ratio", "plain ratio", "MiB"
        )?;
        for outcome in &self.attacks {
            let (before, during, ratio) = outcome.seen.p99();
            let plain = outcome.plain.as_ref().map(|plain| format!("{:.1}", plain.p99().2));
            let (name, plain) = (&outcome.name, plain.unwrap_or_else(|| "-".to_owned()));
            let (served, failed) = (outcome.seen.during.times.len(), outcome.seen.during.failures.len());
            let resident = outcome.resident >> 20;
            writeln!(
                f,
                "{name:<20} {served:>7} {failed:>7} {before:>11.2} {during:>9.2} {ratio:>7.1} {plain:>12} {resident:>7}"
            )?;
        }
        for fault in self.failures() {
            writeln!(f, "FAULT {fault}")?;
        }
        Ok(())
    }
}
