//! Which target of a step comes first, and how often.

use std::sync::Arc;
use std::time::Duration;

use jackfield_config::{Sticky, Strategy};

use super::turns::{Turns, drawn};
use super::{Balance, Order, Share, Step};
use crate::affinity::{Affinities, Affinity, Place};
use crate::routing::load::Load;

fn step(strategy: Strategy, sticky: Sticky, weights: &[u32]) -> Step {
    let share = |(number, weight): (usize, &u32)| Share {
        weight: *weight,
        place: Place::of([&number.to_le_bytes()[..]]),
    };
    Step::new(0, strategy, sticky, weights.iter().enumerate().map(share).collect())
}

/// How many of these requests try each target first.
fn shares(step: &Step, loads: &[Arc<Load>], requests: usize) -> Vec<usize> {
    let loads: Vec<_> = loads.iter().map(|load| Some(&**load)).collect();
    let mut shares = vec![0; step.places().len()];
    for _ in 0..requests {
        shares[step.order(&loads, Affinities::default(), true)[0]] += 1;
    }
    shares
}

fn loads(count: usize) -> Vec<Arc<Load>> {
    (0..count).map(|_| Arc::default()).collect()
}

fn conversation(number: u32) -> Affinities {
    Affinities {
        conversation: Some(Affinity::of([&number.to_le_bytes()[..]])),
        user: None,
    }
}

#[test]
fn any_run_of_requests_is_shared_by_weight() {
    for (weights, expected) in [
        (&[1, 1][..], &[50.0, 50.0][..]),
        (&[3, 1], &[75.0, 25.0]),
        (&[1, 2, 5], &[12.5, 25.0, 62.5]),
        (&[1], &[100.0]),
        (&[1_000_000, 1], &[100.0, 0.0]),
    ] {
        for _ in 0..50 {
            let step = step(Strategy::Weighted, Sticky::None, weights);
            for (share, expected) in shares(&step, &loads(weights.len()), 100).iter().zip(expected) {
                let off = (f64::from(u32::try_from(*share).unwrap()) - expected).abs();
                assert!(off <= 2.5, "{share} instead of {expected} of 100 for {weights:?}");
            }
        }
    }
}

#[test]
fn the_share_of_a_target_that_is_left_out_goes_to_the_others_by_their_weights() {
    let (turns, mut second) = (Turns::default(), [0; 3]);
    for _ in 0..600 {
        let order = drawn(&[6, 2, 1], turns.next());
        let first_that_is_up = order.iter().find(|number| **number != 0).unwrap();
        second[*first_that_is_up] += 1;
    }
    assert!((390..=410).contains(&second[1]), "{second:?}");
}

#[test]
fn every_target_is_drawn_once() {
    for turn in [0.0, 0.3, 0.999_999_999, 1.0 - f64::EPSILON] {
        let mut order = drawn(&[1, 5, 2, 1_000_000, 1], turn);
        order.sort_unstable();
        assert_eq!(order, [0, 1, 2, 3, 4], "{turn}");
    }
}

#[test]
fn the_idlest_target_comes_first_and_idle_ones_take_turns() {
    let (step, loads) = (step(Strategy::LeastBusy, Sticky::None, &[1, 1, 1]), loads(3));
    let even = shares(&step, &loads, 99);
    assert!(even.iter().all(|share| (31..=35).contains(share)), "{even:?}");
    let (_one, _other) = (loads[0].begin(), loads[2].begin());
    assert_eq!(shares(&step, &loads, 9), [0, 9, 0]);
}

#[test]
fn a_target_of_twice_the_weight_may_be_twice_as_busy() {
    let (step, loads) = (step(Strategy::LeastBusy, Sticky::None, &[2, 1]), loads(2));
    let _one = loads[0].begin();
    assert_eq!(shares(&step, &loads, 9), [0, 9]);
    let _other = loads[1].begin();
    assert_eq!(shares(&step, &loads, 9), [9, 0], "a half is less than one");
}

#[test]
fn the_quickest_target_comes_first_and_one_request_in_sixteen_tries_another() {
    let (step, loads) = (step(Strategy::LeastLatency, Sticky::None, &[1, 1, 1]), loads(3));
    for (load, ms) in loads.iter().zip([300, 100, 200]) {
        load.took(true, Duration::from_millis(ms));
    }
    let shares = shares(&step, &loads, 320);
    assert!((298..=302).contains(&shares[1]), "{shares:?}");
    assert!(shares[0] >= 8 && shares[2] >= 8, "{shares:?}");
}

#[test]
fn a_target_that_nothing_is_known_of_gets_one_request_at_a_time() {
    let (step, loads) = (step(Strategy::LeastLatency, Sticky::None, &[1, 1]), loads(2));
    loads[0].took(true, Duration::from_millis(1));
    let first = shares(&step, &loads, 32);
    assert!(first[1] >= 29, "{first:?}");
    let _tried = loads[1].begin();
    let then = shares(&step, &loads, 32);
    assert!(then[0] >= 29, "{then:?}");
}

#[test]
fn what_is_sticky_keeps_its_target_and_loses_it_only_if_that_is_gone() {
    let step = step(Strategy::Weighted, Sticky::Conversation, &[2, 1, 1]);
    let without_the_last = step.keeping(&[true, true, false]);
    let (mut shares, loads) = ([0; 3], [None; 3]);
    for number in 0..400 {
        let order = |step: &Step| step.order(&loads, conversation(number), false);
        let first = order(&step)[0];
        assert_eq!(order(&step)[0], first);
        shares[first] += 1;
        let then = order(&without_the_last)[0];
        assert!(then == first || first == 2);
        assert!(
            first != 2 || then == order(&step)[1],
            "the second choice is the same as that of the walk"
        );
    }
    assert!((160..=240).contains(&shares[0]), "{shares:?}");
    assert!((70..=130).contains(&shares[2]), "{shares:?}");
}

#[test]
fn what_is_not_known_to_belong_together_is_shared_by_the_strategy() {
    let step = step(Strategy::Weighted, Sticky::User, &[1, 1]);
    assert_eq!(step.order(&[None; 2], conversation(1), false).len(), 2);
    let shares = shares(&step, &loads(2), 100);
    assert!((48..=52).contains(&shares[0]), "{shares:?}");
}

#[test]
fn only_the_places_of_its_step_are_rearranged() {
    let mut order = Order::listed(5);
    order.rearrange(1..4, &[2, 0, 1]);
    let places: Vec<usize> = (0..5).map(|nth| order.at(nth)).collect();
    assert_eq!(places, [0, 3, 1, 2, 4]);
    assert_eq!(order.after(1, 5).collect::<Vec<_>>(), [2, 4, 0, 3]);
    let listed = Order::default();
    assert_eq!((listed.at(3), listed.after(1, 3).collect::<Vec<_>>()), (3, vec![2, 0]));
}

#[test]
fn a_chain_without_some_of_its_targets_keeps_its_steps() {
    let shares = |weights: &[u32]| step(Strategy::Weighted, Sticky::None, weights).shares().to_vec();
    let steps = vec![
        Step::new(1, Strategy::Weighted, Sticky::None, shares(&[1, 2])),
        Step::new(4, Strategy::Weighted, Sticky::User, shares(&[3, 4, 5])),
    ];
    let kept = Balance::new(steps).keeping(&[false, true, true, false, true, false, true]);
    let places: Vec<_> = kept.steps.iter().map(Step::places).collect();
    assert_eq!(places, [0..2, 2..4]);
    let weights: Vec<u32> = kept.steps[1].shares().iter().map(|share| share.weight).collect();
    assert_eq!(weights, [3, 5]);
}
