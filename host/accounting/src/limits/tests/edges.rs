//! The edges of the periods, as a table.

use std::time::{Duration, SystemTime};

use super::super::{Charge, Limit, Limits, Quota, Refused};

/// Midnight between two days, in milliseconds since 1970: the 15th of November 2023 begins.
const MIDNIGHT: i64 = 1_700_006_400_000;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// The limit (of one); when one request is taken and when another is attempted, in milliseconds from midnight; and the
/// milliseconds until there is room again, if the second is refused.
const EDGES: [(Limit, i64, i64, Option<u64>); 20] = [
    // Days are UTC days.
    (Limit::Day, 0, 0, Some(86_400_000)),
    (Limit::Day, 0, DAY - 1, Some(1)),
    (Limit::Day, 0, DAY, None),
    (Limit::Day, -1, -1, Some(1)),
    (Limit::Day, -1, 0, None),
    (Limit::Day, -DAY, 5 * DAY, None),
    // Hours are clock hours.
    (Limit::Hour, 0, HOUR - 1, Some(1)),
    (Limit::Hour, 0, HOUR, None),
    (Limit::Hour, HOUR / 2, HOUR - 1_500, Some(1_500)),
    (Limit::Hour, -1, 0, None),
    (Limit::Hour, HOUR / 2, HOUR / 2 + DAY, None),
    // Minutes slide: a second counts until all of it is older than sixty seconds.
    (Limit::Minute, 10_900, 10_900, Some(60_100)),
    (Limit::Minute, 10_900, 70_500, Some(500)),
    (Limit::Minute, 10_900, 70_999, Some(1)),
    (Limit::Minute, 10_900, 71_000, None),
    (Limit::Minute, 10_000, 70_000, Some(1_000)),
    (Limit::Minute, 10_000, 71_000, None),
    // Across midnight, and across the top of the hour.
    (Limit::Minute, -100, 59_999, Some(1)),
    (Limit::Minute, -100, 60_000, None),
    (Limit::Minute, HOUR - 1, HOUR, Some(60_000)),
];

/// Checks every row with its own user.
pub(in super::super) async fn hold(limits: &Limits) {
    let charge = Charge { day: 1, stream: false };
    for (number, row) in EDGES.into_iter().enumerate() {
        let (which, taken, asked, room_in) = row;
        let (user, quota) = (format!("user-{number}"), one(which));
        let first = limits.take(&user, &quota, charge, at(taken)).await;
        assert!(first.is_ok(), "{row:?}: {first:?}");
        let second = limits.take(&user, &quota, charge, at(asked)).await;
        let refused = room_in.map(|millis| Refused::Limit {
            which,
            retry_after: Duration::from_millis(millis),
        });
        assert_eq!(second.err(), refused, "{row:?}");
    }
}

fn one(limit: Limit) -> Quota {
    let only = |which| (limit == which).then_some(1);
    Quota {
        per_day: only(Limit::Day),
        per_hour: only(Limit::Hour),
        per_minute: only(Limit::Minute),
        concurrent_streams: only(Limit::ConcurrentStreams),
    }
}

fn at(millis: i64) -> SystemTime {
    let since = u64::try_from(MIDNIGHT + millis).unwrap();
    SystemTime::UNIX_EPOCH + Duration::from_millis(since)
}
