//! Whether equal calls have equal answers, as the contract promises: in a fresh instance, and in one that served others.

use jackfield_config::{Isolation, PluginLimits};

use super::Finding;
use super::trial::{Subject, Trial};

/// Two equal calls in fresh instances.
pub(super) fn equal_calls<T: Trial>(plugin: &T::Plugin, calls: &[T]) -> Finding {
    const CHECK: &str = "purity";
    let Some(call) = calls.iter().find(|call| !is_pure(plugin, *call)) else {
        return Finding::passed(CHECK, format!("{} equal calls have equal answers", calls.len()));
    };
    let detail = format!(
        "two equal calls of {} for {} have different answers",
        call.function(),
        call.name()
    );
    if plugin.asks_for_facts() {
        let remedy = "it asks for `request-facts`: a gateway must call it for every request; do without if you can";
        return Finding::warning(CHECK, detail, remedy);
    }
    let remedy = "let nothing but its arguments decide: no clock, no random number, no order of a hash map";
    Finding::failed(CHECK, detail, remedy)
}

/// Each call that is pure, in an instance that has served all others before.
pub(super) fn used_instances<T: Trial>(plugin: &T::Plugin, calls: &[T]) -> Finding {
    let shared = plugin.limited(PluginLimits {
        isolation: Isolation::Shared,
        ..plugin.limits()
    });
    for call in calls {
        outcome(&shared, call);
    }
    let differs = |call: &&T| is_pure(plugin, *call) && outcome(plugin, *call) != outcome(&shared, *call);
    match calls.iter().find(differs) {
        Some(call) => Finding::failed(
            "leftovers",
            format!(
                "{} for {} answers otherwise in an instance that has served other calls",
                call.function(),
                call.name()
            ),
            "keep nothing in statics between calls: what a later call needs belongs into the state",
        ),
        None => Finding::passed("leftovers", "a used instance answers as a fresh one"),
    }
}

fn is_pure<T: Trial>(plugin: &T::Plugin, call: &T) -> bool {
    outcome(plugin, call) == outcome(plugin, call)
}

/// What a call comes to; none if the sandbox ended it, which is another check's business.
fn outcome<T: Trial>(plugin: &T::Plugin, call: &T) -> Option<String> {
    call.make(plugin).ok()
}
