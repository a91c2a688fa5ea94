//! fal's queue: a job is polled and fetched where the queue says, and cancelled there when nobody waits for it.

use jackfield_tests::upstream::{Reply, json, never_answers, status};
use serde_json::{Value, json as value};

use super::studio::{PRICE, Studio, VENDOR_KEY, script, seen};

const MODEL: (&str, &str) = ("fal", "fal-ai/flux/dev");
const HOSTS: &str = r#"hosts: ["POLLS"], attachments: { hosts: ["PICTURES"], private: true }"#;
const JOB: &str = "/fal-ai/flux/requests/r1";

/// The answer to a submission, with the job's URLs on another host.
fn queued(studio: &Studio) -> Reply {
    let url = |rest: &str| studio.poll_url(&format!("{JOB}{rest}"));
    let urls = value!({ "request_id": "r1", "status_url": url("/status"), "response_url": url(""), "cancel_url": url("/cancel") });
    json(200, urls)
}

fn state(status: &str) -> Reply {
    json(200, value!({ "status": status }))
}

fn fault(kind: &str) -> Value {
    value!({ "detail": [{ "loc": ["body", "prompt"], "msg": "no cats", "type": kind }] })
}

#[tokio::test]
async fn a_job_is_polled_fetched_and_its_images_inlined() {
    let studio = Studio::start(MODEL, HOSTS).await;
    studio.jobs.reply(queued(&studio));
    let images = value!([{ "url": studio.picture("1.png") }, { "url": studio.picture("2.png") }]);
    script(
        &studio.polls,
        [
            state("IN_QUEUE"),
            status(502),
            state("COMPLETED"),
            json(200, value!({ "images": images, "seed": 7 })),
        ],
    );
    let wanted = value!({ "n": 2, "size": "1024x1536", "response_format": "b64_json" });
    let answer = studio.paint(wanted).await;
    studio.assert_inlined(&answer).await;
    assert_eq!(answer.json()["data"].as_array().map(Vec::len), Some(2));
    let submission = studio.jobs.next_request().await;
    let credential = submission.header("authorization").unwrap();
    assert_eq!(
        (submission.path.as_str(), credential),
        ("/v1/fal-ai/flux/dev", VENDOR_KEY)
    );
    assert_eq!(
        submission.json(),
        value!({ "prompt": "a cat", "num_images": 2, "image_size": { "width": 1024, "height": 1536 } })
    );
    let polls = studio.polls.requests();
    let paths: Vec<&str> = polls.iter().map(|poll| poll.path.as_str()).collect();
    let place = format!("{JOB}/status");
    assert_eq!(paths, [&*place, &place, &place, JOB]);
    studio.assert_paid(2).await;
}

#[tokio::test]
async fn a_client_without_a_wish_gets_the_urls() {
    let studio = Studio::start(MODEL, HOSTS).await;
    studio.jobs.reply(queued(&studio));
    let url = studio.picture("1.png");
    let result = value!({ "images": [{ "url": url }], "has_nsfw_concepts": [false] });
    script(&studio.polls, [state("COMPLETED"), json(200, result)]);
    let answer = studio.paint(value!({})).await;
    let image = answer.json()["data"][0].clone();
    assert_eq!((&image["url"], &image["b64_json"]), (&value!(url), &Value::Null));
    assert_eq!(studio.pictures.requests().len(), 0);
    studio.assert_paid(1).await;
}

#[tokio::test]
async fn a_job_whose_client_leaves_is_cancelled_where_the_queue_says() {
    let studio = Studio::start(MODEL, HOSTS).await;
    studio.jobs.reply(queued(&studio));
    script(&studio.polls, [state("IN_PROGRESS"), never_answers()]);
    studio.polls.always(status(202));
    studio.leave_after(&studio.polls, 2).await;
    let cancel = studio.polls.next_request().await;
    let path = format!("{JOB}/cancel");
    assert_eq!(seen(&cancel, "authorization"), ("PUT", &*path, Some(VENDOR_KEY)));
    let row = studio.row().await;
    assert_eq!((&*row.ended, row.images, row.credits), ("hung_up", Some(1), PRICE));
    studio.cancelled(&row).await;
    assert_eq!((studio.jobs.requests().len(), studio.polls.requests().len()), (1, 3));
}

#[tokio::test]
async fn what_becomes_of_a_job_has_its_class() {
    for (code, result, status, said) in [
        (422, fault("content_policy_violation"), 400, "no cats"),
        (422, fault("missing"), 400, "no cats"),
        (504, fault("generation_timeout"), 504, "no cats"),
        (500, fault("downstream_service_error"), 502, "no cats"),
        (
            200,
            value!({ "images": [{ "url": "https://x.example/1.png" }], "has_nsfw_concepts": [true] }),
            400,
            "held back",
        ),
        (200, value!({ "images": [] }), 502, "the result has no images"),
    ] {
        let studio = Studio::start(MODEL, HOSTS).await;
        studio.jobs.reply(queued(&studio));
        script(&studio.polls, [state("COMPLETED"), json(code, result)]);
        let answer = studio.paint(value!({})).await;
        studio.assert_failed(&answer, status, said).await;
        // What has ended by itself is not cancelled.
        assert_eq!(studio.polls.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_queue_on_a_host_that_is_not_listed_is_not_asked() {
    let studio = Studio::start(MODEL, "hosts: [queue.fal.run]").await;
    let url = |rest: &str| format!("https://queue.fal.example/r1{rest}");
    let urls = value!({ "status_url": url("/status"), "response_url": url(""), "cancel_url": url("/cancel") });
    studio.jobs.reply(json(200, urls));
    let answer = studio.paint(value!({})).await;
    let why = "is on a host that `hosts` of the provider does not list; add it there";
    studio.assert_failed(&answer, 502, why).await;
    studio.assert_nobody_else_was_asked(1);
}
