//! What outcomes make of the health of a target.

use super::*;

/// Adds outcomes one second apart. Returns the time of the last one.
fn health(outcomes: &[Result<u64, Class>]) -> (Health, Instant) {
    let health = Health::default();
    let mut now = Instant::now();
    for outcome in outcomes {
        now += Duration::from_secs(1);
        health.note(match outcome {
            Ok(latency) => HealthSample::answered(Duration::from_millis(*latency), now),
            Err(class) => HealthSample::failed(*class, now),
        });
    }
    (health, now)
}

fn status(outcomes: &[Result<u64, Class>]) -> Status {
    let (health, now) = health(outcomes);
    health.report(now, false).status
}

const FAILED: Result<u64, Class> = Err(Class::Overloaded);

#[test]
fn without_requests_the_status_is_unknown() {
    let report = Health::default().report(Instant::now(), false);
    assert_eq!(report.status, Status::Unknown);
    assert_eq!(report.latency_ms, None);
}

#[test]
fn outcomes_older_than_ten_minutes_do_not_count() {
    let (health, now) = health(&[FAILED, Ok(20)]);
    let later = now + WINDOW - Duration::from_secs(1);
    assert_eq!(health.report(later, false).status, Status::Healthy);
    assert_eq!(health.report(now + WINDOW, false).status, Status::Unknown);
    assert_eq!(health.report(now + WINDOW, false).latency_ms, None);
}

#[test]
fn a_failure_rate_of_a_fifth_is_degraded() {
    assert_eq!(status(&[Ok(1); 5]), Status::Healthy);
    assert_eq!(status(&[FAILED, Ok(1), Ok(1), Ok(1), Ok(1), Ok(1)]), Status::Healthy);
    assert_eq!(status(&[FAILED, Ok(1), Ok(1), Ok(1), Ok(1)]), Status::Degraded);
    assert_eq!(status(&[FAILED]), Status::Degraded);
}

#[test]
fn five_failures_in_a_row_are_an_outage_and_one_success_ends_it() {
    assert_eq!(status(&[FAILED; 4]), Status::Degraded);
    assert_eq!(status(&[FAILED; 5]), Status::Down);
    let after_many = [&[Ok(1); 40][..], &[FAILED; 5]].concat();
    assert_eq!(status(&after_many), Status::Down);
    let recovered = [&after_many[..], &[Ok(1)]].concat();
    assert_eq!(status(&recovered), Status::Healthy);
}

#[test]
fn only_the_last_fifty_count() {
    let mut outcomes = vec![FAILED; 60];
    outcomes.extend([Ok(1); 40]);
    assert_eq!(status(&outcomes), Status::Degraded);
    outcomes.push(Ok(1));
    assert_eq!(status(&outcomes), Status::Healthy);
}

#[test]
fn an_open_breaker_is_an_outage_whatever_the_outcomes() {
    let (health, now) = health(&[Ok(10)]);
    let report = health.report(now, true);
    assert_eq!((report.status, report.latency_ms), (Status::Down, Some(10)));
    assert_eq!(
        Health::default().report(now, true).status,
        Status::Down,
        "requests are rejected, whatever happened before"
    );
}

#[test]
fn a_client_fault_counts_as_a_success_without_a_latency() {
    let (health, now) = health(&[Ok(100), Err(Class::Client), Err(Class::Client)]);
    let report = health.report(now, false);
    assert_eq!(report.status, Status::Healthy);
    assert_eq!(report.latency_ms, Some(100));
    assert_eq!(status(&[Err(Class::Client); 5]), Status::Healthy);
}

#[test]
fn every_other_class_is_a_failure() {
    for class in [
        Class::Refused,
        Class::RateLimited,
        Class::Overloaded,
        Class::Timeout,
        Class::Malformed,
        Class::Plugin,
    ] {
        assert_eq!(status(&[Err(class); 5]), Status::Down, "{class}");
    }
}

#[test]
fn the_latency_is_the_median_of_successes() {
    let (health, now) = health(&[Ok(10), FAILED, Ok(5000), Ok(30)]);
    assert_eq!(health.report(now, false).latency_ms, Some(30));
}

#[test]
fn a_provider_tells_its_latencies_by_minute_and_failures_have_none() {
    let now = Instant::now();
    let health = Health::by_minute(now);
    health.note(HealthSample::answered(Duration::from_millis(5), now));
    health.note(HealthSample::failed(Class::Overloaded, now));
    let minutes = health.minutes(now);
    assert_eq!(minutes.iter().map(|minute| minute.answers).sum::<u64>(), 1);
    assert!(Health::default().minutes(now).is_empty());
}

#[test]
fn an_outcome_that_comes_late_from_another_thread_counts_by_its_time() {
    let (health, now) = health(&[Ok(10)]);
    let earlier = now + Duration::from_secs(9);
    health.note(HealthSample::answered(Duration::from_millis(20), earlier));
    assert_eq!(health.report(now, false).latency_ms, Some(20));
    assert_eq!(health.report(now + WINDOW, false).latency_ms, Some(20));
}

#[test]
fn a_model_is_doing_as_well_as_the_best_of_its_targets() {
    let targets = [Status::Down, Status::Healthy, Status::Degraded];
    assert_eq!(targets.into_iter().max(), Some(Status::Healthy));
    assert!(Status::Down < Status::Unknown && Status::Unknown < Status::Degraded);
}
