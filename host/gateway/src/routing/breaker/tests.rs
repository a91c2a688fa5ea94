//! The states of a breaker, and whose outcomes change them.

use super::*;

const THRESHOLD: Threshold = Threshold {
    failures: 2,
    open_for: Duration::from_mins(1),
};

const STAKES: Stakes = Stakes {
    threshold: THRESHOLD,
    patience: Duration::from_mins(1),
    thinking: false,
};

fn breaker() -> Arc<Breaker> {
    Arc::new(Breaker::new("provider", "model"))
}

fn pass(breaker: &Arc<Breaker>, now: Instant) -> Permit {
    breaker.admit(now, STAKES).expect("the breaker rejected a request")
}

fn fail(breaker: &Arc<Breaker>, now: Instant) {
    pass(breaker, now).failed(Class::Overloaded, now);
}

fn opened(now: Instant) -> Arc<Breaker> {
    let breaker = breaker();
    fail(&breaker, now);
    fail(&breaker, now);
    breaker
}

fn closed(failures: u32) -> BreakerState {
    BreakerState::Closed {
        failures: Weight::of_failures(failures),
    }
}

fn open_from(now: Instant) -> BreakerState {
    BreakerState::Open {
        until: now + THRESHOLD.open_for,
    }
}

fn half_open_from(now: Instant) -> BreakerState {
    BreakerState::HalfOpen {
        until: now + THRESHOLD.open_for,
    }
}

#[test]
fn it_opens_after_n_consecutive_failures() {
    let now = Instant::now();
    let breaker = breaker();
    fail(&breaker, now);
    pass(&breaker, now).succeeded();
    fail(&breaker, now);
    assert_eq!(breaker.state(), closed(1));
    fail(&breaker, now);
    assert_eq!(breaker.state(), open_from(now));
}

#[test]
fn while_open_it_rejects_and_reports_until_when() {
    let now = Instant::now();
    let breaker = opened(now);
    assert!(breaker.admit(now + Duration::from_secs(59), STAKES).is_none());
    assert_eq!(breaker.state(), open_from(now));
    assert_eq!(breaker.rejects_until(), Some(now + THRESHOLD.open_for));
}

#[test]
fn once_the_open_time_is_over_exactly_one_probe_passes() {
    let now = Instant::now();
    let (breaker, later) = (opened(now), now + THRESHOLD.open_for);
    let probe = pass(&breaker, later);
    assert!(breaker.admit(later, STAKES).is_none());
    assert_eq!(breaker.state(), half_open_from(later));
    probe.succeeded();
    assert_eq!(breaker.state(), BreakerState::default());
}

#[test]
fn a_failed_probe_reopens_it_at_once() {
    let now = Instant::now();
    let (breaker, later) = (opened(now), now + THRESHOLD.open_for);
    fail(&breaker, later);
    assert_eq!(breaker.state(), open_from(later));
}

#[test]
fn a_probe_that_tells_nothing_in_time_makes_way_for_another_and_may_still_close_it() {
    let now = Instant::now();
    let (breaker, later) = (opened(now), now + THRESHOLD.open_for);
    let slow = pass(&breaker, later);
    let second = pass(&breaker, later + THRESHOLD.open_for);
    assert!(breaker.admit(later + THRESHOLD.open_for, STAKES).is_none());
    slow.succeeded();
    assert_eq!(breaker.state(), BreakerState::default());
    second.failed(Class::Overloaded, later + THRESHOLD.open_for);
    assert_eq!(
        breaker.state(),
        BreakerState::default(),
        "it began before the breaker closed"
    );
}

#[test]
fn the_failure_of_a_probe_that_has_made_way_is_not_the_failure_of_the_next() {
    let now = Instant::now();
    let (breaker, later) = (opened(now), now + THRESHOLD.open_for);
    let (slow, last) = (pass(&breaker, later), later + THRESHOLD.open_for);
    let _second = pass(&breaker, last);
    slow.failed(Class::Timeout, last);
    assert_eq!(breaker.state(), half_open_from(last));
}

#[test]
fn a_probes_first_content_closes_it_and_its_end_counts_in_the_closed_state() {
    let now = Instant::now();
    let (breaker, later) = (opened(now), now + THRESHOLD.open_for);
    let mut probe = pass(&breaker, later);
    probe.first_content();
    assert_eq!(breaker.state(), BreakerState::default());
    probe.failed(Class::Overloaded, later);
    assert_eq!(breaker.state(), closed(1));
}

#[test]
fn outcomes_from_before_the_opening_change_nothing() {
    let now = Instant::now();
    let breaker = breaker();
    let stragglers: Vec<Permit> = (0..4).map(|_| pass(&breaker, now)).collect();
    fail(&breaker, now);
    fail(&breaker, now);
    let mut stragglers = stragglers.into_iter();
    let mut next = || stragglers.next().unwrap();
    next().succeeded();
    assert_eq!(breaker.state(), open_from(now), "a success");
    next().failed(Class::Overloaded, now);
    assert_eq!(breaker.state(), open_from(now), "a failure");
    let later = now + THRESHOLD.open_for;
    let _probe = pass(&breaker, later);
    next().failed(Class::Overloaded, later);
    assert_eq!(
        breaker.state(),
        half_open_from(later),
        "a failure while a probe is in flight"
    );
    let mut streaming = next();
    streaming.first_content();
    streaming.succeeded();
    assert_eq!(breaker.state(), half_open_from(later), "a stream that began long ago");
}

#[test]
fn a_forced_attempt_may_close_it_and_does_not_prolong_it() {
    let now = Instant::now();
    let breaker = opened(now);
    let second = now + Duration::from_secs(1);
    breaker.force(second, STAKES).failed(Class::Overloaded, second);
    assert_eq!(breaker.state(), open_from(now));
    breaker.force(second, STAKES).succeeded();
    assert_eq!(breaker.state(), BreakerState::default());
}

#[test]
fn a_time_out_counts_half_if_the_client_asked_the_model_to_think() {
    let now = Instant::now();
    let breaker = breaker();
    let thinking = Stakes {
        thinking: true,
        ..STAKES
    };
    let fail = |class| breaker.admit(now, thinking).unwrap().failed(class, now);
    fail(Class::Timeout);
    fail(Class::Timeout);
    assert_eq!(breaker.state(), closed(1));
    fail(Class::Overloaded);
    assert_eq!(
        breaker.state(),
        open_from(now),
        "another failure is not explained by thinking"
    );
}

#[tokio::test(start_paused = true)]
async fn clients_that_leave_a_silent_target_open_it_at_last() {
    let breaker = breaker();
    for _ in 0..8 {
        let permit = pass(&breaker, Instant::now());
        tokio::time::advance(Duration::from_secs(5)).await;
        drop(permit);
    }
    assert_eq!(breaker.state(), open_from(Instant::now()));
}

#[tokio::test(start_paused = true)]
async fn clients_that_leave_at_once_or_a_target_that_was_heard_count_for_nothing() {
    let breaker = breaker();
    for _ in 0..20 {
        let permit = pass(&breaker, Instant::now());
        tokio::time::advance(Duration::from_millis(900)).await;
        drop(permit);
        let mut permit = pass(&breaker, Instant::now());
        permit.heard();
        tokio::time::advance(Duration::from_secs(30)).await;
        drop(permit);
    }
    assert_eq!(breaker.state(), BreakerState::default());
}

#[tokio::test(start_paused = true)]
async fn a_probe_whose_client_left_makes_way_unless_the_target_was_silent_for_long() {
    let breaker = opened(Instant::now());
    tokio::time::advance(THRESHOLD.open_for).await;
    let probe = pass(&breaker, Instant::now());
    tokio::time::advance(Duration::from_secs(5)).await;
    drop(probe);
    let probe = pass(&breaker, Instant::now());
    tokio::time::advance(Duration::from_secs(45)).await;
    drop(probe);
    assert_eq!(breaker.state(), open_from(Instant::now()));
}

#[test]
fn an_outcome_that_tells_nothing_lets_another_probe_pass() {
    let now = Instant::now();
    let (breaker, later) = (opened(now), now + THRESHOLD.open_for);
    pass(&breaker, later).untold();
    assert!(breaker.admits(Instant::now() + THRESHOLD.open_for));
    let before = breaker.state();
    breaker.force(later, STAKES).untold();
    assert_eq!(breaker.state(), before);
}

#[test]
fn a_failed_check_holds_requests_back_until_one_passes() {
    let (breaker, now) = (breaker(), Instant::now());
    let early = pass(&breaker, now);
    breaker.hold(Class::Timeout, now, now + THRESHOLD.open_for);
    assert_eq!(breaker.state(), open_from(now));
    // It began before, and says nothing about the upstream now.
    early.succeeded();
    assert!(!breaker.admits(now));
    let later = now + Duration::from_secs(1);
    breaker.hold(Class::Timeout, later, later);
    assert_eq!(breaker.state(), open_from(now));
    breaker.release(later);
    let probe = pass(&breaker, later);
    assert!(breaker.admit(later, STAKES).is_none());
    probe.succeeded();
    assert_eq!(breaker.state(), closed(0));
}

#[test]
fn a_check_that_passes_leaves_a_closed_breaker_and_a_probe_alone() {
    let now = Instant::now();
    let one = breaker();
    fail(&one, now);
    one.release(now);
    assert_eq!(one.state(), closed(1));
    let other = opened(now);
    let due = now + THRESHOLD.open_for;
    let _probe = pass(&other, due);
    other.release(due);
    assert_eq!(other.state(), half_open_from(due));
}
