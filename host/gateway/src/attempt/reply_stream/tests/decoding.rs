//! Streams that a plugin decodes, with a scripted decoder.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::advance;

use super::scene::Scene;
use crate::attempt::Then;
use crate::attempt::decoding::{Budget, Decode, DecodedChunks};
use crate::error::{Class, Failure};
use crate::upstream::framing::Event;

/// The longest that one call may take.
const DEADLINE: Duration = Duration::from_millis(100);

/// Converts each event to upper case. Fails on `bad`, is done after `done`, and writes `END` at the end.
#[derive(Debug, Default)]
struct Capitals {
    ends: usize,
}

impl Capitals {
    fn decode(&mut self, events: &[Event], last: bool, _budget: &mut Budget) -> Result<DecodedChunks, Failure> {
        let mut lines = Vec::new();
        let mut done = false;
        for event in events {
            match &event.data[..] {
                b"bad" => return Err(Failure::new(Class::Plugin, "the adapter trapped")),
                b"done" => done = true,
                data => lines.push(data.to_ascii_uppercase()),
            }
        }
        if last {
            self.ends += 1;
            lines.push(format!("END {}", self.ends).into_bytes());
        }
        let lines = lines.join(&b'\n');
        Ok(DecodedChunks { lines, done })
    }
}

impl Decode for Capitals {
    fn deadline(&self) -> Duration {
        DEADLINE
    }

    fn poll_decode(
        &mut self,
        _: &mut Context<'_>,
        events: &[Event],
        last: bool,
        budget: &mut Budget,
    ) -> Poll<Result<DecodedChunks, Failure>> {
        Poll::Ready(self.decode(events, last, budget))
    }
}

#[tokio::test(start_paused = true)]
async fn one_call_decodes_all_events_of_a_read_and_another_the_end() {
    let mut scene = Scene::decoded(Capitals::default());
    scene.sends("data: one\n\ndata: two\n\n");
    assert_eq!(
        scene.next().await,
        (vec!["ONE".to_owned(), "TWO".to_owned()], Then::More)
    );
    scene.ends();
    assert_eq!(scene.next().await, (vec!["END 1".to_owned()], Then::End));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_fails_loses_those_after_it_but_not_those_before() {
    let mut scene = Scene::decoded(Capitals::default());
    scene.sends("data: one\n\ndata: bad\n\ndata: two\n\n");
    let (lines, then) = scene.next().await;
    assert_eq!(lines, ["ONE"]);
    assert_eq!(then, Then::Broke(Failure::new(Class::Plugin, "the adapter trapped")));
}

#[tokio::test(start_paused = true)]
async fn a_decoder_that_is_done_ends_the_stream_whatever_the_upstream_sends() {
    let mut scene = Scene::decoded(Capitals::default());
    scene.sends("data: one\n\ndata: done\n\n");
    assert_eq!(scene.next().await, (vec!["ONE".to_owned()], Then::End));
}

#[tokio::test(start_paused = true)]
async fn a_decoder_is_not_told_of_an_unclean_end() {
    let mut scene = Scene::decoded(Capitals::default());
    scene.sends("data: one\n\n");
    scene.breaks();
    let (mut lines, mut then) = scene.next().await;
    if then == Then::More {
        let (more, end) = scene.next().await;
        lines.extend(more);
        then = end;
    }
    assert_eq!(lines, ["ONE"]);
    assert!(matches!(then, Then::Broke(failure) if failure.class == Class::Overloaded));
}

/// Makes no chunk of anything.
#[derive(Debug)]
struct Silent;

impl Decode for Silent {
    fn deadline(&self) -> Duration {
        DEADLINE
    }

    fn poll_decode(
        &mut self,
        _: &mut Context<'_>,
        _: &[Event],
        _: bool,
        _: &mut Budget,
    ) -> Poll<Result<DecodedChunks, Failure>> {
        Poll::Ready(Ok(DecodedChunks::default()))
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_the_plugin_reads_is_a_sign_of_life_even_if_it_makes_no_chunk() {
    let mut scene = Scene::decoded(Silent);
    for _ in 0..4 {
        advance(Duration::from_millis(1_900)).await;
        scene.sends("event: ping\ndata: {}\n\n");
        assert_eq!(scene.next().await, (vec![], Then::More));
    }
}

/// Takes its time for each event, and is stopped where a call would take too long.
#[derive(Debug, Default)]
struct Slow {
    /// How many events each call got.
    calls: Arc<Mutex<Vec<usize>>>,
}

impl Slow {
    fn decode(&mut self, events: &[Event], _last: bool, budget: &mut Budget) -> Result<DecodedChunks, Failure> {
        self.calls.lock().unwrap().push(events.len());
        let takes = Duration::from_millis(40) * events.len() as u32;
        let within = DEADLINE.min(budget.left());
        budget.spend(takes.min(within));
        if takes > within {
            return Err(Failure::new(Class::Plugin, "the adapter ran longer than that"));
        }
        let lines = events.iter().map(|event| event.data.to_vec()).collect::<Vec<_>>();
        Ok(DecodedChunks {
            lines: lines.join(&b'\n'),
            done: false,
        })
    }
}

impl Decode for Slow {
    fn deadline(&self) -> Duration {
        DEADLINE
    }

    fn poll_decode(
        &mut self,
        _: &mut Context<'_>,
        events: &[Event],
        last: bool,
        budget: &mut Budget,
    ) -> Poll<Result<DecodedChunks, Failure>> {
        Poll::Ready(self.decode(events, last, budget))
    }
}

/// Lets the others on this thread run twice.
async fn two_turns() {
    yield_now().await;
    yield_now().await;
}

fn many_events() -> String {
    let events = (0..290).map(|event| format!("data: {event}\n\n"));
    events.collect::<Vec<_>>().concat()
}

#[tokio::test(start_paused = true)]
async fn the_calls_of_one_read_share_one_budget() {
    let slow = Slow::default();
    let calls = Arc::clone(&slow.calls);
    let mut scene = Scene::decoded(slow);
    scene.sends(&many_events());
    let (lines, then) = scene.next().await;
    // One call with all events, two with one each, and one for which too little is left.
    assert_eq!(*calls.lock().unwrap(), [290, 1, 1, 1]);
    assert_eq!(lines, ["0", "1"]);
    assert!(matches!(then, Then::Broke(failure) if failure.class == Class::Plugin));
}

#[tokio::test(start_paused = true)]
async fn others_run_between_two_calls_and_a_cancelled_read_goes_on_where_it_was() {
    let slow = Slow::default();
    let calls = Arc::clone(&slow.calls);
    let mut scene = Scene::decoded(slow);
    scene.sends(&many_events());
    let mut cancelled = 0;
    let (lines, then) = loop {
        tokio::select! {
            biased;
            next = scene.next() => break next,
            () = two_turns() => cancelled += 1,
        }
    };
    assert!(cancelled > 0);
    assert_eq!(*calls.lock().unwrap(), [290, 1, 1, 1]);
    assert_eq!(lines, ["0", "1"]);
    assert!(matches!(then, Then::Broke(_)));
}

#[tokio::test(start_paused = true)]
async fn the_attempt_ends_in_time_even_between_two_calls() {
    let mut scene = Scene::decoded(Slow::default());
    scene.sends(&many_events());
    tokio::select! {
        biased;
        _ = scene.next() => panic!("all is decoded"),
        () = yield_now() => {}
    }
    advance(Duration::from_mins(2)).await;
    let (_, then) = scene.next().await;
    assert!(matches!(then, Then::Broke(failure) if failure.class == Class::Timeout));
}
