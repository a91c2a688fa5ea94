//! What plugins in other languages cost their neighbours: a bystander beside one in JavaScript that is asked all the time,
//! and beside one of Python's size while it is compiled.

use std::fmt;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::alone::alone;
use super::bystander::{Seen, ask_on};
use super::campaign::Pair;
use super::stage::{Victim, ask};
use super::upstreams::HostileUpstream;
use crate::client::Client;
use crate::gateway::{FREE, Process, built_plugin, put};
use crate::upstream::{Upstream, json};

/// How often the plugin in JavaScript is asked in a second.
const RATE: u64 = 50;

/// The token of the operators' paths.
const OPERATOR: &str = "operator";

/// How long compiling may take.
const LONGEST: Duration = Duration::from_mins(10);

/// What the bystander saw, and what happened beside it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Beside what.
    pub name: &'static str,
    /// What the bystander saw.
    pub seen: Pair,
    /// The resident memory before, and the most of it meanwhile, in bytes.
    pub resident: (u64, u64),
    /// What else is to be known.
    pub remark: String,
}

/// A gateway with an adapter in Rust and one in JavaScript, and a folder into which another is put.
struct Neighbourhood {
    gateway: Arc<Process>,
    victim: Victim,
    _ollama: Upstream,
}

/// Both findings; each lasts this long, and compiling as long as it takes.
pub async fn run(time: Duration) -> [Finding; 2] {
    let neighbourhood = Neighbourhood::start().await;
    // Caches and pools are filled before anything is measured.
    neighbourhood.watched(sleep(time / 2)).await;
    [
        neighbourhood.javascript(time).await,
        neighbourhood.compiling(time).await,
    ]
}

// === impl Neighbourhood ===

impl Neighbourhood {
    async fn start() -> Self {
        let good = HostileUpstream::start_alone().await;
        let ollama = Upstream::start().await;
        let message = json!({ "role": "assistant", "content": "hello" });
        ollama.always(json(
            200,
            json!({ "model": "m", "message": message, "done": true, "done_reason": "stop" }),
        ));
        let url = ollama.base_url();
        let gateway = Process::start(&format!(
            r#"
server: {{ auth: off, admin: {{ token: {OPERATOR} }} }}
log: {{ level: warn }}
plugins: {{ deadline: 10s, cache_dir: ../cache }}
routing: {{ retry_count: 0 }}
providers:
  good: {{ adapter: openai, base_url: "http://{good}/v1" }}
  js: {{ adapter: ollama-js, base_url: "{url}" }}
models:
  good: {{ {FREE}, chain: [{{ provider: good, model: good }}] }}
  js: {{ {FREE}, chain: [{{ provider: js, model: m }}] }}
"#
        ))
        .await;
        let address = gateway.url().trim_start_matches("http://").parse();
        Self {
            victim: Victim::plain(address.expect("its address")),
            gateway: Arc::new(gateway),
            _ollama: ollama,
        }
    }

    /// Beside a plugin in JavaScript that is asked [`RATE`] times a second, whatever it answers.
    async fn javascript(&self, time: Duration) -> Finding {
        let (before, ()) = self.watched(sleep(time)).await;
        let resident = self.gateway.resident_bytes();
        let client = Client::new(self.gateway.url().to_owned());
        let load = alone(move || asked(client, time));
        let (during, (all, failed)) = self.watched(load).await;
        Finding {
            name: "javascript",
            seen: Pair { before, during },
            resident: (resident, self.gateway.resident_bytes()),
            remark: format!("{all} requests to the plugin, {failed} failed"),
        }
    }

    /// Beside a new plugin of Python's size, from the moment when its file is there until it is loaded.
    async fn compiling(&self, time: Duration) -> Finding {
        let (before, ()) = self.watched(sleep(time)).await;
        let resident = self.gateway.resident_bytes();
        let plugins = self.gateway.config_dir().with_file_name("plugins");
        let python = fs::read(built_plugin("ollama-python")).expect("a built plugin");
        let (over, peak) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(resident)));
        let watch = (Arc::clone(&self.gateway), Arc::clone(&over), Arc::clone(&peak));
        let highest = alone(move || async move {
            let (gateway, over, peak) = watch;
            while !over.load(Ordering::Relaxed) {
                peak.fetch_max(gateway.resident_bytes(), Ordering::Relaxed);
                sleep(Duration::from_millis(20)).await;
            }
        });
        let loading = async {
            put(&plugins.join("ollama-python.wasm"), &python);
            let began = Instant::now();
            let client = self.gateway.client().with_key(OPERATOR);
            while began.elapsed() < LONGEST {
                let snapshot = client.get("/admin/snapshot").await.json();
                let listed = snapshot["plugins"].as_array().into_iter().flatten();
                if listed.into_iter().any(|plugin| plugin["name"] == "ollama-python") {
                    break;
                }
                sleep(Duration::from_millis(100)).await;
            }
            over.store(true, Ordering::Relaxed);
            began.elapsed()
        };
        let ((during, took), ()) = tokio::join!(self.watched(loading), highest);
        Finding {
            name: "compiling",
            seen: Pair { before, during },
            resident: (resident, peak.load(Ordering::Relaxed)),
            remark: format!("{} MB of plugin, loaded after {took:.1?}", python.len() / 1_000_000),
        }
    }

    /// What a bystander on a thread of its own sees meanwhile.
    async fn watched<T>(&self, meanwhile: impl Future<Output = T>) -> (Seen, T) {
        let stop = CancellationToken::new();
        let (victim, stopped) = (self.victim.clone(), stop.clone());
        let asking = alone(move || async move { ask_on(&victim, &stopped).await });
        let over = async {
            let out = meanwhile.await;
            stop.cancel();
            out
        };
        tokio::join!(asking, over)
    }
}

/// Asks the plugin in JavaScript for this long: how often, and how often in vain.
async fn asked(client: Client, time: Duration) -> (usize, usize) {
    let mut ticks = interval(Duration::from_millis(1_000 / RATE));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (end, mut asked) = (Instant::now() + time, tokio::task::JoinSet::new());
    while Instant::now() < end {
        ticks.tick().await;
        let client = client.clone();
        asked.spawn(async move { client.chat(ask("js", false)).await.status });
    }
    let statuses = asked.join_all().await;
    let failed = statuses.iter().filter(|status| **status != 200).count();
    (statuses.len(), failed)
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, during, ratio) = self.seen.p99();
        let Pair { during: seen, .. } = &self.seen;
        let (served, failed) = (seen.times.len() - seen.failures.len(), seen.failures.len());
        let (resident, most) = (self.resident.0 >> 20, self.resident.1 >> 20);
        writeln!(f, "{}: {}", self.name, self.remark)?;
        writeln!(f, "  bystander: {served} served, {failed} failed")?;
        writeln!(
            f,
            "  p99: {before:.2} ms before, {during:.2} ms during ({ratio:.1} times)"
        )?;
        write!(f, "  memory: {resident} MiB before, {most} MiB at most")
    }
}
