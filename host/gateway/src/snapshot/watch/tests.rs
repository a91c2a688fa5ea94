//! When files are read, under a paused clock.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::{Wake, quiet};

/// How many milliseconds a burst of these wake-ups, `gap_ms` apart, is awaited, and whether it forces a reload.
async fn awaited(first: Wake, then: &[Wake], gap_ms: u64) -> (u128, bool) {
    let (sender, mut wakes) = mpsc::channel(64);
    let then = then.to_vec();
    let sending = async move {
        for wake in then {
            sleep(Duration::from_millis(gap_ms)).await;
            let _ = sender.send(wake).await;
        }
        // The channel stays open, as a watcher's does.
        sleep(Duration::from_mins(1)).await;
        drop(sender);
    };
    let started = Instant::now();
    tokio::select! {
        forced = quiet(&mut wakes, first) => (started.elapsed().as_millis(), forced),
        () = sending => panic!("the burst was awaited forever"),
    }
}

#[tokio::test(start_paused = true)]
async fn one_event_is_awaited_for_fifty_milliseconds() {
    assert_eq!(awaited(Wake::Event, &[], 0).await, (50, false));
}

#[tokio::test(start_paused = true)]
async fn each_further_event_restarts_the_wait() {
    assert_eq!(awaited(Wake::Event, &[Wake::Event; 3], 40).await, (170, false));
}

#[tokio::test(start_paused = true)]
async fn a_steady_trickle_is_cut_off_after_half_a_second() {
    assert_eq!(awaited(Wake::Event, &[Wake::Event; 40], 40).await.0, 500);
}

#[tokio::test(start_paused = true)]
async fn a_forced_reload_anywhere_in_a_burst_forces_it() {
    assert!(awaited(Wake::Forced, &[Wake::Event], 10).await.1);
    assert!(
        awaited(Wake::Event, &[Wake::Event, Wake::Forced, Wake::Event], 10)
            .await
            .1
    );
}
