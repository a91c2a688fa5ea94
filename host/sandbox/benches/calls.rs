//! What one call of `prepare` costs: in a fresh instance, and in one that is kept (`isolation: shared`).

#![expect(clippy::unwrap_used, reason = "a plugin that does not load must end the benchmark")]

#[path = "../src/tests/guest.rs"]
mod guest;

use bytes::Bytes;
use divan::{Bencher, black_box};
use jackfield_config::{Isolation, PluginLimits, PluginsConfig};
use jackfield_sandbox::contract::Call;
use jackfield_sandbox::{AdapterPlugin, CodeCache, Engine, RequestText};

fn main() {
    divan::main();
}

#[divan::bench(args = [Isolation::Request, Isolation::Shared])]
fn prepare(bencher: Bencher, isolation: Isolation) {
    let limits = |name: &str| PluginLimits {
        isolation,
        ..PluginsConfig::default().limits_for(name)
    };
    let engine = Engine::new().unwrap();
    let component = guest::component(guest::COUNTS);
    let plugin = AdapterPlugin::load(&engine, &CodeCache::disabled(), &component, limits).unwrap();
    let request = RequestText {
        body: Bytes::from_static(br#"{"model":"m","messages":[{"role":"user","content":"Hello"}]}"#),
        parameters: Bytes::from_static(br#"{"model":"m","temperature":0.7,"max_tokens":256}"#),
        ..RequestText::default()
    };
    let call = Call {
        operation: "chat",
        dialect: "openai-chat",
        model: "upstream-model",
        stream: false,
        settings: b"{}",
    };
    bencher.bench(|| plugin.prepare(black_box(&call), &request).unwrap().unwrap());
}
