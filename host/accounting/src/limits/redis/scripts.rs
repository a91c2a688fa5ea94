//! What is asked of Redis: the scripts, the keys they get, and what their answers mean.
//!
//! Each user has two keys, `jf:{user}:counts` and `jf:{user}:streams`. The braces are a hash tag: both live in the same
//! slot, as scripts demand. Names of keys hold no time, so that a script can take the time from the server and
//! still say beforehand which keys it touches.

use std::time::Duration;

use redis::{Pipeline, Script, ScriptInvocation};

use super::super::counters::{Moment, Stamp};
use super::super::{Charge, Limit, Quota, Refused};
use crate::clock::millis;

/// How long a stream keeps its place without being renewed: what the streams of a killed node still hold.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// A user that is none: `%` in a user's id is written otherwise.
const PROBE: &str = "jf:{%probe}";

/// The scripts.
#[derive(Debug)]
pub(super) struct Scripts {
    take: Script,
    usage: Script,
    give_back: Script,
    renew: Script,
    clock: Clock,
}

/// Whose clock turns the periods.
#[derive(Debug, Clone, Copy)]
pub(super) enum Clock {
    /// The server's: the nodes' clocks differ, and a day must turn for all of them at once.
    Server,
    /// The caller's, so that a test can say what time it is.
    #[cfg(test)]
    Caller,
}

/// What [`Scripts::take`] answers.
pub(super) type Decision = (u64, u64, u64, u64);

// === impl Scripts ===

impl Scripts {
    pub(super) fn new(clock: Clock) -> Self {
        let reading = |rest: &str| Script::new(&format!("{}{rest}", include_str!("read.lua")));
        Self {
            take: reading(include_str!("take.lua")),
            usage: reading(include_str!("usage.lua")),
            give_back: Script::new(include_str!("give_back.lua")),
            renew: Script::new(include_str!("renew.lua")),
            clock,
        }
    }

    /// Decides a request; see [`verdict`].
    pub(super) fn take(
        &self,
        user: &str,
        quota: &Quota,
        charge: Charge,
        stream: &str,
        now: Moment,
    ) -> ScriptInvocation<'_> {
        let mut call = self.take.prepare_invoke();
        let user = prefix(user);
        call.key(counts(&user)).key(streams(&user));
        call.arg(self.clock.millis(now)).arg(charge.day).arg(stream);
        call.arg(millis(LEASE));
        let Quota {
            per_day,
            per_hour,
            per_minute,
            concurrent_streams,
        } = *quota;
        for limit in [per_day, per_hour, per_minute, concurrent_streams] {
            match limit {
                Some(limit) => call.arg(limit),
                None => call.arg(-1),
            };
        }
        call
    }

    /// Decides a request of nobody. A server that may not write, or not run scripts, answers a ping, but not this.
    pub(super) fn probe(&self) -> ScriptInvocation<'_> {
        let mut call = self.take.prepare_invoke();
        call.key(counts(PROBE)).key(streams(PROBE));
        call.arg(0).arg(0).arg("").arg(0);
        call.arg(-1).arg(-1).arg(-1).arg(-1);
        call
    }

    /// Asks what a user has used: day, hour, minute, streams.
    pub(super) fn usage(&self, user: &str, now: Moment) -> ScriptInvocation<'_> {
        let mut call = self.usage.prepare_invoke();
        let user = prefix(user);
        call.key(counts(&user)).key(streams(&user));
        call.arg(self.clock.millis(now));
        call
    }

    /// Loads what [`Self::give_back`] runs: a pipeline cannot do so when it is told that it is missing.
    pub(super) fn load_give_back(&self, pipeline: &mut Pipeline) {
        pipeline.load_script(&self.give_back).ignore();
    }

    /// Loads what [`Self::renew`] runs.
    pub(super) fn load_renew(&self, pipeline: &mut Pipeline) {
        pipeline.load_script(&self.renew).ignore();
    }

    /// Returns a request's counts.
    pub(super) fn give_back(&self, pipeline: &mut Pipeline, user: &str, stamp: Stamp) {
        let mut call = self.give_back.prepare_invoke();
        call.key(counts(&prefix(user))).arg(stamp.day);
        call.arg(stamp.cost).arg(stamp.hour).arg(stamp.second);
        pipeline.invoke_script(&call).ignore();
    }

    /// Renews the leases of a user's streams.
    pub(super) fn renew(&self, pipeline: &mut Pipeline, user: &str, ids: &[String]) {
        let mut call = self.renew.prepare_invoke();
        call.key(streams(&prefix(user))).arg(millis(LEASE)).arg(ids);
        pipeline.invoke_script(&call).ignore();
    }

    /// Ends a user's stream.
    pub(super) fn release(pipeline: &mut Pipeline, user: &str, id: &str) {
        pipeline.zrem(streams(&prefix(user)), id).ignore();
    }
}

/// What a decision means.
pub(super) fn verdict(decision: Decision, charge: Charge) -> Result<Stamp, Refused> {
    let which = match decision {
        (0, day, hour, second) => {
            return Ok(Stamp {
                day,
                hour,
                second,
                cost: charge.day,
            });
        }
        (1, ..) => Limit::Day,
        (2, ..) => Limit::Hour,
        (3, ..) => Limit::Minute,
        _ => Limit::ConcurrentStreams,
    };
    let retry_after = Duration::from_millis(decision.1);
    Err(Refused::Limit { which, retry_after })
}

/// What the keys of a user begin with. Braces would end the hash tag early; an empty one would be none.
fn prefix(user: &str) -> String {
    if user.is_empty() {
        return "jf:{%}".to_owned();
    }
    let user = user.replace('%', "%25").replace('{', "%7B").replace('}', "%7D");
    format!("jf:{{{user}}}")
}

fn counts(prefix: &str) -> String {
    format!("{prefix}:counts")
}

fn streams(prefix: &str) -> String {
    format!("{prefix}:streams")
}

// === impl Clock ===

impl Clock {
    #[cfg_attr(not(test), expect(unused_variables, reason = "only tests say the time"))]
    fn millis(self, now: Moment) -> u64 {
        match self {
            Self::Server => 0,
            #[cfg(test)]
            Self::Caller => now.millis(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_user_can_leave_their_hash_tag_or_take_the_keys_of_another() {
        assert_eq!(prefix("ada"), "jf:{ada}");
        assert_eq!(prefix("a}b{c%7D"), "jf:{a%7Db%7Bc%257D}");
        assert_eq!(prefix(""), "jf:{%}");
        assert_ne!(prefix("%probe"), PROBE);
    }
}
