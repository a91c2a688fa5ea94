//! Somebody who only wants to be served: one request after another, buffered and streamed in turn.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::stage::{Victim, ask};
use crate::client::{Client, Ending};

/// What the bystander has seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// How long each request took, in order of completion.
    pub times: Vec<Duration>,
    /// What was wrong with those that failed.
    pub failures: Vec<String>,
}

// === impl Seen ===

impl Seen {
    /// The time that 99 of 100 requests did not exceed; zero if there was none.
    pub fn p99(&self) -> Duration {
        self.p99_of(self.times.len())
    }

    /// The same of the first `count` requests: only equal counts are compared.
    pub fn p99_of(&self, count: usize) -> Duration {
        let mut times = self.times[..count.min(self.times.len())].to_vec();
        times.sort_unstable();
        let at = (times.len() * 99).div_ceil(100).saturating_sub(1);
        times.get(at).copied().unwrap_or_default()
    }
}

/// Asks until told to stop, and once in any case.
pub async fn ask_on(victim: &Victim, stop: &CancellationToken) -> Seen {
    let client = Client::new(format!("http://{}", victim.address)).with_key(&victim.bystander);
    let mut seen = Seen::default();
    for stream in [false, true].into_iter().cycle() {
        let began = Instant::now();
        let client = client.clone();
        // A client that gets no answer at all panics.
        let mut asked = JoinSet::new();
        asked.spawn(async move {
            if stream {
                streamed(&client).await
            } else {
                buffered(&client).await
            }
        });
        let outcome = asked.join_next().await;
        seen.times.push(began.elapsed());
        match outcome {
            Some(Ok(Ok(()))) => {}
            Some(Ok(Err(failure))) => seen.failures.push(failure),
            other => seen.failures.push(format!("{other:?}")),
        }
        if stop.is_cancelled() {
            break;
        }
    }
    seen
}

async fn buffered(client: &Client) -> Result<(), String> {
    let answer = client.chat(ask("good", false)).await;
    if answer.status == 200 && answer.content() == "at your service" {
        return Ok(());
    }
    Err(format!("{}: {}", answer.status, answer.text()))
}

async fn streamed(client: &Client) -> Result<(), String> {
    let stream = client.stream(ask("good", true)).await.collect().await;
    if stream.ending == Ending::Clean && stream.is_done() && stream.content() == "at your service" {
        return Ok(());
    }
    Err(format!("{stream:?}"))
}
