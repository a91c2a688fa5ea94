//! Upstreams that give jobs: polled wherever the operator permits, cancelled when nobody waits, their images fetched.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jackfield_tests::client::Answer;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Reply, Upstream, json, never_answers, status, text};
use jackfield_tests::vendor::{Turn, openai};
use serde_json::{Value, json as value};

use crate::scene::{ask, eventually};

const KEY: &str = "sk-job-4c1d";

struct Scene {
    gateway: Gateway,
    /// Where jobs are given.
    upstream: Upstream,
    /// Another host.
    other: Upstream,
}

/// A gateway with these further members of its provider, in which `OTHER` is the other host.
async fn scene(members: &str) -> Scene {
    let (upstream, other) = (Upstream::start().await, Upstream::start().await);
    let (url, members) = (
        upstream.base_url(),
        members.replace("OTHER", &other.address().to_string()),
    );
    let config = format!(
        r#"
server: {{ auth: off }}
routing: {{ retry_count: 0 }}
providers:
  jobs: {{ adapter: patient, base_url: "{url}", api_key: "{KEY}", {members} }}
models:
  solo: {{ {FREE}, chain: [{{ provider: jobs, model: m }}] }}
  paint: {{ {FREE}, capability: images, chain: [{{ provider: jobs, model: m }}] }}
"#
    );
    let gateway = Gateway::start(&config).await;
    Scene {
        gateway,
        upstream,
        other,
    }
}

fn polled(poll: &str) -> Reply {
    json(200, value!({ "poll": poll }))
}

fn done() -> Reply {
    json(200, value!({ "result": openai::completion(&Turn::says(&["done"]), 1) }))
}

// === impl Scene ===

impl Scene {
    fn elsewhere(&self, path: &str) -> String {
        format!("http://{}{path}", self.other.address())
    }

    /// Asks for an image as Base64.
    async fn paint(&self) -> Answer {
        let question = value!({ "model": "paint", "prompt": "a cat", "response_format": "b64_json" });
        self.gateway.client().post("/v1/images/generations", question).await
    }
}

/// Demands that the adapter's request was refused before anything was sent.
async fn assert_refused(members: &str, url: impl Fn(&Scene) -> String, why: &str) {
    let scene = scene(members).await;
    scene.upstream.reply(polled(&url(&scene)));
    assert_eq!(scene.gateway.client().chat(ask("solo")).await.status, 502);
    assert_eq!((scene.upstream.requests().len(), scene.other.requests().len()), (1, 0));
    let logs = scene.gateway.logs();
    assert!(logs.contains(why), "{why} in {logs}");
}

#[tokio::test]
async fn a_listed_host_is_polled_with_the_credential() {
    let scene = scene("hosts: [\"OTHER\"]").await;
    scene.upstream.reply(polled(&scene.elsewhere("/elsewhere?id=1")));
    scene.other.reply(done());
    assert_eq!(scene.gateway.client().chat(ask("solo")).await.content(), "done");
    let poll = scene.other.next_request().await;
    assert_eq!((poll.method.as_str(), poll.path.as_str()), ("GET", "/elsewhere?id=1"));
    let bearer = format!("Bearer {KEY}");
    assert_eq!(poll.header("authorization"), Some(bearer.as_str()));
}

#[tokio::test]
async fn a_full_url_below_the_base_url_needs_no_list() {
    let scene = scene("").await;
    scene
        .upstream
        .reply(polled(&format!("{}/jobs/7", scene.upstream.base_url())));
    scene.upstream.then(done());
    assert_eq!(scene.gateway.client().chat(ask("solo")).await.content(), "done");
    scene.upstream.next_request().await;
    assert_eq!(scene.upstream.next_request().await.path, "/v1/jobs/7");
}

#[tokio::test]
async fn no_other_host_is_reached() {
    let elsewhere = |scene: &Scene| scene.elsewhere("/x");
    assert_refused(
        "",
        elsewhere,
        "does not begin with `/`; if it is a URL, add its host to `hosts`",
    )
    .await;
    let unlisted = "leads into the gateway's own network";
    assert_refused("hosts: [api.example.com]", elsewhere, unlisted).await;
    let beside = |scene: &Scene| scene.elsewhere("/a/../b");
    assert_refused("hosts: [\"OTHER\"]", beside, "contains a `.` or `..` segment").await;
    let public = |_: &Scene| "https://evil.example/x".to_owned();
    let why = "is on a host that `hosts` of the provider does not list";
    assert_refused("hosts: [api.example.com]", public, why).await;
}

#[tokio::test]
async fn a_job_is_cancelled_once_when_its_client_leaves() {
    let scene = scene("").await;
    let job = value!({ "poll": "/jobs/7", "cancel": "/jobs/7/cancel" });
    scene.upstream.reply(json(200, job)).then(polled("/jobs/7"));
    scene.upstream.then(never_answers());
    scene.upstream.always(status(202));
    let client = scene.gateway.client();
    let polls = async {
        for _ in 0..3 {
            scene.upstream.next_request().await;
        }
    };
    tokio::select! {
        answer = client.chat(ask("solo")) => panic!("answered {}", answer.status),
        () = polls => {}
    }
    let cancel = scene.upstream.next_request().await;
    assert_eq!(
        (cancel.method.as_str(), cancel.path.as_str()),
        ("PUT", "/v1/jobs/7/cancel")
    );
    let bearer = format!("Bearer {KEY}");
    assert_eq!(cancel.header("authorization"), Some(bearer.as_str()));
    let logged = async || scene.gateway.logs().contains("cancelled the upstream's job");
    eventually("the cancelling to be logged", logged, |logged| *logged).await;
    assert_eq!(scene.upstream.requests().len(), 4);
}

#[tokio::test]
async fn a_job_is_cancelled_when_its_time_is_over_and_not_when_it_has_ended() {
    let over = scene("timeouts: { total: 300ms }").await;
    let job = value!({ "poll": "/jobs/7", "cancel": "/jobs/7/cancel" });
    over.upstream.reply(json(200, job.clone())).then(never_answers());
    over.upstream.always(status(202));
    assert_eq!(over.gateway.client().chat(ask("solo")).await.status, 504);
    over.upstream.next_request().await;
    over.upstream.next_request().await;
    assert_eq!(over.upstream.next_request().await.path, "/v1/jobs/7/cancel");

    for end in [done(), text(422, "no"), json(200, value!({ "result": 7 }))] {
        let ended = scene("").await;
        ended.upstream.reply(json(200, job.clone())).then(end);
        ended.gateway.client().chat(ask("solo")).await;
        ended.upstream.always(done());
        ended.gateway.client().chat(ask("solo")).await;
        let paths: Vec<String> = ended
            .upstream
            .requests()
            .into_iter()
            .map(|request| request.path)
            .collect();
        assert_eq!(paths, ["/v1/jobs", "/v1/jobs/7", "/v1/jobs"]);
    }
}

#[tokio::test]
async fn an_image_that_was_asked_for_as_base64_is_fetched_without_the_credential() {
    for members in [
        "hosts: [\"OTHER\"]",
        "attachments: { hosts: [\"OTHER\"], private: true }",
    ] {
        let scene = scene(members).await;
        let inline = "data:image/png;base64,AAAA";
        let images = value!([{ "url": scene.elsewhere("/a.png") }, { "url": inline }, { "b64_json": "BBBB" }]);
        scene
            .upstream
            .reply(json(200, value!({ "result": { "created": 1, "data": images } })));
        scene
            .other
            .reply(text(200, "a picture").header("content-type", "image/png"));
        let answer = scene.paint().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let data = answer.json()["data"].clone();
        let found: Vec<&Value> = data
            .as_array()
            .unwrap()
            .iter()
            .map(|image| &image["b64_json"])
            .collect();
        assert_eq!(
            found,
            [&value!(STANDARD.encode("a picture")), &value!("AAAA"), &value!("BBBB")]
        );
        assert!(data.as_array().unwrap().iter().all(|image| image["url"].is_null()));
        let fetched = scene.other.next_request().await;
        assert_eq!(fetched.path, "/a.png");
        assert!(!format!("{fetched:?}").contains(KEY));
    }
}

#[tokio::test]
async fn an_image_that_cannot_be_fetched_is_a_failure_of_the_target() {
    for (members, reply, why) in [
        (
            "",
            text(200, "x"),
            "is on a host that neither `attachments` nor `hosts` of the provider list",
        ),
        ("hosts: [\"OTHER\"]", text(404, ""), "answers with status 404"),
        (
            "attachments: { hosts: [\"OTHER\"], private: true, max_bytes: 4 }",
            text(200, "large"),
            "is too large, or breaks off",
        ),
    ] {
        let scene = scene(members).await;
        scene.other.reply(reply);
        let images = value!([{ "url": scene.elsewhere("/a.png") }]);
        scene
            .upstream
            .reply(json(200, value!({ "result": { "created": 1, "data": images } })));
        let answer = scene.paint().await;
        assert_eq!(answer.status, 502, "{}", answer.text());
        let logs = scene.gateway.logs();
        assert!(logs.contains(why), "{why} in {logs}");
    }
}
