//! Streams that a plugin decodes, with a scripted decoder.

use std::time::Duration;

use tokio::time::advance;

use super::scene::Scene;
use crate::attempt::reply_stream::{Decode, DecodedChunks, Then};
use crate::error::{Class, Failure};
use crate::upstream::framing::Event;

/// Converts each event to upper case. Fails on `bad`, is done after `done`, and writes `END` at the end.
#[derive(Debug, Default)]
struct Capitals {
    ends: usize,
}

impl Decode for Capitals {
    fn decode(&mut self, events: &[Event], last: bool) -> Result<DecodedChunks, Failure> {
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
    fn decode(&mut self, _events: &[Event], _last: bool) -> Result<DecodedChunks, Failure> {
        Ok(DecodedChunks::default())
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
