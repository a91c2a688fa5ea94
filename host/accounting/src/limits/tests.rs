//! What both kinds of counters must do alike: the edges of the periods, and agreement with a naive model.

pub(super) mod edges;
pub(super) mod model;

use super::*;

const ONE: Charge = Charge { day: 1, stream: false };

#[tokio::test]
async fn usage_from_before_a_restart_still_counts() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let prior = PriorUsage {
        day: 9,
        hour: 4,
        seconds: vec![(1_699_999_990, 2), (1_699_999_939, 5), (1_699_999_940, 1)],
    };
    let limits = Limits::in_memory();
    limits.restore("ada", &prior, now);
    let usage = limits.usage("ada", now).await.unwrap();
    assert_eq!((usage.day, usage.hour, usage.minute), (9, 4, 3));
    let quota = Quota {
        per_day: Some(10),
        ..Quota::default()
    };
    let _last = limits.take("ada", &quota, ONE, now).await.unwrap();
    let refused = limits.take("ada", &quota, ONE, now).await.unwrap_err();
    let day = Refused::Limit {
        which: Limit::Day,
        retry_after: Duration::from_secs(1_700_006_400 - 1_700_000_000),
    };
    assert_eq!(refused, day);
}

#[tokio::test]
async fn a_peek_refuses_what_taking_would_refuse_and_takes_nothing() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let limits = Limits::in_memory();
    let quota = Quota {
        per_minute: Some(1),
        concurrent_streams: Some(0),
        ..Quota::default()
    };
    for _ in 0..3 {
        assert_eq!(limits.peek("ada", &quota, now), Ok(()));
    }
    let _last = limits.take("ada", &quota, ONE, now).await.unwrap();
    let refused = limits.take("ada", &quota, ONE, now).await.unwrap_err();
    assert_eq!(limits.peek("ada", &quota, now), Err(refused));
    assert_eq!(limits.peek("bob", &quota, now), Ok(()));
    assert_eq!(limits.peek("ada", &Quota::default(), now), Ok(()));
    assert_eq!(limits.usage("ada", now).await.unwrap().minute, 1);
}

#[tokio::test]
async fn restored_usage_leaves_the_minute_as_if_it_had_been_counted_here() {
    let begin = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let prior = PriorUsage {
        seconds: vec![(1_699_999_990, 1), (1_699_999_970, 1)],
        ..PriorUsage::default()
    };
    let limits = Limits::in_memory();
    let _early = limits.take("ada", &Quota::default(), ONE, begin).await.unwrap();
    limits.restore("ada", &prior, begin);
    for (later, left) in [(30, 3), (31, 2), (50, 2), (51, 1), (60, 1), (61, 0)] {
        let now = begin + Duration::from_secs(later);
        assert_eq!(limits.usage("ada", now).await.unwrap().minute, left);
    }
}

#[test]
fn a_request_whose_quota_cannot_be_checked_may_retry_in_a_second() {
    let refused = Refused::from(CountersUnavailable);
    assert_eq!(refused.retry_after(), Duration::from_secs(1));
}

#[tokio::test]
async fn periods_end_at_their_edges_in_memory() {
    edges::hold(&Limits::in_memory()).await;
}
