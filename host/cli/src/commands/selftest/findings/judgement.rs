//! What the findings of a chain mean, in sentences: who serves when its providers fail, and what clients see.

use std::collections::BTreeMap;

use super::CaseFindings;
use crate::commands::selftest::chain::{Chain, Scope};
use crate::commands::selftest::fault::Fault;

/// What the cases mean, in sentences.
pub(super) fn judgement(chain: &Chain, cases: &[CaseFindings]) -> Vec<String> {
    let baseline: Vec<&CaseFindings> = cases.iter().filter(|case| case.fault == Fault::None).collect();
    if let Some(bad) = baseline.iter().find(|case| !case.is_served()) {
        return vec![format!(
            "even with nothing wrong clients see {}: this test does not speak the language of one of the adapters, so only \
             refusals below tell anything",
            bad.told()
        )];
    }
    let first = chain.steps.first().map(|step| step.join(" and ")).unwrap_or_default();
    let of = |scope: Scope, middle: bool, stream: Option<bool>| {
        cases
            .iter()
            .filter(|case| case.fault.is_outage() && case.scope == scope)
            .filter(|case| case.fault.is_in_the_middle() == middle && stream.is_none_or(|stream| case.stream == stream))
            .collect::<Vec<_>>()
    };
    let mut sentences = Vec::new();
    if chain.has_others() {
        sentences.push(format!("{first} down: {}", summed_up(&of(Scope::First, false, None))));
        sentences.push(format!(
            "every provider down: {}",
            summed_up(&of(Scope::All, false, None))
        ));
    } else {
        let down = summed_up(&of(Scope::First, false, None));
        sentences.push(format!("no fallback, as {first} is alone; down: {down}"));
    }
    let whole = summed_up(&of(Scope::First, true, Some(false)));
    sentences.push(format!("{first} breaks off a whole answer: {whole}"));
    let streamed = summed_up(&of(Scope::First, true, Some(true)));
    sentences.push(format!("{first} breaks off a stream: {streamed}"));
    let slow = |case: &&CaseFindings| case.fault == Fault::SlowFirstByte && case.scope == Scope::First;
    let slow = summed_up(&cases.iter().filter(slow).collect::<Vec<_>>());
    sentences.push(format!("{first} is slow to begin: {slow}"));
    sentences
}

/// Who served these cases, and what clients saw of the others.
fn summed_up(cases: &[&CaseFindings]) -> String {
    let mut groups: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for case in cases {
        let told = match case.answered() {
            Some(provider) if case.is_served() => format!("served by {provider}"),
            _ if case.is_served() => "served".to_owned(),
            _ => format!("clients see {}", case.told()),
        };
        let faults = groups.entry(told).or_default();
        if !faults.contains(&case.fault.name()) {
            faults.push(case.fault.name());
        }
    }
    if let [(told, _)] = groups.iter().collect::<Vec<_>>()[..] {
        return told.clone();
    }
    let parts = groups
        .iter()
        .map(|(told, faults)| format!("{told} ({})", faults.join(", ")));
    parts.collect::<Vec<_>>().join("; ")
}
