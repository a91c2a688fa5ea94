//! The scene of vendors of images: one upstream takes jobs, another is asked for them, a third has the images, and the
//! gateway keeps its books.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jackfield_tests::client::Answer;
use jackfield_tests::upstream::{Reply, Request, Upstream, text};
use serde_json::{Value, json as value};

use super::kept::Kept;
use crate::accounting::books::Row;
use crate::scene::eventually;

/// The credential at the vendor.
pub(super) const VENDOR_KEY: &str = "vk-5e1c90-studio";

/// What an image costs, in micro-credits.
pub(super) const PRICE: i64 = 40_000;

const PICTURE: &str = "\u{89}PNG, a picture";

/// A gateway whose model `paint` is made by one vendor.
pub(super) struct Studio {
    pub(super) kept: Kept,
    pub(super) jobs: Upstream,
    /// The host where jobs are asked for.
    pub(super) polls: Upstream,
    /// The host that has the images.
    pub(super) pictures: Upstream,
}

// === impl Studio ===

impl Studio {
    /// A gateway over this adapter and model, with further members of its provider, in which POLLS and PICTURES are the
    /// two other hosts.
    pub(super) async fn start((adapter, model): (&str, &str), members: &str) -> Self {
        let (jobs, polls, pictures) = (
            Upstream::start().await,
            Upstream::start().await,
            Upstream::start().await,
        );
        let members = members.replace("POLLS", &polls.address().to_string());
        let members = members.replace("PICTURES", &pictures.address().to_string());
        let quick = "polling: { first_ms: 1, longest_ms: 1 }";
        let settings = if members.contains("settings: {") {
            members.replace("settings: {", &format!("settings: {{ {quick},"))
        } else {
            format!("settings: {{ {quick} }}, {members}")
        };
        let url = jobs.base_url();
        let providers =
            format!("  studio: {{ adapter: {adapter}, base_url: \"{url}\", api_key: \"{VENDOR_KEY}\", {settings} }}");
        let pricing = "{ input_per_million: 0, output_per_million: 0, per_image: 0.04 }";
        let chain = format!("[{{ provider: studio, model: \"{model}\" }}]");
        let models = format!("  paint: {{ tier: any, capability: images, pricing: {pricing}, chain: {chain} }}");
        Self {
            kept: Kept::start(&providers, &models, &[]).await,
            jobs,
            polls,
            pictures,
        }
    }

    /// Asks for images with these further members.
    pub(super) async fn paint(&self, members: Value) -> Answer {
        self.kept
            .client()
            .post("/v1/images/generations", question(members))
            .await
    }

    /// Asks for an image, and leaves when the host that is polled has been asked this often.
    pub(super) async fn leave_after(&self, asked: &Upstream, polls: usize) {
        let polled = async {
            for _ in 0..polls {
                asked.next_request().await;
            }
        };
        tokio::select! {
            answer = self.paint(value!({})) => panic!("answered {}: {}", answer.status, answer.text()),
            () = polled => {}
        }
    }

    /// A URL on the host where jobs are asked for.
    pub(super) fn poll_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.polls.address())
    }

    /// The URL of an image, which is there from now on.
    pub(super) fn picture(&self, name: &str) -> String {
        self.pictures
            .always(text(200, PICTURE).header("content-type", "image/png"));
        format!("http://{}/{name}", self.pictures.address())
    }

    /// The one row of the one request.
    pub(super) async fn row(&self) -> Row {
        let row = self.kept.row().await;
        assert_eq!(row.operation, "images");
        row
    }

    /// Demands a row of a whole answer with so many images, and what they cost.
    pub(super) async fn assert_paid(&self, images: i64) {
        let row = self.row().await;
        assert_eq!((&*row.ended, row.status, row.attempts), ("ok", 200, 1));
        assert_eq!(
            (&*row.provider, row.images, row.credits),
            ("studio", Some(images), images * PRICE)
        );
    }

    /// Demands that a request failed and cost nothing, and that the log says this about it.
    pub(super) async fn assert_failed(&self, answer: &Answer, status: u16, logged: &str) {
        assert_eq!(answer.status, status, "{}", answer.text());
        let row = self.row().await;
        assert_eq!((&*row.ended, row.credits, row.images), ("failed", 0, None));
        let logs = self.kept.logs_of(&row);
        assert!(logs.contains(logged), "{logged} in {logs}");
    }

    /// Waits until the log says that the vendor's job of this request was cancelled.
    pub(super) async fn cancelled(&self, row: &Row) {
        let logged = async || self.kept.logs_of(row).contains("cancelled the upstream's job");
        eventually("the cancelling to be logged", logged, |logged| *logged).await;
    }

    /// Demands that the fetched image is the client's, and that its host saw no credential.
    pub(super) async fn assert_inlined(&self, answer: &Answer) {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let image = &answer.json()["data"][0];
        assert_eq!(image["b64_json"], STANDARD.encode(PICTURE));
        assert!(image["url"].is_null());
        let fetched = self.pictures.next_request().await;
        assert!(!format!("{fetched:?}").contains(VENDOR_KEY));
    }

    /// Demands that nobody but the vendor's own API got the request, and only this often.
    pub(super) fn assert_nobody_else_was_asked(&self, submissions: usize) {
        assert_eq!(self.jobs.requests().len(), submissions);
        assert_eq!(self.polls.requests().len() + self.pictures.requests().len(), 0);
    }
}

/// A request for images with these further members.
fn question(mut members: Value) -> Value {
    members["model"] = "paint".into();
    members["prompt"] = "a cat".into();
    members
}

/// Replies one after the other.
pub(super) fn script(upstream: &Upstream, replies: impl IntoIterator<Item = Reply>) {
    for reply in replies {
        upstream.reply(reply);
    }
}

/// Method, path and credential of a request, in the header in which the vendor wants it.
pub(super) fn seen<'a>(request: &'a Request, header: &str) -> (&'a str, &'a str, Option<&'a str>) {
    (request.method.as_str(), &request.path, request.header(header))
}
