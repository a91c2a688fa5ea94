//! The rows of the table of tails: what is asked, how, and what goes on meanwhile.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::super::gateway::{Gateway, Isolation};
use super::super::ground::Ground;
use super::super::lines::Protocol;

/// The model of the rows.
pub(super) const MODEL: &str = "openai";

/// The model whose prompts are translated.
pub(super) const TRANSLATED: &str = "anthropic";

/// The model whose plugin takes its time.
pub(super) const SLOW: &str = "slow";

/// One row.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// What it is.
    pub(super) title: &'static str,
    /// Where the server listens.
    pub(super) address: SocketAddr,
    /// The model to ask it for.
    pub(super) model: &'static str,
    /// How it is asked.
    pub(super) protocol: Protocol,
    /// What goes on meanwhile.
    pub(super) beside: Beside,
}

/// What goes on beside the requests that are timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// Nothing.
    Nothing,
    /// The configuration is changed again and again.
    Reloads,
    /// A plugin's file is replaced by a new one, which has to be compiled, again and again.
    Swaps,
    /// Another model is asked, whose plugin takes some tens of milliseconds.
    SlowPlugin,
    /// Each worker also gets prompts of 400 KB, for the adapter that translates them.
    LongPrompts,
}

/// All rows, in the order of the table.
pub(super) fn all(upstream: SocketAddr, nginx: Option<SocketAddr>, gateway: SocketAddr, slow: bool) -> Vec<Case> {
    let of = |title, address, protocol, beside| Case {
        title,
        address,
        model: MODEL,
        protocol,
        beside,
    };
    let direct = of("upstream called directly", upstream, Protocol::Http1, Beside::Nothing);
    let nginx = nginx.map(|nginx| of("nginx `proxy_pass`, 1 worker", nginx, Protocol::Http1, Beside::Nothing));
    let gateways = [
        ("jackfield, nothing else", Protocol::Http1, Beside::Nothing),
        (
            "jackfield, the configuration is changed every 500 ms",
            Protocol::Http1,
            Beside::Reloads,
        ),
        (
            "jackfield, a plugin's file is swapped every 2 s",
            Protocol::Http1,
            Beside::Swaps,
        ),
        ("jackfield, beside a slow plugin", Protocol::Http1, Beside::SlowPlugin),
        (
            "jackfield, beside 400 KB prompts on the same workers",
            Protocol::Http1,
            Beside::LongPrompts,
        ),
        (
            "jackfield, HTTP/2, 100 streams on one connection",
            Protocol::Http2Together,
            Beside::Nothing,
        ),
        (
            "jackfield, HTTP/2, 100 connections",
            Protocol::Http2Apart,
            Beside::Nothing,
        ),
    ];
    let wanted = gateways
        .into_iter()
        .filter(|(_, _, beside)| slow || *beside != Beside::SlowPlugin);
    let gateways = wanted.map(|(title, protocol, beside)| of(title, gateway, protocol, beside));
    [direct].into_iter().chain(nginx).chain(gateways).collect()
}

/// The configuration of the gateway that all of them share.
pub(super) fn config(gateway: &Gateway, ground: &Ground, slow: bool) -> Value {
    let mut config = gateway.config(&ground.folder("cache"), ground.upstream, Isolation::Request);
    if slow {
        let base_url = format!("http://{}/v1", ground.upstream);
        // On a busy machine, tens of milliseconds of computing take longer than the default deadline.
        config["plugins"]["deadline"] = json!("5s");
        config["providers"][SLOW] = json!({ "adapter": "hostile", "base_url": base_url, "api_key": "key" });
        config["models"][SLOW] = json!({
            "pricing": { "input_per_million": 0, "output_per_million": 0 },
            "chain": [{ "provider": SLOW, "model": "burn" }],
        });
    }
    config
}
