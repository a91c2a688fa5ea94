//! The gateway under attack: accounts in a database, a bystander, an attacker, a user who is spent, and their models.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::alone::{go_before_attackers, spread};
use super::plain::Upstreams;
use super::upstreams::{COMMON, HostileUpstream};
use crate::client::Client;
use crate::gateway::Process;

/// The token of the operators' paths.
const OPERATOR: &str = "operator";

/// What each user has, in credits.
pub const CREDITS: i64 = 1_000_000;

/// The most streams that one user may have at once.
pub const STREAMS: usize = 100;

/// What the hostile upstream does; each is the name of a model there.
pub const UPSTREAM_ATTACKS: [&str; 10] = [
    "absurd-usage",
    "cut",
    "empty-chunks",
    "endless-chunks",
    "endless-choices",
    "endless-line",
    "flood-of-headers",
    "garbage",
    "open-arguments",
    "silence",
];

/// What the hostile plugin does; each is the name of a model there.
pub const PLUGIN_ATTACKS: [&str; 7] = [
    "burn",
    "endless-polling",
    "huge-output",
    "log-flood",
    "loop-prepare",
    "memory-bomb",
    "trap",
];

/// The gateway, and everyone who calls it.
pub struct Stage {
    /// The built program.
    pub gateway: Process,
    /// Where it listens.
    pub address: SocketAddr,
    /// The key of a user who only wants to be served.
    pub bystander: String,
    /// The key of a user with means who attacks.
    pub attacker: String,
    /// The key of a user who believes an upstream that charges absurdly.
    pub careless: String,
    /// The key of a user whose credits are spent.
    pub spent: String,
    /// Where requests go.
    pub upstreams: Upstreams,
    _upstream: HostileUpstream,
}

/// A server under attack, and the keys of those who call it.
#[derive(Clone, Debug)]
pub struct Victim {
    /// Where it listens.
    pub address: SocketAddr,
    /// The key of a user who only wants to be served.
    pub bystander: String,
    /// The key of a user with means who attacks.
    pub attacker: String,
    /// The key of a user who believes an upstream that charges absurdly.
    pub careless: String,
    /// The key of a user whose credits are spent.
    pub spent: String,
}

// === impl Victim ===

impl Victim {
    /// A server that asks for no key.
    pub fn plain(address: SocketAddr) -> Self {
        Self {
            address,
            bystander: String::new(),
            attacker: String::new(),
            careless: String::new(),
            spent: String::new(),
        }
    }

    /// A new connection.
    ///
    /// # Errors
    /// If the server does not take it, which is its right in an attack.
    pub async fn connect(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect(self.address).await
    }
}

// === impl Stage ===

impl Stage {
    /// Starts everything.
    pub async fn start() -> Self {
        let upstream = HostileUpstream::start().await;
        let good = HostileUpstream::start_alone().await;
        let gateway = Process::start(&config(good, upstream.address())).await;
        go_before_attackers(gateway.pid());
        spread(&gateway.workers());
        let address = gateway.url().trim_start_matches("http://").parse();
        Self {
            address: address.expect("its address"),
            bystander: user(&gateway, "bystander", CREDITS).await,
            attacker: user(&gateway, "attacker", CREDITS).await,
            careless: user(&gateway, "careless", CREDITS).await,
            spent: user(&gateway, "spent", 0).await,
            gateway,
            upstreams: Upstreams {
                good,
                hostile: upstream.address(),
            },
            _upstream: upstream,
        }
    }

    /// Where the attacked server listens, and the keys of those who call it.
    pub fn victim(&self) -> Victim {
        Victim {
            address: self.address,
            bystander: self.bystander.clone(),
            attacker: self.attacker.clone(),
            careless: self.careless.clone(),
            spent: self.spent.clone(),
        }
    }

    /// A client with this key.
    pub fn client(&self, key: &str) -> Client {
        self.gateway.client().with_key(key)
    }

    /// What operators see.
    pub async fn snapshot(&self) -> Value {
        self.client(OPERATOR).get("/admin/snapshot").await.json()
    }

    /// The URL of the database.
    pub fn database(&self) -> String {
        format!("sqlite:{}", self.gateway.config_dir().join("attack.db").display())
    }
}

/// A question to a model.
pub fn ask(model: &str, stream: bool) -> Value {
    json!({ "model": model, "stream": stream, "max_tokens": 100, "messages": [{ "role": "user", "content": "hello" }] })
}

async fn user(gateway: &Process, name: &str, credits: i64) -> String {
    let credits = credits.to_string();
    let add = ["user", "add", name, "--plan", "pro", "--credits", &credits];
    gateway.run(&add).await;
    let create = ["key", "create", name, "--name", "attack", "--json"];
    let key: Value = serde_json::from_str(&gateway.run(&create).await).expect("a key as JSON");
    key["key"].as_str().expect("its secret").to_owned()
}

fn config(good: SocketAddr, upstream: SocketAddr) -> String {
    let price = "pricing: { input_per_million: 1, output_per_million: 2 }, context: 100000, max_output: 1000";
    let model = |provider: &str, name: &&str| {
        format!("  {name}: {{ tier: any, {price}, chain: [{{ provider: {provider}, model: {name} }}] }}\n")
    };
    let hostile: String = UPSTREAM_ATTACKS.iter().map(|name| model("hostile", name)).collect();
    let plugins: String = PLUGIN_ATTACKS.iter().map(|name| model("plugin", name)).collect();
    let own = model("good", &"good") + &model("hostile", &COMMON);
    let timeouts = "timeouts: { connect: 1s, first_content: 2s, idle: 2s, total: 10s }";
    format!(
        r#"
server:
  auth: required
  header_timeout: 5s
  body_timeout: 5s
  write_timeout: 5s
  idle_timeout: 30s
  admin: {{ token: {OPERATOR} }}
log: {{ level: warn }}
plugins: {{ deadline: 10s, overrides: {{ hostile: {{ deadline: 100ms }} }} }}
storage: {{ url: "sqlite:attack.db" }}
routing: {{ retry_count: 0 }}
plans:
  pro: {{ tiers: [any], limits: {{ per_day: 10000000, per_hour: 10000000, per_minute: 10000000, concurrent_streams: {STREAMS} }} }}
providers:
  good: {{ adapter: openai, base_url: "http://{good}/v1", api_key: sk-good }}
  hostile: {{ adapter: openai, base_url: "http://{upstream}/v1", api_key: sk-hostile, {timeouts} }}
  plugin: {{ adapter: hostile, base_url: "http://{upstream}/v1", api_key: sk-plugin, {timeouts} }}
models:
{own}{hostile}{plugins}"#
    )
}
