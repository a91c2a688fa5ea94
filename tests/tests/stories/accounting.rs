//! What users are charged and how they are counted, whatever dies meanwhile: the built program over real databases.

pub(crate) mod books;
mod customer;
mod endings;
mod invoices;
mod kill;
mod media_prices;
mod nodes;
mod outages;
mod prices;
mod reports;

use jackfield_tests::gateway::Process;
use jackfield_tests::upstream::Upstream;
use serde_json::Value;

/// What every user is given, in credits, and the same in micro-credits.
const CREDITS: &str = "1000";
pub(crate) const MICRO: i64 = 1_000_000_000;

/// Keeps everything in a file beside the configuration.
pub(crate) const SQLITE: &str = r#"storage: { url: "sqlite:jackfield.db" }"#;

/// A configuration with this upstream and these further sections. Plan `pro` allows more than any story asks for, and
/// `few` ten requests a day. The models `m` and `n` cost a micro-credit for each token in and two for each out.
pub(crate) fn config(upstream: &Upstream, sections: &str) -> String {
    let url = upstream.base_url();
    let price = "pricing: { input_per_million: 1, output_per_million: 2 }";
    format!(
        r#"
server: {{ auth: required }}
routing: {{ retry_count: 0 }}
plans:
  pro: {{ tiers: [any], limits: {{ per_day: 1000000, per_hour: 1000000, per_minute: 1000000, concurrent_streams: 1000 }} }}
  few: {{ tiers: [any], limits: {{ per_day: 10 }} }}
providers:
  upstream: {{ adapter: openai, base_url: "{url}", api_key: "sk-upstream" }}
models:
  m: {{ tier: any, {price}, chain: [{{ provider: upstream, model: m }}] }}
  n: {{ tier: any, {price}, chain: [{{ provider: upstream, model: n-large }}] }}
{sections}
"#
    )
}

/// Makes a user with a thousand credits, and a key of theirs.
pub(crate) async fn user(gateway: &Process, name: &str, plan: &str) -> String {
    let add = ["user", "add", name, "--plan", plan, "--credits", CREDITS];
    gateway.run(&add).await;
    let create = ["key", "create", name, "--name", "ci", "--json"];
    let key: Value = serde_json::from_str(&gateway.run(&create).await).unwrap();
    key["key"].as_str().unwrap().to_owned()
}

/// The URL of the database beside a gateway's configuration.
pub(crate) fn sqlite(gateway: &Process) -> String {
    let file = gateway.config_dir().join("jackfield.db");
    format!("sqlite:{}", file.display())
}
