//! An instance waits for the next call of its own request, and for no other.

use super::{guest, load, prepared, prepared_with};
use crate::engine::KEEP_RESIDENT;
use crate::{Engine, Parking};

#[test]
fn the_calls_of_one_request_have_one_instance() {
    let plugin = load(&Engine::new().unwrap(), guest::COUNTS, |limits| limits);
    let (one, other) = (Parking::for_a_request(), Parking::for_a_request());
    for (parking, expected) in [(&one, "1"), (&other, "1"), (&one, "2"), (&other, "2"), (&one, "3")] {
        assert_eq!(prepared_with(&plugin, parking), Ok(expected.to_owned()));
    }
    assert_eq!(prepared(&plugin), Ok("1".to_owned()));
}

#[test]
fn no_instance_waits_where_there_is_no_room() {
    let plugin = load(&Engine::new().unwrap(), guest::COUNTS, |limits| limits);
    let parking = Parking::default();
    for _ in 0..2 {
        assert_eq!(prepared_with(&plugin, &parking), Ok("1".to_owned()));
    }
}

#[test]
fn a_cleared_place_has_no_instance() {
    let plugin = load(&Engine::new().unwrap(), guest::COUNTS, |limits| limits);
    let parking = Parking::for_a_request();
    for _ in 0..2 {
        assert_eq!(prepared_with(&plugin, &parking), Ok("1".to_owned()));
        parking.clear();
    }
}

#[test]
fn an_instance_that_trapped_does_not_wait() {
    let second_call_traps = format!("(if (global.get $calls) (then (unreachable))) {}", guest::COUNTS);
    let plugin = load(&Engine::new().unwrap(), &second_call_traps, |limits| limits);
    let parking = Parking::for_a_request();
    assert_eq!(prepared_with(&plugin, &parking), Ok("1".to_owned()));
    assert!(prepared_with(&plugin, &parking).is_err());
    assert_eq!(prepared_with(&plugin, &parking), Ok("1".to_owned()));
}

#[test]
fn an_instance_that_has_grown_large_does_not_wait() {
    let pages = KEEP_RESIDENT >> 16;
    let grows = format!("(drop (memory.grow (i32.const {pages}))) {}", guest::COUNTS);
    let plugin = load(&Engine::new().unwrap(), &grows, |limits| limits);
    let parking = Parking::for_a_request();
    for _ in 0..2 {
        assert_eq!(prepared_with(&plugin, &parking), Ok("1".to_owned()));
    }
}

#[test]
fn the_places_are_counted_and_given_back() {
    let engine = Engine::new().unwrap();
    let plugin = load(&engine, guest::COUNTS, |limits| limits);
    let mut taken: Vec<_> = std::iter::from_fn(|| engine.place()).collect();
    let parking = Parking::for_a_request();
    for _ in 0..2 {
        assert_eq!(prepared_with(&plugin, &parking), Ok("1".to_owned()));
    }
    taken.pop();
    for expected in ["1", "2", "3"] {
        assert_eq!(prepared_with(&plugin, &parking), Ok(expected.to_owned()));
    }
    drop(parking);
    assert!(engine.place().is_some());
}

#[test]
fn all_places_together_leave_instances_for_calls() {
    let engine = Engine::new().unwrap();
    let plugin = load(&engine, guest::COUNTS, |limits| limits);
    let waiting: Vec<_> = std::iter::repeat_with(|| {
        let parking = Parking::for_a_request();
        assert_eq!(prepared_with(&plugin, &parking), Ok("1".to_owned()));
        parking
    })
    .take_while(|_| engine.place().is_some())
    .collect();
    assert!(!waiting.is_empty());
    assert_eq!(prepared(&plugin), Ok("1".to_owned()));
}
