//! What every series is measured in: a gateway with the measured plugins, and how much effort is made.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::gateway::{Gateway, Isolation};
use super::super::goals::mebibytes;
use super::super::ground::Ground;
use super::super::load::{LoadError, Pace, fire_each};
use super::super::median::median;
use super::super::process::Process;
use super::super::requests::Ask;
use super::super::site::Site;
use super::super::{BenchError, Built, Length};

/// How many clients find what a request costs when all cores work.
pub(super) const CLIENTS: usize = 32;

/// The scene.
#[derive(Debug)]
pub(super) struct Scene {
    /// The upstream and the room for files.
    pub(super) ground: Ground,
    /// The gateway.
    pub(super) gateway: Gateway,
    length: Length,
}

// === impl Scene ===

impl Scene {
    /// Starts the upstream, and has the plugins compiled: what holds the compiler's memory is not measured.
    ///
    /// # Errors
    /// If something does not start.
    pub(super) fn set(built: &Built, length: Length) -> Result<Self, BenchError> {
        let ground = Ground::set(built)?;
        let gateway = ground.gateway_with("plugins", &[])?;
        let scene = Self {
            ground,
            gateway,
            length,
        };
        drop(scene.start("first", scene.config())?);
        Ok(scene)
    }

    /// The configuration that the series change. A call may take as long as the largest work needs on a busy machine.
    pub(super) fn config(&self) -> Value {
        let cache = self.ground.folder("cache");
        let mut config = self.gateway.config(&cache, self.ground.upstream, Isolation::Request);
        config["plugins"]["deadline"] = json!("10s");
        config
    }

    /// Starts the gateway in a folder of that name.
    ///
    /// # Errors
    /// If it does not start.
    pub(super) fn start(&self, name: &str, config: Value) -> Result<Site, BenchError> {
        Ok(Site::start(&self.gateway, self.ground.folder(name), config)?)
    }

    /// Those of the amounts that are measured: all, every second for a first impression, or two to see that it runs.
    pub(super) fn amounts(&self, all: &[u64]) -> Vec<u64> {
        let (every, most) = match self.length {
            Length { smoke: true, .. } => (1, 2),
            Length { quick: true, .. } => (2, usize::MAX),
            Length { .. } => (1, usize::MAX),
        };
        all.iter().copied().step_by(every).take(most).collect()
    }

    /// How often something is done whose median counts.
    pub(super) fn rounds(&self) -> usize {
        if self.length.smoke { 1 } else { 3 }
    }

    /// The milliseconds that one request takes, with one client: the median of all.
    ///
    /// # Errors
    /// If any reply is wrong.
    pub(super) async fn alone(&self, address: SocketAddr, request: Vec<u8>) -> Result<f64, LoadError> {
        let tally = |tally: super::super::load::Tally| tally.percentile(50);
        self.median(address, Ask::Short, vec![request], tally).await
    }

    /// The milliseconds of all cores that one request costs, with [`CLIENTS`] clients.
    ///
    /// # Errors
    /// If any reply is wrong.
    pub(super) async fn share(&self, address: SocketAddr, ask: Ask, request: Vec<u8>) -> Result<f64, LoadError> {
        let tally = |tally: super::super::load::Tally| Some(1000.0 / tally.rate);
        self.median(address, ask, vec![request; CLIENTS], tally).await
    }

    async fn median(
        &self,
        address: SocketAddr,
        ask: Ask,
        requests: Vec<Vec<u8>>,
        figure: impl Fn(super::super::load::Tally) -> Option<f64>,
    ) -> Result<f64, LoadError> {
        let mut figures = Vec::new();
        for _ in 0..self.rounds() {
            let tally = fire_each(address, ask, requests.clone(), self.pace()).await?;
            figures.extend(figure(tally));
        }
        median(figures.into_iter()).ok_or(LoadError::Stuck)
    }

    fn pace(&self) -> Pace {
        let (warm_up, window) = match self.length {
            Length { smoke: true, .. } => (20, 100),
            Length { quick: true, .. } => (100, 300),
            Length { .. } => (200, 800),
        };
        Pace {
            warm_up: Duration::from_millis(warm_up),
            window: Duration::from_millis(window),
        }
    }
}

/// The resident memory of a process in MiB.
pub(super) fn resident(process: &Process) -> f64 {
    process.resident_bytes().map(mebibytes).unwrap_or_default()
}

/// Names the series in which something went wrong.
pub(super) fn failed(series: &str, amount: u64) -> impl Fn(LoadError) -> BenchError {
    let row = format!("{series} at {amount}");
    move |error| BenchError::Load {
        row: row.clone(),
        measurement: "scale",
        error,
    }
}
