//! Black Forest Labs: a task is polled on the host of a region, and its image is on a third host.

use jackfield_tests::upstream::{Reply, json, never_answers, status, text};
use serde_json::{Value, json as value};

use super::studio::{PRICE, Studio, VENDOR_KEY, script, seen};

const MODEL: (&str, &str) = ("bfl", "flux-2-pro");
const HOSTS: &str = r#"hosts: ["POLLS", "PICTURES"]"#;
const POLL: &str = "/v1/get_result?id=t1";

/// The answer to a submission.
fn submitted(studio: &Studio) -> Reply {
    json(200, value!({ "id": "t1", "polling_url": studio.poll_url(POLL) }))
}

fn state(status: &str) -> Reply {
    json(200, value!({ "id": "t1", "status": status, "result": Value::Null }))
}

fn ready(studio: &Studio) -> Reply {
    let result = value!({ "sample": studio.picture("t1.png"), "prompt": "a black cat", "seed": 7 });
    json(200, value!({ "id": "t1", "status": "Ready", "result": result }))
}

#[tokio::test]
async fn a_task_is_polled_in_its_region_and_its_image_inlined() {
    let studio = Studio::start(MODEL, HOSTS).await;
    studio.jobs.reply(submitted(&studio));
    script(&studio.polls, [state("Pending"), status(503), ready(&studio)]);
    let wanted = value!({ "size": "1024x768", "response_format": "b64_json", "quality": "high", "seed": 7 });
    let answer = studio.paint(wanted).await;
    studio.assert_inlined(&answer).await;
    assert_eq!(answer.header("x-jackfield-dropped"), Some("quality"));
    let image = &answer.json()["data"][0];
    assert_eq!(image["revised_prompt"], "a black cat");
    let submission = studio.jobs.next_request().await;
    assert_eq!(seen(&submission, "x-key"), ("POST", "/v1/flux-2-pro", Some(VENDOR_KEY)));
    assert_eq!(
        submission.json(),
        value!({ "prompt": "a cat", "width": 1024, "height": 768, "seed": 7 })
    );
    for _ in 0..3 {
        let poll = studio.polls.next_request().await;
        assert_eq!(seen(&poll, "x-key"), ("GET", POLL, Some(VENDOR_KEY)));
    }
    studio.assert_paid(1).await;
}

#[tokio::test]
async fn a_host_that_is_not_listed_is_not_asked_and_the_log_says_what_to_set() {
    let studio = Studio::start(MODEL, "").await;
    let url = "https://api.us1.bfl.ai/v1/get_result?id=t1";
    studio.jobs.reply(json(200, value!({ "id": "t1", "polling_url": url })));
    let answer = studio.paint(value!({})).await;
    let why = "does not begin with `/`; if it is a URL, add its host to `hosts` of the provider";
    studio.assert_failed(&answer, 502, why).await;
    studio.assert_nobody_else_was_asked(1);

    let studio = Studio::start(MODEL, "hosts: [api.bfl.ai]").await;
    studio.jobs.reply(json(200, value!({ "id": "t1", "polling_url": url })));
    let answer = studio.paint(value!({})).await;
    let why = "is on a host that `hosts` of the provider does not list; add it there";
    studio.assert_failed(&answer, 502, why).await;
    studio.assert_nobody_else_was_asked(1);

    let studio = Studio::start(MODEL, r#"hosts: ["POLLS"]"#).await;
    studio.jobs.reply(submitted(&studio));
    studio.polls.reply(ready(&studio));
    let answer = studio.paint(value!({ "response_format": "b64_json" })).await;
    let why = "is on a host that neither `attachments` nor `hosts` of the provider list";
    studio.assert_failed(&answer, 502, why).await;
    assert_eq!(studio.pictures.requests().len(), 0);
}

#[tokio::test]
async fn what_becomes_of_a_task_has_its_class() {
    for (reply, status, said) in [
        (
            state("Request Moderated"),
            400,
            "the provider's filter refused the request",
        ),
        (
            state("Content Moderated"),
            400,
            "the provider's filter held back the image",
        ),
        (state("Error"), 502, "the task ended as"),
        (state("Ready"), 502, "the task is ready, but has no image"),
    ] {
        let studio = Studio::start(MODEL, HOSTS).await;
        studio.jobs.reply(submitted(&studio));
        studio.polls.reply(reply);
        let answer = studio.paint(value!({})).await;
        studio.assert_failed(&answer, status, said).await;
    }
    let studio = Studio::start(MODEL, HOSTS).await;
    studio.jobs.reply(text(402, "insufficient credits"));
    let answer = studio.paint(value!({})).await;
    studio.assert_failed(&answer, 502, "the upstream returned 402").await;
    studio.assert_nobody_else_was_asked(1);
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_polling_of_a_task_that_cannot_be_cancelled() {
    let studio = Studio::start(MODEL, HOSTS).await;
    studio.jobs.reply(submitted(&studio));
    script(&studio.polls, [state("Pending"), never_answers()]);
    studio.leave_after(&studio.polls, 2).await;
    studio.polls.hung_up().await;
    let row = studio.row().await;
    // The vendor finishes what it has begun, and charges for it.
    assert_eq!((&*row.ended, row.images, row.credits), ("hung_up", Some(1), PRICE));
    assert_eq!((studio.jobs.requests().len(), studio.polls.requests().len()), (1, 2));
}
