//! Calls where the pace says, with a clock that stands still.

use std::sync::mpsc;

use super::*;

fn slow() -> Arc<Pace> {
    Pace::new("p", &Threads::new(1), true)
}

#[tokio::test]
async fn a_fast_plugin_runs_on_the_requests_thread() {
    let pace = Pace::new("p", &Threads::new(1), false);
    let thread = || std::thread::current().id();
    let ran = pace.run(Turn::first(None), thread, || thread).await.unwrap().value;
    assert_eq!(ran, thread());
    assert_eq!(pace.report().waiting, 0);
}

#[tokio::test]
async fn a_slow_plugin_runs_elsewhere_while_this_thread_goes_on() {
    let (tell, told) = mpsc::channel();
    let work = move || told.recv().is_ok();
    let paced = slow().run(Turn::first(None), || false, || work);
    // The call waits for what only this thread can send.
    tell.send(()).unwrap();
    assert!(paced.await.unwrap().value);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_not_begun() {
    let pace = slow();
    let (tell, told) = mpsc::channel::<()>();
    let (tell_running, running) = mpsc::channel();
    let first = move || tell_running.send(()).is_ok() && told.recv().is_ok();
    let first = pace.run(Turn::first(None), || true, || first);
    running.recv().unwrap();
    let (tell_begun, begun) = mpsc::channel::<()>();
    drop(pace.run(Turn::first(None), || true, || move || tell_begun.send(()).is_ok()));
    assert_eq!(pace.report().waiting, 0);
    let last = pace.run(Turn::first(None), || (), || || ());
    drop(tell);
    first.await.unwrap();
    last.await.unwrap();
    assert!(begun.try_recv().is_err());
}

#[tokio::test]
async fn a_panic_loses_one_call_and_no_thread() {
    let pace = slow();
    let lost = pace.run(
        Turn::first(None),
        || (),
        || || std::panic::resume_unwind(Box::new("lost")),
    );
    assert_eq!(lost.await, Err(PaceError::Lost));
    assert_eq!(pace.run(Turn::first(None), || 1, || || 2).await.unwrap().value, 2);
}

#[tokio::test]
async fn one_user_cannot_fill_the_queue_for_another() {
    let pace = slow();
    let (tell, told) = mpsc::channel::<()>();
    let blocking = move || {
        let _ = told.recv();
        0
    };
    let running = pace.run(Turn::first(None), || 0, || blocking);
    pace.measure.ran_away(Duration::from_millis(100));
    let ask = |n| pace.run(Turn::first(Some("greedy")), || n, || move || n);
    let greedy: Vec<_> = (0..2 * queue::MOST).map(ask).collect();
    let modest = pace.run(Turn::first(Some("modest")), || 7, || || 7);
    drop(tell);
    running.await.unwrap();
    assert_eq!(modest.await.unwrap().value, 7_usize);
    let mut refused = 0;
    for call in greedy {
        refused += usize::from(matches!(call.await, Err(PaceError::Full(_))));
    }
    assert!(refused > queue::MOST);
}

#[test]
fn the_same_content_keeps_its_pace() {
    let (paces, threads) = (Paces::default(), Threads::new(1));
    let first = paces.of("p", "aa", &threads, false);
    first.measure.ran_here(Duration::from_millis(100));
    assert!(paces.of("p", "aa", &threads, false).report().slow);
    assert!(!paces.of("p", "bb", &threads, false).report().slow);
}

#[test]
fn of_what_is_loaded_no_more_only_so_many_paces_are_remembered() {
    let (paces, threads) = (Paces::default(), Threads::new(1));
    let loaded = paces.of("p", "loaded", &threads, false);
    loaded.measure.ran_here(Duration::from_millis(100));
    for content in 0..10 * REMEMBERED {
        paces.of("p", &content.to_string(), &threads, false);
        assert!(paces.by_hash.lock().unwrap().len() <= REMEMBERED);
    }
    assert!(paces.of("p", "loaded", &threads, false).report().slow);
}
