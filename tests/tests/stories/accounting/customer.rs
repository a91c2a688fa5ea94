//! Customers that ask without pause, expect the gateway to die at any moment, and know what they got before.

use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

/// One who asks again and again, for whole answers or for streams.
#[derive(Clone)]
struct Customer {
    http: Client<HttpConnector, Full<Bytes>>,
    url: String,
    key: String,
    stream: bool,
}

/// An answer that a customer has seen to its end.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) request_id: String,
    pub(super) input: i64,
    pub(super) output: i64,
}

/// Lets customers ask with each of these keys, several at once, until `enough` answers have come; then lets `kill` do
/// what it does, and returns all that they had received in full when nobody answered any more.
pub(super) async fn besiege(url: &str, keys: &[String], enough: usize, kill: impl AsyncFnOnce()) -> Vec<Received> {
    let (report, mut reports) = unbounded_channel();
    let mut customers = JoinSet::new();
    for key in keys {
        for stream in [false, true, false, true] {
            let customer = Customer::new(url, key, stream);
            customers.spawn(customer.ask_until_nobody_answers(report.clone()));
        }
    }
    drop(report);
    let mut received = Vec::new();
    while received.len() < enough {
        received.push(reports.recv().await.unwrap());
    }
    kill().await;
    while let Some(more) = reports.recv().await {
        received.push(more);
    }
    // One that got another answer than 200 has failed.
    while let Some(customer) = customers.join_next().await {
        customer.unwrap();
    }
    received
}

// === impl Customer ===

impl Customer {
    fn new(url: &str, key: &str, stream: bool) -> Self {
        Self {
            http: Client::builder(TokioExecutor::new()).build_http(),
            url: format!("{url}/v1/chat/completions"),
            key: key.to_owned(),
            stream,
        }
    }

    async fn ask_until_nobody_answers(self, report: UnboundedSender<Received>) {
        while let Some(received) = self.ask().await {
            report.send(received).unwrap();
        }
    }

    /// None if no whole answer came.
    async fn ask(&self) -> Option<Received> {
        let answer = self.http.request(self.question()).await.ok()?;
        let (head, mut body) = answer.into_parts();
        let (mut text, mut broke) = (Vec::new(), false);
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => text.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
                Err(_) => broke = true,
            }
        }
        let text = String::from_utf8(text).unwrap();
        let usage = if self.stream {
            // Whoever has read this has the whole answer, whatever becomes of the connection.
            text.ends_with("data: [DONE]\n\n").then(|| last_usage(&text))
        } else {
            (!broke).then(|| usage(&text)).flatten()
        };
        assert!(head.status == 200, "{}: {text}", head.status);
        let (input, output) = usage?;
        let request_id = head.headers["x-request-id"].to_str().unwrap().to_owned();
        Some(Received {
            request_id,
            input,
            output,
        })
    }

    fn question(&self) -> Request<Full<Bytes>> {
        let message = json!({ "role": "user", "content": "hello" });
        let mut question = json!({ "model": "m", "messages": [message], "stream": self.stream });
        if self.stream {
            question["stream_options"] = json!({ "include_usage": true });
        }
        let request = Request::builder().method(Method::POST).uri(&self.url);
        request
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(question.to_string()))
            .unwrap()
    }
}

/// What a complete stream says that it cost.
fn last_usage(stream: &str) -> (i64, i64) {
    let events = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    let told = events.rev().find_map(usage);
    told.unwrap()
}

/// The tokens in and out that a reply or a chunk tells of.
fn usage(reply: &str) -> Option<(i64, i64)> {
    let reply: Value = serde_json::from_str(reply).ok()?;
    let usage = &reply["usage"];
    Some((usage["prompt_tokens"].as_i64()?, usage["completion_tokens"].as_i64()?))
}
