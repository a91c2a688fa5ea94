//! The targets: one file each, with a function that panics if a property does not hold for an input. [`gateway`] is none:
//! it is what the last two talk to.

pub mod config;
pub mod connections;
pub mod framings;
pub mod gateway;
pub mod members;
pub mod replies;
pub mod requests;
pub mod streams;
pub mod tokens;
pub mod upstreams;

use jackfield_dialects::{Dialect, all};

/// One target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is also that of its folder of seeds.
    pub name: &'static str,
    /// Panics if the input breaks a property.
    pub run: fn(&[u8]),
    /// Words that open paths which single bytes would hardly find.
    pub words: &'static [&'static str],
    /// How many inputs a test run tries: those of about a second.
    pub quick_runs: u64,
}

/// Words that every JSON parser is worth trying with.
const JSON: &[&str] = &[
    "{}",
    "[]",
    "null",
    "true",
    "-1",
    "1e400",
    "0.5",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "{\"\":",
    "[[[[[[[[",
    ",",
    ":",
    "\u{feff}",
    "\u{2028}",
    "99999999999999999999",
];

/// All targets, from the innermost layer outwards.
pub const ALL: [Target; 9] = [
    Target {
        name: "framings",
        run: framings::run,
        words: framings::WORDS,
        quick_runs: 3000,
    },
    Target {
        name: "members",
        run: members::run,
        words: JSON,
        quick_runs: 8000,
    },
    Target {
        name: "requests",
        run: requests::run,
        words: requests::WORDS,
        quick_runs: 5000,
    },
    Target {
        name: "replies",
        run: replies::run,
        words: replies::WORDS,
        quick_runs: 5000,
    },
    Target {
        name: "streams",
        run: streams::run,
        words: streams::WORDS,
        quick_runs: 5000,
    },
    Target {
        name: "tokens",
        run: tokens::run,
        words: tokens::WORDS,
        quick_runs: 5000,
    },
    Target {
        name: "config",
        run: config::run,
        words: config::WORDS,
        quick_runs: 200,
    },
    Target {
        name: "connections",
        run: connections::run,
        words: connections::WORDS,
        quick_runs: 600,
    },
    Target {
        name: "upstreams",
        run: upstreams::run,
        words: upstreams::WORDS,
        quick_runs: 600,
    },
];

/// The target of that name.
pub fn find(name: &str) -> Option<Target> {
    ALL.into_iter().find(|target| target.name == name)
}

/// Every dialect in every variant: as clients speak it whose requests have none of the headers that choose one, and as
/// those do whose requests have all of them.
fn variants() -> impl Iterator<Item = Dialect> {
    let of = |dialect: Dialect| [dialect.variant(&|_| false), dialect.variant(&|_| true)];
    all().into_iter().flat_map(of)
}
