//! The queries of the dashboard and of the alerts: what they name exists, and Prometheus gets numbers for them.

use std::collections::BTreeSet;

use jackfield_gateway::METRIC_FAMILIES;
use jackfield_tests::gateway::Gateway;
use jackfield_tests::prometheus::{Prometheus, check_rules};
use jackfield_tests::upstream::{Upstream, json as reply, sse};
use jackfield_tests::vendor::{Turn, openai};
use serde_json::Value;

use super::names::{listed, read, root};
use crate::scene::{ask, eventually, refuses};

const DASHBOARD: &str = "deploy/grafana/jackfield.json";
const ALERTS: &str = "deploy/prometheus/alerts.yaml";

/// What our metrics begin with, and those that Prometheus makes of a scrape.
const OURS: [&str; 4] = ["jackfield_", "gen_ai_", "process_", "up"];

/// What is there only with a Redis, with a process of its own, with a file of requests, or with TLS.
const ABSENT: [&str; 5] = [
    "jackfield_limits_store_up",
    "jackfield_cache_store_up",
    "jackfield_log_lines_dropped_total",
    "jackfield_request_log_lines_dropped_total",
    "jackfield_tls_certificate_not_after_seconds",
];

/// Labels that Prometheus adds.
const ADDED: [&str; 4] = ["instance", "job", "le", "severity"];

/// The names in a query.
#[derive(Debug, Default, PartialEq)]
struct Asked {
    metrics: BTreeSet<String>,
    labels: BTreeSet<String>,
}

#[test]
fn the_dashboard_and_the_alerts_name_metrics_and_labels_that_exist() {
    let queries = [dashboard(), alerts()].concat();
    assert!(queries.len() > 40, "only {} queries were found", queries.len());
    let (listed, mut used) = (listed(), BTreeSet::new());
    for query in &queries {
        let asked = Asked::by(query);
        let mut labels: BTreeSet<&str> = ADDED.into();
        for metric in asked.metrics.iter().filter(|metric| *metric != "up") {
            let known = listed.get(metric.as_str());
            labels.extend(
                known
                    .unwrap_or_else(|| panic!("{metric} is not listed: {query}"))
                    .iter(),
            );
            used.insert(metric.clone());
        }
        let unknown: Vec<_> = asked
            .labels
            .iter()
            .filter(|label| !labels.contains(&***label))
            .collect();
        assert!(unknown.is_empty(), "no label {unknown:?}: {query}");
    }
    assert!(used.len() > 20 && METRIC_FAMILIES.len() > 30, "{used:?}");
}

#[tokio::test]
async fn the_alerts_are_valid_rules() {
    check_rules(&root().join(ALERTS)).await.unwrap();
}

#[tokio::test]
async fn prometheus_gets_numbers_for_every_query() {
    let upstream = Upstream::start().await;
    upstream.answer(|request| match request.json() {
        body if body["model"] == "down" => refuses(500, "down"),
        body if body["stream"] == true => sse(openai::chunks(&Turn::says(&["under ", "load"]), 1, true)),
        _ => reply(200, openai::completion(&Turn::says(&["under load"]), 1)),
    });
    let gateway = Gateway::start_with_scrapers(&config(&upstream), "127.0.0.1:0".parse().unwrap()).await;
    let prometheus = Prometheus::start(gateway.scrape_address()).await;
    for query in dashboard() {
        let query = query.replace("$__rate_interval", "1m").replace("$instance", ".*");
        let numbers = async || {
            load(&gateway).await;
            prometheus.query(&query).await
        };
        let is = |values: &Vec<f64>| !values.is_empty() && values.iter().all(|value| !value.is_nan());
        eventually(&format!("numbers for {query}"), numbers, is).await;
    }
    for query in alerts() {
        // Most find nothing, because nothing is wrong, but what they ask for is there.
        prometheus.query(&query).await;
        let metrics = Asked::by(&query).metrics.into_iter();
        for metric in metrics.filter(|metric| !ABSENT.contains(&&**metric)) {
            assert!(!prometheus.query(&metric).await.is_empty(), "{metric}: {query}");
        }
    }
}

#[test]
fn names_are_told_from_functions_labels_and_values() {
    let query = "histogram_quantile(0.5, sum by (le, provider) (rate(gen_ai_x_bucket{class!~\"up|ok\",job=\"a\"}[5m]))) and on (instance) up";
    let asked = Asked::by(query);
    assert_eq!(asked.metrics, ["gen_ai_x_bucket", "up"].map(str::to_owned).into());
    assert_eq!(
        asked.labels,
        ["class", "instance", "job", "le", "provider"].map(str::to_owned).into()
    );
}

// === impl Asked ===

impl Asked {
    fn by(query: &str) -> Self {
        // Values between quotes are no names.
        let plain: String = query.split('"').step_by(2).collect::<Vec<_>>().join("");
        let mut asked = Self::default();
        // The character that ends a list of labels, within one.
        let (mut word, mut last, mut labels) = (String::new(), String::new(), None);
        for c in plain.chars().chain([' ']) {
            if c.is_ascii_alphanumeric() || c == '_' {
                word.push(c);
                continue;
            }
            if !word.is_empty() {
                last = std::mem::take(&mut word);
                asked.note(&last, labels.is_some());
            }
            match c {
                '{' => labels = Some('}'),
                '(' if ["by", "on", "without", "ignoring"].contains(&&*last) => labels = Some(')'),
                c if labels == Some(c) => labels = None,
                _ => {}
            }
        }
        asked
    }

    fn note(&mut self, word: &str, is_label: bool) {
        let is_ours = |ours: &&str| {
            if *ours == "up" {
                word == "up"
            } else {
                word.starts_with(ours)
            }
        };
        if is_label {
            self.labels.insert(word.to_owned());
        } else if OURS.iter().any(is_ours) {
            self.metrics.insert(word.to_owned());
        }
    }
}

fn config(upstream: &Upstream) -> String {
    let price = "pricing: { input_per_million: 1, output_per_million: 2 }";
    format!(
        r#"
storage: {{ url: "sqlite:jackfield.db" }}
providers:
  mine: {{ adapter: openai, base_url: "{}", api_key: sk-x }}
models:
  good: {{ {price}, chain: [{{ provider: mine, model: fine }}] }}
  kept: {{ {price}, cache: {{ ttl: 1h }}, chain: [{{ provider: mine, model: fine }}] }}
  bad: {{ {price}, chain: [{{ provider: mine, model: down }}] }}
"#,
        upstream.base_url()
    )
}

async fn load(gateway: &Gateway) {
    let client = gateway.client();
    assert_eq!(client.chat(ask("good")).await.status, 200);
    client.stream(ask("good")).await.collect().await;
    client.chat(ask("kept")).await;
    let anew = client.clone().header("x-jackfield-cache", "refresh");
    anew.chat(ask("kept")).await;
    client.chat(ask("bad")).await;
}

/// Every query of the dashboard.
fn dashboard() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).unwrap();
    let mut queries = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let targets = panel["targets"].as_array().into_iter().flatten();
        queries.extend(targets.map(|target| target["expr"].as_str().unwrap().to_owned()));
    }
    queries
}

/// The expression of every alert: on the line of its key, or on those below that are indented deeper.
fn alerts() -> Vec<String> {
    let text = read(ALERTS);
    let mut lines = text.lines().peekable();
    let mut queries = Vec::new();
    while let Some(line) = lines.next() {
        let Some((indent, query)) = line.split_once("expr: ") else {
            continue;
        };
        if query != "|" {
            queries.push(query.to_owned());
            continue;
        }
        let mut query = String::new();
        while let Some(line) = lines.next_if(|line| line.len() > indent.len() && line[indent.len()..].starts_with(' '))
        {
            query.push_str(line.trim_start());
            query.push(' ');
        }
        queries.push(query);
    }
    queries
}
