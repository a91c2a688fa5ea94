//! What was found: for each chain and case, which providers were tried and what the client saw; and what that means.

mod judgement;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use self::judgement::judgement;
use super::chain::{Chain, Scope};
use super::client::Seen;
use super::fault::Fault;
use super::rehearsal::{Case, Rehearsal};
use super::replies::TEXT;

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct Findings {
    /// How many times faster than in earnest it was.
    pub(super) haste: u32,
    pub(super) chains: Vec<ChainFindings>,
}

/// What was found of a chain.
#[derive(Debug, Serialize)]
pub(super) struct ChainFindings {
    /// The models that have it.
    pub(super) models: Vec<String>,
    /// The providers of each step.
    pub(super) steps: Vec<Vec<String>>,
    pub(super) cases: Vec<CaseFindings>,
    /// What it means, a sentence for each kind of fault.
    pub(super) judgement: Vec<String>,
}

/// What was found of a case.
#[derive(Debug, Serialize)]
pub(super) struct CaseFindings {
    pub(super) fault: Fault,
    pub(super) scope: Scope,
    pub(super) stream: bool,
    /// The providers that were tried, in the order of the chain.
    pub(super) tried: Vec<Tried>,
    /// `None` if there was no answer.
    pub(super) status: Option<u16>,
    pub(super) error_code: Option<String>,
    /// How long it would have taken in earnest, in milliseconds, about.
    pub(super) about_ms: u64,
    pub(super) outcome: Outcome,
}

/// The attempts at a provider that ended in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Tried {
    pub(super) provider: String,
    /// `ok`, or the class of the failure.
    pub(super) outcome: String,
    pub(super) times: u64,
}

/// What the client saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// The whole answer.
    Whole,
    /// The whole answer, of which another provider wrote the rest.
    Continued,
    /// A stream that ends with an error event after a part of the text.
    ErrorEvent,
    /// An error in place of an answer.
    Error,
    /// A connection that ended without a word.
    BrokeOff,
}

// === impl Findings ===

impl Findings {
    /// Puts together what clients saw and what `/metrics` says of attempts.
    pub(super) fn new(rehearsal: &Rehearsal, mut seen: Vec<(&Case, Seen)>, metrics: &str) -> Self {
        let attempts = attempts(metrics);
        seen.sort_by_key(|(case, _)| case.number);
        let of_chain = |(number, chain): (usize, &Chain)| {
            let of_this = seen.iter().filter(|(case, _)| case.chain == number);
            // What this machine takes itself is no wait, and must not count many times over.
            let own = |stream| {
                let mut calm = of_this
                    .clone()
                    .filter(|(case, _)| case.fault == Fault::None && case.stream == stream);
                calm.next().map_or(Duration::ZERO, |(_, seen)| seen.took)
            };
            let cases: Vec<CaseFindings> = of_this
                .clone()
                .map(|(case, seen)| {
                    let waited = seen.took.saturating_sub(own(case.stream));
                    let about_ms = earnest(waited, rehearsal.haste);
                    CaseFindings::new(chain, (*case, seen), &attempts, about_ms)
                })
                .collect();
            ChainFindings {
                models: chain.models.clone(),
                steps: chain.steps.clone(),
                judgement: judgement(chain, &cases),
                cases,
            }
        };
        Self {
            haste: rehearsal.haste,
            chains: rehearsal.chains.iter().enumerate().map(of_chain).collect(),
        }
    }
}

/// How often each outcome was counted, by provider.
fn attempts(metrics: &str) -> BTreeMap<&str, Vec<(&str, u64)>> {
    let mut attempts: BTreeMap<&str, Vec<(&str, u64)>> = BTreeMap::new();
    for line in metrics.lines() {
        let Some((labels, count)) = line
            .strip_prefix("jackfield_attempts_total{")
            .and_then(|line| line.rsplit_once("} "))
        else {
            continue;
        };
        let label = |name: &str| {
            let value = labels.split(&format!("{name}=\"")).nth(1)?;
            value.split('"').next()
        };
        let count = count.split('.').next().and_then(|count| count.parse().ok());
        if let (Some(provider), Some(outcome), Some(count)) = (label("provider"), label("outcome"), count) {
            attempts.entry(provider).or_default().push((outcome, count));
        }
    }
    attempts
}

// === impl CaseFindings ===

impl CaseFindings {
    fn new(
        chain: &Chain,
        (case, seen): (&Case, &Seen),
        attempts: &BTreeMap<&str, Vec<(&str, u64)>>,
        about_ms: u64,
    ) -> Self {
        let mut tried = Vec::new();
        for provider in chain.providers() {
            let name = case.provider(provider);
            for (outcome, times) in attempts.get(name.as_str()).into_iter().flatten() {
                tried.push(Tried {
                    provider: provider.to_owned(),
                    outcome: (*outcome).to_owned(),
                    times: *times,
                });
            }
        }
        Self {
            fault: case.fault,
            scope: case.scope,
            stream: case.stream,
            status: seen.status,
            error_code: seen.code.clone(),
            about_ms,
            outcome: Outcome::of(seen),
            tried,
        }
    }

    fn is_served(&self) -> bool {
        matches!(self.outcome, Outcome::Whole | Outcome::Continued)
    }

    /// The provider that answered, if one did.
    fn answered(&self) -> Option<&str> {
        let mut good = self.tried.iter().rev().filter(|tried| tried.outcome == "ok");
        good.next().map(|tried| tried.provider.as_str())
    }

    /// What an unserved client sees, in few words.
    fn told(&self) -> String {
        let code = self.error_code.as_deref().unwrap_or("no code");
        match (self.outcome, self.status) {
            (Outcome::ErrorEvent, _) => format!("an error event ({code})"),
            (Outcome::Error, Some(status)) => format!("{status} {code}"),
            _ => "a connection that breaks off".to_owned(),
        }
    }
}

/// How long it would have taken with all waits in full.
fn earnest(took: Duration, haste: u32) -> u64 {
    u64::try_from((took * haste).as_millis()).unwrap_or(u64::MAX)
}

// === impl Outcome ===

impl Outcome {
    fn of(seen: &Seen) -> Self {
        match seen.status {
            Some(200) if seen.whole && seen.text.trim() == TEXT => Self::Whole,
            Some(200) if seen.whole => Self::Continued,
            Some(200) if seen.code.is_some() => Self::ErrorEvent,
            Some(status) if status >= 400 => Self::Error,
            _ => Self::BrokeOff,
        }
    }

    /// In a report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole answer",
            Self::Continued => "continued answer",
            Self::ErrorEvent => "part, then an error event",
            Self::Error => "error",
            Self::BrokeOff => "broke off",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_read_from_the_metrics() {
        let text = "# TYPE jackfield_attempts counter\n\
            jackfield_attempts_total{provider=\"a~1\",model=\"m\",outcome=\"timeout\"} 3.0\n\
            jackfield_attempts_total{provider=\"b~1\",model=\"m\",outcome=\"ok\"} 1.0\n\
            jackfield_requests_total{provider=\"a~1\"} 1.0\n";
        let attempts = attempts(text);
        assert_eq!(attempts["a~1"], [("timeout", 3)]);
        assert_eq!(attempts["b~1"], [("ok", 1)]);
        assert_eq!(attempts.len(), 2);
    }

    #[test]
    fn what_a_client_saw_has_one_name() {
        let seen = |status, text: &str, whole, code: Option<&str>| Seen {
            status,
            text: text.to_owned(),
            whole,
            code: code.map(str::to_owned),
            ..Seen::default()
        };
        for (seen, outcome) in [
            (seen(Some(200), TEXT, true, None), Outcome::Whole),
            (seen(Some(200), "One One two three.", true, None), Outcome::Continued),
            (seen(Some(200), "One ", false, Some("TIMEOUT")), Outcome::ErrorEvent),
            (seen(Some(502), "", false, Some("PROVIDER_ERROR")), Outcome::Error),
            (seen(Some(200), "One ", false, None), Outcome::BrokeOff),
            (seen(None, "", false, None), Outcome::BrokeOff),
        ] {
            assert_eq!(Outcome::of(&seen), outcome);
        }
    }
}
