//! A naive model: it remembers every request and answers each question by looking at all of them.

use std::time::{Duration, SystemTime};

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{Charge, Limit, Limits, Quota, Refused, Taken, Usage};

/// The start of a story: twenty seconds before midnight.
const BEGIN: u64 = 1_700_006_380_000;

const USERS: [&str; 2] = ["ada", "bob"];

/// One step of a story.
#[derive(Debug, Clone)]
pub(in super::super) enum Step {
    /// Time passes, in milliseconds.
    Wait(u64),
    /// A user sends a request.
    Take(usize, Quota, Charge),
    /// One of the held requests is refunded.
    Refund(prop::sample::Index),
    /// One of the held requests ends.
    End(prop::sample::Index),
}

/// The requests of one user.
#[derive(Debug, Default)]
struct Model {
    /// Time and daily cost of each request.
    counted: Vec<(u64, u64)>,
    streams: u64,
}

/// A request that is held.
struct Held {
    taken: Taken,
    user: usize,
    entry: (u64, u64),
    stream: bool,
}

/// Stories, with or without streams.
pub(in super::super) fn stories(streams: bool) -> impl Strategy<Value = Vec<Step>> {
    let limit = || proptest::option::of(1_u64..6);
    let quota = (limit(), limit(), limit(), limit()).prop_map(|(day, hour, minute, open)| Quota {
        per_day: day.map(|day| day * 3),
        per_hour: hour,
        per_minute: minute,
        concurrent_streams: open,
    });
    let charge = (1_u64..4, prop::bool::weighted(if streams { 0.5 } else { 0.0 }))
        .prop_map(|(day, stream)| Charge { day, stream });
    let wait = prop_oneof![
        6 => 0_u64..1_500,
        4 => 0_u64..40_000,
        1 => 0_u64..4_000_000,
        1 => 80_000_000_u64..90_000_000,
    ];
    let step = prop_oneof![
        4 => wait.prop_map(Step::Wait),
        8 => (0..USERS.len(), quota, charge).prop_map(|(user, quota, charge)| Step::Take(user, quota, charge)),
        2 => any::<prop::sample::Index>().prop_map(Step::Refund),
        2 => any::<prop::sample::Index>().prop_map(Step::End),
    ];
    vec(step, 1..60)
}

/// Plays a story against the counters and the model, and checks that they agree.
pub(in super::super) async fn agrees(limits: &Limits, prefix: &str, story: Vec<Step>) -> Result<(), TestCaseError> {
    let mut now = BEGIN;
    let mut models: [Model; 2] = Default::default();
    let mut held: Vec<Held> = Vec::new();
    for step in story {
        match step {
            Step::Wait(millis) => now += millis,
            Step::Take(user, quota, charge) => {
                let name = format!("{prefix}{}", USERS[user]);
                let answer = limits.take(&name, &quota, charge, at(now)).await;
                let expected = models[user].first_refusing(&quota, charge, now);
                match answer {
                    Ok(taken) => {
                        prop_assert_eq!(expected, None);
                        models[user].counted.push((now, charge.day));
                        models[user].streams += u64::from(charge.stream);
                        let (entry, stream) = ((now, charge.day), charge.stream);
                        held.push(Held {
                            taken,
                            user,
                            entry,
                            stream,
                        });
                    }
                    Err(Refused::Limit { which, retry_after }) => {
                        prop_assert_eq!(expected, Some(which));
                        models[user].check_retry(&quota, charge, now, retry_after)?;
                    }
                    Err(Refused::Unavailable(_)) => return Err(TestCaseError::fail("unavailable")),
                }
            }
            Step::Refund(index) if !held.is_empty() => {
                let one = held.swap_remove(index.index(held.len()));
                let model = &mut models[one.user];
                model.streams -= u64::from(one.stream);
                let place = model.counted.iter().position(|entry| *entry == one.entry);
                model.counted.swap_remove(place.unwrap());
                one.taken.refund();
            }
            Step::End(index) if !held.is_empty() => {
                let one = held.swap_remove(index.index(held.len()));
                models[one.user].streams -= u64::from(one.stream);
            }
            Step::Refund(_) | Step::End(_) => {}
        }
        for (user, model) in USERS.into_iter().zip(&models) {
            let user = format!("{prefix}{user}");
            eventually(limits, &user, at(now), model.usage(now)).await;
        }
    }
    Ok(())
}

/// Reads the usage until it is `expected`: refunds reach Redis a moment later.
pub(in super::super) async fn eventually(limits: &Limits, user: &str, now: SystemTime, expected: Usage) {
    let begin = std::time::Instant::now();
    loop {
        let usage = limits.usage(user, now).await.unwrap();
        if usage == expected {
            return;
        }
        let waited = begin.elapsed();
        assert!(
            limits.redis.is_some() && waited < Duration::from_secs(5),
            "{user}: {usage:?} instead of {expected:?}"
        );
        tokio::task::yield_now().await;
    }
}

// === impl Model ===

impl Model {
    fn usage(&self, now: u64) -> Usage {
        let within = |period: u64| {
            let mine = move |(at, _): &&(u64, u64)| at / period == now / period;
            self.counted.iter().filter(mine)
        };
        let recent = |(at, _): &&(u64, u64)| at / 1_000 + 60 >= now / 1_000;
        Usage {
            day: within(86_400_000).map(|(_, cost)| cost).sum(),
            hour: within(3_600_000).count() as u64,
            minute: self.counted.iter().filter(recent).count() as u64,
            streams: self.streams,
        }
    }

    fn first_refusing(&self, quota: &Quota, charge: Charge, now: u64) -> Option<Limit> {
        let usage = self.usage(now);
        let beyond = |used: u64, limit: Option<u64>| limit.is_some_and(|limit| used > limit);
        let refusals = [
            (Limit::Day, beyond(usage.day + charge.day, quota.per_day)),
            (Limit::Hour, beyond(usage.hour + 1, quota.per_hour)),
            (Limit::Minute, beyond(usage.minute + 1, quota.per_minute)),
            (
                Limit::ConcurrentStreams,
                charge.stream && beyond(usage.streams + 1, quota.concurrent_streams),
            ),
        ];
        let first = refusals.into_iter().find(|(_, refuses)| *refuses);
        first.map(|(limit, _)| limit)
    }

    /// Checks that there is room again exactly when the refusal said so, not a millisecond earlier or later.
    fn check_retry(&self, quota: &Quota, charge: Charge, now: u64, retry_after: Duration) -> Result<(), TestCaseError> {
        let without_streams = Charge {
            stream: false,
            ..charge
        };
        if self.first_refusing(quota, charge, now) == Some(Limit::ConcurrentStreams) {
            prop_assert_eq!(retry_after, Duration::from_secs(1));
            return Ok(());
        }
        let streams_too = Quota {
            concurrent_streams: quota.concurrent_streams,
            ..Quota::default()
        };
        if self.first_refusing(&streams_too, charge, now).is_some() {
            return Ok(());
        }
        let room = now + retry_after.as_millis() as u64;
        prop_assert_eq!(self.first_refusing(quota, without_streams, room), None);
        let before = self.first_refusing(quota, without_streams, room - 1);
        prop_assert!(before.is_some(), "there was room before {retry_after:?}");
        Ok(())
    }
}

fn at(millis: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}
