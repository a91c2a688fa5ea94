//! Some thousands of inputs a target, the same in every run: what `make fuzz` does for longer.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a property that does not hold must fail the test"
)]

use jackfield_fuzz::campaign::{Budget, run};
use jackfield_fuzz::targets::{self, Target};

fn holds(name: &str) {
    let target: Target = targets::find(name).unwrap();
    let outcome = run(&target, Budget::Runs(target.quick_runs), 1);
    if let Err(found) = outcome {
        panic!(
            "{}\ninput:  {file}\nrepeat: cargo run -p jackfield-fuzz -- {name} --file {file}",
            found.message,
            file = found.file.display()
        );
    }
}

#[test]
fn edits_of_an_object_say_what_a_map_would() {
    holds("members");
}

#[test]
fn a_request_is_read_or_refused_and_its_translation_is_canonical() {
    holds("requests");
}

#[test]
fn a_reply_is_refused_or_written_as_an_object() {
    holds("replies");
}

#[test]
fn a_stream_that_was_cut_never_ends_well() {
    holds("streams");
}

#[test]
fn a_token_that_nobody_signed_is_refused() {
    holds("tokens");
}

#[test]
fn a_configuration_is_loaded_or_refused_with_a_place_and_a_remedy() {
    holds("config");
}

#[test]
fn events_are_the_same_however_the_network_splits_them() {
    holds("framings");
}

#[test]
fn whatever_a_client_sends_the_gateway_answers_or_closes() {
    holds("connections");
}

#[test]
fn whatever_an_upstream_says_the_client_gets_an_answer_or_a_code() {
    holds("upstreams");
}
