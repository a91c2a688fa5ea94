//! The commands for Redis: the scripts, the keys they use, and what their answers mean.
//!
//! Each user has two keys, `jf:{user}:counts` and `jf:{user}:streams`. The braces are a hash tag, which puts both into
//! the same cluster slot, as scripts require. Key names contain no time, so that a script can read the time from the
//! server and still declare its keys beforehand.

use std::time::Duration;

use redis::{Pipeline, Script, ScriptInvocation};

use super::super::counters::{Moment, Stamp};
use super::super::{Charge, Limit, Quota, Refused};
use crate::clock::millis;

/// How long a stream keeps its slot without being renewed: how long the streams of a killed node still count.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// The key prefix of the probe. No user has it, because `%` in a user's id is escaped.
const PROBE: &str = "jf:{%probe}";

/// The Lua scripts, hashed for `EVALSHA`.
#[derive(Debug)]
pub(super) struct Scripts {
    take: Script,
    usage: Script,
    refund: Script,
    renew: Script,
    clock: PeriodClock,
}

/// The clock that decides when periods end.
#[derive(Debug, Clone, Copy)]
pub(super) enum PeriodClock {
    /// The server's: the nodes' clocks differ, and a day must end for all of them at once.
    Server,
    /// The caller's, so that a test can set the time.
    #[cfg(test)]
    Caller,
}

/// The answer of `take.lua`, which describes it.
pub(super) type Decision = (u64, u64, u64, u64);

// === impl Scripts ===

impl Scripts {
    pub(super) fn new(clock: PeriodClock) -> Self {
        let reading = |rest: &str| Script::new(&format!("{}{rest}", include_str!("read.lua")));
        Self {
            take: reading(include_str!("take.lua")),
            usage: reading(include_str!("usage.lua")),
            refund: Script::new(include_str!("refund.lua")),
            renew: Script::new(include_str!("renew.lua")),
            clock,
        }
    }

    /// Counts a request unless a limit refuses it. [`verdict`] interprets the answer.
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

    /// Counts a request of the probe. A server that cannot write or run scripts may answer a ping, but not this.
    pub(super) fn probe(&self) -> ScriptInvocation<'_> {
        let mut call = self.take.prepare_invoke();
        call.key(counts(PROBE)).key(streams(PROBE));
        call.arg(0).arg(0).arg("").arg(0);
        call.arg(-1).arg(-1).arg(-1).arg(-1);
        call
    }

    /// Reads what a user has used: day, hour, minute, streams.
    pub(super) fn usage(&self, user: &str, now: Moment) -> ScriptInvocation<'_> {
        let mut call = self.usage.prepare_invoke();
        let user = prefix(user);
        call.key(counts(&user)).key(streams(&user));
        call.arg(self.clock.millis(now));
        call
    }

    /// Loads the script of [`Self::refund`]: a pipeline cannot load it on demand when the server reports it missing.
    pub(super) fn load_refund(&self, pipeline: &mut Pipeline) {
        pipeline.load_script(&self.refund).ignore();
    }

    /// Loads the script of [`Self::renew`].
    pub(super) fn load_renew(&self, pipeline: &mut Pipeline) {
        pipeline.load_script(&self.renew).ignore();
    }

    /// Refunds a request.
    pub(super) fn refund(&self, pipeline: &mut Pipeline, user: &str, stamp: Stamp) {
        let mut call = self.refund.prepare_invoke();
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

    /// Frees the slot of a user's stream.
    pub(super) fn release(pipeline: &mut Pipeline, user: &str, id: &str) {
        pipeline.zrem(streams(&prefix(user)), id).ignore();
    }
}

/// Interprets the answer to [`Scripts::take`].
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

/// The prefix of a user's keys. Braces in an id are escaped, for they would end the hash tag early; so is an empty id,
/// for an empty hash tag is none.
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

// === impl PeriodClock ===

impl PeriodClock {
    #[cfg_attr(not(test), expect(unused_variables, reason = "only tests set the time"))]
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
