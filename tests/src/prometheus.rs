//! A throwaway Prometheus that scrapes what a test names, and answers queries.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::client::Client;
use crate::patience::patiently;

/// Where the programs are if they are not in PATH: `.ci/apt-unpack prometheus target/tools` puts them there.
const UNPACKED: &str = "../target/tools/usr/bin";

/// What Prometheus logs once it listens, before the address.
const LISTENING: &str = "msg=\"Listening on\" address=";

/// A running Prometheus. Dropping it kills the server and deletes the data.
pub struct Prometheus {
    client: Client,
    // Before the folder, so that it is gone when its files go.
    _running: Child,
    _folder: TempDir,
}

// === impl Prometheus ===

impl Prometheus {
    /// Starts one that scrapes the job `jackfield` at this address, several times a second.
    pub async fn start(target: SocketAddr) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let config = folder.path().join("prometheus.yml");
        let text = format!(
            "global: {{ scrape_interval: 200ms, scrape_timeout: 200ms }}\n\
             scrape_configs: [{{ job_name: jackfield, static_configs: [{{ targets: [\"{target}\"] }}] }}]\n"
        );
        fs::write(&config, text).expect("its configuration");
        let mut command = Command::new(program("prometheus"));
        command.arg(format!("--config.file={}", config.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()));
        command.arg("--web.listen-address=127.0.0.1:0");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut running = command.kill_on_drop(true).spawn().unwrap_or_else(|error| {
            panic!("these tests start Prometheus: run `.ci/apt-unpack prometheus target/tools` ({error})")
        });
        let mut log = BufReader::new(running.stderr.take().expect("its log")).lines();
        let listening = async {
            while let Some(line) = log.next_line().await.expect("its log") {
                if let Some((_, address)) = line.split_once(LISTENING) {
                    return address.to_owned();
                }
            }
            panic!("Prometheus ended before it listened");
        };
        let address = patiently("Prometheus to listen", listening).await;
        // Its log goes nowhere from here on, and it must not stop over that.
        tokio_util::task::TaskTracker::new().spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        Self {
            client: Client::new(format!("http://{address}")),
            _running: running,
            _folder: folder,
        }
    }

    /// The values that a query has now: none if it finds nothing.
    pub async fn query(&self, query: &str) -> Vec<f64> {
        let path = format!("/api/v1/query?query={}", encoded(query));
        let answer = self.client.get(&path).await;
        // It answers 503 until it has read its storage.
        if answer.status == 503 {
            return Vec::new();
        }
        assert_eq!(answer.status, 200, "{query}\n{}", answer.text());
        let answer: Value = answer.json();
        let result = &answer["data"]["result"];
        if answer["data"]["resultType"] == "scalar" {
            return vec![number(&result[1])];
        }
        let found = result.as_array().expect("a vector");
        found.iter().map(|sample| number(&sample["value"][1])).collect()
    }
}

/// What `promtool check rules` says of a file that it does not accept.
///
/// # Errors
/// That.
pub async fn check_rules(file: &Path) -> Result<(), String> {
    let mut command = Command::new(program("promtool"));
    let output = command.args(["check", "rules"]).arg(file).output().await;
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn program(name: &str) -> PathBuf {
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join(UNPACKED).join(name);
    if unpacked.exists() { unpacked } else { name.into() }
}

fn number(value: &Value) -> f64 {
    let text = value.as_str().expect("a number as text");
    text.parse().expect("a number")
}

fn encoded(query: &str) -> String {
    let one = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    query.bytes().map(one).collect()
}
