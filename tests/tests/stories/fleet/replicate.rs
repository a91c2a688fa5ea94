//! Replicate: a prediction is answered at once or polled, and cancelled when nobody waits for it.

use jackfield_tests::upstream::{Reply, json, never_answers, status};
use serde_json::{Value, json as value};

use super::studio::{PRICE, Studio, VENDOR_KEY, script, seen};

const MODEL: (&str, &str) = ("replicate", "black-forest-labs/flux-schnell");
const HOSTS: &str = r#"attachments: { hosts: ["PICTURES"], private: true }"#;
const CREATE: &str = "/v1/models/black-forest-labs/flux-schnell/predictions";

fn prediction(status: &str, more: &Value) -> Reply {
    let mut body = value!({ "id": "p1", "status": status, "output": null, "error": null });
    for (name, given) in more.as_object().unwrap() {
        body[name] = given.clone();
    }
    json(201, body)
}

fn done(studio: &Studio) -> Reply {
    prediction("succeeded", &value!({ "output": [studio.picture("p1.png")] }))
}

fn bearer() -> String {
    format!("Bearer {VENDOR_KEY}")
}

#[tokio::test]
async fn a_prediction_is_polled_and_its_image_inlined() {
    let studio = Studio::start(MODEL, HOSTS).await;
    let done = done(&studio);
    let none = || value!({});
    script(
        &studio.jobs,
        [
            prediction("starting", &none()),
            prediction("processing", &none()),
            status(500),
            done,
        ],
    );
    let answer = studio
        .paint(value!({ "size": "1536x1024", "response_format": "b64_json" }))
        .await;
    studio.assert_inlined(&answer).await;
    let bearer = bearer();
    let creation = studio.jobs.next_request().await;
    assert_eq!(seen(&creation, "authorization"), ("POST", CREATE, Some(&*bearer)));
    assert_eq!(creation.header("prefer"), Some("wait=60"));
    assert_eq!(
        creation.json(),
        value!({ "input": { "prompt": "a cat", "aspect_ratio": "3:2" } })
    );
    for _ in 0..3 {
        let poll = studio.jobs.next_request().await;
        assert_eq!(
            seen(&poll, "authorization"),
            ("GET", "/v1/predictions/p1", Some(&*bearer))
        );
    }
    studio.assert_paid(1).await;
}

#[tokio::test]
async fn a_prediction_that_is_there_at_once_is_not_polled() {
    let studio = Studio::start(MODEL, HOSTS).await;
    studio.jobs.reply(done(&studio));
    let answer = studio.paint(value!({ "n": 2 })).await;
    assert_eq!((answer.status, answer.header("x-jackfield-dropped")), (200, Some("n")));
    studio.assert_nobody_else_was_asked(1);
}

#[tokio::test]
async fn a_prediction_whose_client_leaves_is_cancelled() {
    let studio = Studio::start(MODEL, "settings: { wait_seconds: 0 }").await;
    script(&studio.jobs, [prediction("starting", &value!({})), never_answers()]);
    studio.jobs.always(status(200));
    studio.leave_after(&studio.jobs, 2).await;
    let cancel = studio.jobs.next_request().await;
    let bearer = bearer();
    assert_eq!(
        seen(&cancel, "authorization"),
        ("POST", "/v1/predictions/p1/cancel", Some(&*bearer))
    );
    let row = studio.row().await;
    assert_eq!((&*row.ended, row.images, row.credits), ("hung_up", Some(1), PRICE));
    studio.cancelled(&row).await;
    assert_eq!(studio.jobs.requests().len(), 3);
    assert_eq!(studio.jobs.requests()[0].header("prefer"), None);
}

#[tokio::test]
async fn what_becomes_of_a_prediction_has_its_class() {
    let flagged = "The input or output was flagged as sensitive. (E005)";
    for (state, error, status, said) in [
        ("failed", flagged, 400, "flagged as sensitive"),
        ("failed", "CUDA out of memory", 502, "CUDA out of memory"),
        ("failed", "the run timed out", 504, "timed out"),
        ("canceled", "", 502, "the prediction was canceled"),
        ("aborted", "", 504, "aborted before it began"),
        ("succeeded", "", 502, "the output is no list of URLs"),
    ] {
        let studio = Studio::start(MODEL, HOSTS).await;
        let none = || value!({});
        script(
            &studio.jobs,
            [
                prediction("starting", &none()),
                prediction(state, &value!({ "error": error })),
            ],
        );
        let answer = studio.paint(value!({})).await;
        studio.assert_failed(&answer, status, said).await;
        studio.assert_nobody_else_was_asked(2);
    }
}
