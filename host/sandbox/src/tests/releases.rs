//! Each release of the contract: components that were built on its day load, and answer as they did.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jackfield_config::PluginsConfig;

use crate::contract::{Call, Prepared, Reply, Step};
use crate::shapes::{Shaping, Verdict};
use crate::{AdapterPlugin, CodeCache, Engine, Loaded, Parking, RequestText, ShaperPlugin};

/// The components of all releases.
fn components() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract");
    let entries = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let releases = entries(&folder).filter(|path| path.is_dir());
    let mut components: Vec<PathBuf> = releases.flat_map(|release| entries(&release)).collect();
    components.sort();
    components
}

#[test]
fn every_component_of_every_release_loads_and_answers() {
    let engine = Engine::new().unwrap();
    let patient = |name: &str| {
        let limits = PluginsConfig::default().limits_for(name);
        jackfield_config::PluginLimits {
            deadline: Duration::from_secs(10),
            ..limits
        }
    };
    let (mut adapters, mut shapers) = (0, 0);
    for file in components() {
        let loaded = Loaded::load_file(&engine, &CodeCache::disabled(), &file, patient);
        match loaded.unwrap_or_else(|error| panic!("{} {error}", file.display())) {
            Loaded::Adapter(plugin) => {
                answers(&plugin);
                adapters += 1;
            }
            Loaded::Shaper(shaper) => {
                shapes(&shaper);
                shapers += 1;
            }
        }
    }
    assert!(adapters > 0 && shapers > 0, "each release has an adapter and a shaper");
}

/// An adapter that sends what it knows to `/ask`, and returns it as the reply.
fn answers(plugin: &AdapterPlugin) {
    let call = Call {
        operation: "chat",
        dialect: "openai-chat",
        model: "m",
        stream: false,
        settings: b"{}",
    };
    let request = RequestText {
        id: "req_1".into(),
        body: br#"{"model":"m","messages":[]}"#.as_slice().into(),
        parameters: br#"{"model":"m"}"#.as_slice().into(),
        ..RequestText::default()
    };
    assert!(plugin.reads_head() && plugin.takes_attachments());
    assert_eq!(plugin.list_attachments(&call, &request).unwrap().unwrap(), [""; 0]);
    let Ok(Prepared::Exchange(exchange)) = plugin.prepare(&call, &request).unwrap() else {
        panic!("no exchange");
    };
    assert_eq!(exchange.request.path, "/ask");
    let reply = Reply {
        status: 200,
        headers: &[],
        body: b"{}",
        state: &exchange.state,
        more: &[],
    };
    let begun = plugin.read_head(&call, &request, &reply).unwrap().unwrap();
    assert!(!begun.state.is_empty());
    let Ok(Step::Done(payload)) = plugin.decode(&call, &request, &reply, &Parking::default()).unwrap() else {
        panic!("no reply");
    };
    assert!(String::from_utf8(payload.body).unwrap().contains("req_1"));
}

/// A shaper that adds the operator's instructions.
fn shapes(shaper: &ShaperPlugin) {
    let call = Shaping {
        operation: "chat",
        dialect: "openai-chat",
        model: "m",
        stream: false,
        plan: "free",
        user: "u",
        settings: br#"{"text": "You serve {{plan}}."}"#,
    };
    let verdict = shaper.shape_request(&call, &RequestText::default(), &[], Duration::from_secs(10));
    let Ok(Verdict::Patch(changes)) = verdict.unwrap() else {
        panic!("no changes");
    };
    assert_eq!(changes.instructions[0].text, "You serve free.");
}
