//! Tests that the presets, their goldens and their documentation name the same vendors.

#![allow(
    clippy::unwrap_used,
    reason = "clippy does not recognise helper functions as test code"
)]

use std::path::Path;

use jackfield_plugin_sdk::{Adapter, Extension};
use openai::OpenAi;
use openai::preset::Preset;

#[test]
fn every_preset_has_its_name_its_goldens_and_a_line_in_the_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    for preset in Preset::ALL {
        let name = preset.as_str();
        let read: Preset = serde_json::from_value(name.into()).unwrap();
        assert_eq!(read, preset);
        let golden = root.join(format!("tests/golden/request/preset_{name}.json"));
        assert!(golden.exists(), "{}", golden.display());
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{name}` | ")));
        let accepted = row.and_then(|row| row.split(" | ").nth(2)).unwrap();
        let words: Vec<String> = preset
            .traits()
            .accepts
            .iter()
            .map(|it| format!("`{}`", it.as_str()))
            .collect();
        let words = if words.is_empty() {
            "–".to_owned()
        } else {
            words.join(", ")
        };
        assert_eq!(accepted, words, "{name} in the README");
    }
}

#[test]
fn the_manifest_says_what_each_preset_accepts() {
    let manifest = serde_json::to_value(OpenAi::manifest()).unwrap();
    for preset in Preset::ALL {
        let accepted: Vec<&str> = preset.traits().accepts.iter().map(Extension::as_str).collect();
        let told = &manifest["accepts_with"]["preset"][preset.as_str()];
        assert_eq!(*told, serde_json::json!(accepted), "{}", preset.as_str());
        let name = &manifest["telemetry_name_with"]["preset"][preset.as_str()];
        assert_eq!(*name, preset.telemetry_name());
    }
}
