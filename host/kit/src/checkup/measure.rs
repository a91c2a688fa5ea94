//! What calls take: time, bytes and memory.

use std::time::Duration;

use jackfield_config::PluginLimits;
use serde::Serialize;

use super::Finding;
use super::trial::{Subject, Trial};

/// How often each call is made. The median is what counts: others use the machine too.
const ROUNDS: usize = 25;

/// A page of a WebAssembly memory.
const PAGE: usize = 1 << 16;

/// What one call took.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// The request or the case.
    pub name: String,
    /// The function that was called.
    pub function: &'static str,
    /// The median of its time in a fresh instance, in microseconds.
    pub microseconds: u64,
    /// What the plugin may read in it, in bytes.
    pub bytes_in: usize,
    /// What it returned, in bytes, as text.
    pub bytes_out: usize,
    /// The memory that it needs, in bytes; none if it did not end.
    pub memory_bytes: Option<usize>,
    /// Why the sandbox ended it; none if it ended by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Measures all calls, and says how much memory they need.
pub(super) fn measure<T: Trial>(plugin: &T::Plugin, calls: &[T]) -> (Vec<Measured>, Finding) {
    let measured: Vec<Measured> = calls.iter().map(|call| one(plugin, call)).collect();
    let limit = plugin.limits().max_memory_bytes;
    let most = measured
        .iter()
        .filter_map(|measured| Some((measured.memory_bytes?, &measured.name)))
        .max();
    let finding = match most {
        None => Finding::warning("memory", "no call ended, so none was measured", "see the other checks"),
        Some((bytes, name)) => {
            let detail = format!(
                "{} KiB at most, for {name}; the limit is {} KiB",
                bytes >> 10,
                limit >> 10
            );
            if bytes > limit / 2 {
                let remedy = "keep less at a time, or have operators raise `plugins.overrides.NAME.max_memory_bytes`";
                Finding::warning("memory", detail, remedy)
            } else {
                Finding::passed("memory", detail)
            }
        }
    };
    (measured, finding)
}

/// Whether the calls stay within the deadline and the other limits.
pub(super) fn limits(measured: &[Measured], limits: &PluginLimits) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ended = measured.iter().find_map(|call| Some((call, call.error.as_ref()?)));
    findings.push(match ended {
        Some((call, error)) => {
            let detail = format!("{} of {}: the plugin {error}", call.function, call.name);
            Finding::failed(
                "limits",
                detail,
                "return a failure instead of panicking, and stay within the limits",
            )
        }
        None => Finding::passed("limits", format!("{} calls ended by themselves", measured.len())),
    });
    let deadline = limits.deadline;
    let slowest = measured.iter().max_by_key(|call| call.microseconds);
    findings.extend(slowest.map(|call| {
        let time = Duration::from_micros(call.microseconds);
        let detail = format!(
            "{time:?} at most, for {} of {}; the deadline is {deadline:?}",
            call.function, call.name
        );
        if time > deadline / 2 {
            let remedy = "do less in one call; look for regular expressions and tables that are built in each";
            Finding::warning("time", detail, remedy)
        } else {
            Finding::passed("time", detail)
        }
    }));
    findings
}

fn one<T: Trial>(plugin: &T::Plugin, call: &T) -> Measured {
    let mut measured = Measured {
        name: call.name().to_owned(),
        function: call.function(),
        microseconds: 0,
        bytes_in: call.bytes(),
        bytes_out: 0,
        memory_bytes: None,
        error: None,
    };
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let (took, made) = call.timed(plugin);
        times.push(took);
        match made {
            Ok(outcome) => measured.bytes_out = outcome.len(),
            // A busy machine ends a call now and then that is fast enough; one that is too slow never ends.
            Err(fault) => measured.error = Some(fault.predicate()),
        }
    }
    times.sort();
    let median = times[times.len() / 2];
    measured.microseconds = u64::try_from(median.as_micros()).unwrap_or(u64::MAX);
    let soundly = |plugin: &T::Plugin| (0..3).any(|_| call.make(plugin).is_ok());
    if measured.error.is_some() && soundly(plugin) {
        measured.error = None;
    }
    measured.memory_bytes = measured.error.is_none().then(|| memory(plugin, soundly));
    measured
}

/// The least memory in which a call ends, found by halving.
fn memory<S: Subject>(plugin: &S, ends: impl Fn(&S) -> bool) -> usize {
    let limits = plugin.limits();
    let (mut too_little, mut enough) = (0, limits.max_memory_bytes / PAGE);
    while enough - too_little > 1 {
        let middle = usize::midpoint(too_little, enough);
        let within = plugin.limited(PluginLimits {
            max_memory_bytes: middle * PAGE,
            ..limits
        });
        if ends(&within) {
            enough = middle;
        } else {
            too_little = middle;
        }
    }
    enough * PAGE
}
