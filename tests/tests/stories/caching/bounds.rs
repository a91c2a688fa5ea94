//! What is not kept: failures, streams that did not end well, what is too old or too large, and more than there is room for.

use jackfield_tests::client::Answer;
use jackfield_tests::upstream::{Gate, json, status};
use jackfield_tests::vendor::{Turn, openai};

use super::{Scene, ask_about, told};
use crate::metrics::scraped::Scraped;
use crate::scene::{ask, begins, eventually, refuses, says, streams};

#[tokio::test]
async fn failures_are_never_kept() {
    let scene = Scene::start().await;
    scene
        .upstream
        .reply(status(500))
        .then(refuses(400, "no"))
        .then(says("fine"));
    assert_eq!(scene.ada().chat(ask("m")).await.status, 502);
    assert_eq!(scene.ada().chat(ask("m")).await.status, 400);
    assert_eq!(
        told(&scene.ada().chat(ask("m")).await),
        (Some("miss"), "fine".to_owned())
    );
}

#[tokio::test]
async fn a_stream_that_breaks_off_or_that_nobody_reads_to_its_end_is_not_kept() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene
        .upstream
        .reply(begins(&["half"]).then_cut())
        .then(begins(&["half"]))
        .then(streams(&["a", "b", "c"]).pause_before(3, &gate))
        .then(streams(&["whole"]));
    for _ in 0..2 {
        let broken = scene.ada().stream(ask("m")).await.collect().await;
        assert!(broken.error().is_some());
    }
    let mut left = scene.ada().stream(ask("m")).await;
    left.next_content().await;
    left.hang_up();
    scene.upstream.hung_up().await;
    let whole = scene.ada().stream(ask("m")).await.collect().await;
    assert_eq!(
        (&whole.headers["x-jackfield-cache"], &*whole.content()),
        (&"miss".parse().unwrap(), "whole")
    );
    let again = scene.ada().stream(ask("m")).await.collect().await;
    assert_eq!(
        (&again.headers["x-jackfield-cache"], &*again.content()),
        (&"hit".parse().unwrap(), "whole")
    );
}

#[tokio::test]
async fn an_answer_is_given_no_longer_than_its_model_says() {
    let scene = Scene::start().await;
    scene.says("old").says("new");
    scene.ada().chat(ask("brief")).await;
    let is_new = |answer: &Answer| answer.header("x-jackfield-cache") == Some("miss");
    let asked = async || scene.ada().chat(ask("brief")).await;
    let second = eventually("its millisecond to be over", asked, is_new).await;
    assert_eq!(second.content(), "new");
}

#[tokio::test]
async fn memory_is_bounded_and_large_answers_are_not_kept() {
    let scene = Scene::with("cache: { max_bytes: 1048576, max_entry_bytes: 65536 }").await;
    let long = "x".repeat(50_000);
    scene.upstream.always(says(&long));
    for number in 0..40 {
        scene.ada().chat(ask_about("m", &number.to_string())).await;
    }
    let page = Scraped::of(&scene.gateway).await;
    assert!(page.value("jackfield_cache_bytes", &[]) <= 1_048_576.0);
    assert!(page.value("jackfield_cache_entries", &[]) > 10.0);
    assert!(page.value("jackfield_cache_evictions_total", &[]) > 10.0);
    let larger = openai::completion(&Turn::says(&[&*"y".repeat(70_000)]), 1);
    scene.upstream.always(json(200, larger));
    for _ in 0..2 {
        let answer = scene.ada().chat(ask("m")).await;
        assert_eq!(answer.header("x-jackfield-cache"), Some("miss"));
    }
}
