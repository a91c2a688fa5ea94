//! Runs a target on its seeds and on changes of them, until a property breaks or the budget is spent.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use fastrand::Rng;

use crate::corpus;
use crate::mutation::mutated;
use crate::targets::Target;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub enum Budget {
    /// After so many inputs, the seeds not counted.
    Runs(u64),
    /// At this moment.
    Until(Instant),
}

/// An input that broke a property.
#[derive(Debug)]
pub struct Broken {
    /// Where the input was written to.
    pub file: PathBuf,
    /// What the property says.
    pub message: String,
}

/// Runs a target; returns how many inputs it has tried. The same seed makes the same inputs.
///
/// # Errors
/// The first input that breaks a property, made as short as a few tries can make it.
pub fn run(target: &Target, budget: Budget, seed: u64) -> Result<u64, Broken> {
    let seeds = corpus::seeds(target);
    let mut random = Rng::with_seed(seed);
    let mut tried = 0;
    for input in &seeds {
        try_one(target, input)?;
        tried += 1;
    }
    let first = tried;
    while !budget.is_spent(tried - first) {
        try_one(target, &mutated(&seeds, target.words, &mut random))?;
        tried += 1;
    }
    Ok(tried)
}

fn try_one(target: &Target, input: &[u8]) -> Result<(), Broken> {
    let Some(message) = broken(target, input) else {
        return Ok(());
    };
    let shortest = silently(|| shortened(target, input.to_vec()));
    Err(Broken {
        file: keep(target, &shortest),
        message: broken(target, &shortest).unwrap_or(message),
    })
}

/// What an input breaks.
pub fn broken(target: &Target, input: &[u8]) -> Option<String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let payload = outcome.err()?;
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    Some(text.unwrap_or("a panic without a message").to_owned())
}

/// Does something without a report of each panic: one input that breaks is news, the thousand tries that shorten it are
/// not.
fn silently<T>(what: impl FnOnce() -> T) -> T {
    static HOOK: Mutex<()> = Mutex::new(());
    let guard = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let outcome = what();
    set_hook(hook);
    drop(guard);
    outcome
}

/// The input without the stretches that do not matter, longer ones first.
fn shortened(target: &Target, mut input: Vec<u8>) -> Vec<u8> {
    let mut length = input.len() / 2;
    while length > 0 {
        let mut at = 0;
        while at < input.len() {
            let end = (at + length).min(input.len());
            let shorter = [&input[..at], &input[end..]].concat();
            if broken(target, &shorter).is_some() {
                input = shorter;
            } else {
                at = end;
            }
        }
        length /= 2;
    }
    input
}

/// Writes an input to a file whose name says what is in it.
fn keep(target: &Target, input: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/fuzz")
        .join(target.name);
    fs::create_dir_all(&folder).expect("a folder for what was found");
    // FNV-1a, so that the same find has the same name.
    let hash = input.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let file = folder.join(format!("{hash:016x}"));
    fs::write(&file, input).expect("a file for what was found");
    file
}

// === impl Budget ===

impl Budget {
    fn is_spent(self, runs: u64) -> bool {
        match self {
            Self::Runs(most) => runs >= most,
            Self::Until(end) => Instant::now() >= end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAGILE: Target = Target {
        name: "members",
        run: |data| assert!(!data.windows(2).any(|pair| pair == b"m\""), "too much"),
        words: &[],
        quick_runs: 0,
    };

    #[test]
    fn what_breaks_is_made_short_and_kept() {
        let found = try_one(&FRAGILE, b"{\"m\":1,\"n\":2}").unwrap_err();
        assert_eq!(found.message, "too much");
        assert_eq!(fs::read(found.file).unwrap(), b"m\"");
    }

    #[test]
    fn what_holds_is_no_find() {
        assert!(try_one(&FRAGILE, b"{}").is_ok());
    }
}
