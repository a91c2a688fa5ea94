//! The configuration that we ship: it starts anywhere, and what its comments say is true.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::Value;

use super::{folder, load_folder};
use crate::config::{Auth, json_schema};

fn shipped() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../config"))
}

/// The shipped files' names and contents.
fn files() -> Vec<(String, String)> {
    let loaded = load_folder(&shipped()).unwrap();
    let name = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
    loaded
        .files
        .iter()
        .map(|file| (name(file), fs::read_to_string(file).unwrap()))
        .collect()
}

/// A line with its `#` taken away, if what is behind it is a key.
fn uncommented(line: &str) -> String {
    let text = line.trim_start();
    let key = text
        .strip_prefix('#')
        .filter(|key| key.starts_with(|c: char| c.is_ascii_lowercase()));
    key.map_or_else(
        || line.to_owned(),
        |key| format!("{}{key}", &line[..line.len() - text.len()]),
    )
}

#[test]
fn the_shipped_configuration_loads_without_any_variable() {
    let loaded = load_folder(&shipped()).unwrap();
    let config = &loaded.config;
    assert_eq!(
        (
            config.server.auth,
            config.server.listen.to_string().as_str()
        ),
        (Auth::Off, "127.0.0.1:8080")
    );
    assert_eq!(config.providers["echo"].off, None);
    let crof = config.providers["crof"].off.as_deref();
    assert_eq!(
        crof,
        Some("CROF_BASE_URL is not set, CROF_API_KEY is not set")
    );
    assert_eq!(loaded.warnings.len(), config.providers.len() - 1);
    assert_eq!(config.models.len(), 34);
}

#[test]
fn every_tier_of_a_model_is_in_a_plan_and_the_reverse() {
    let config = load_folder(&shipped()).unwrap().config;
    let of_models: BTreeSet<_> = config.models.values().map(|model| &model.tier).collect();
    let of_plans: BTreeSet<_> = config.plans.values().flat_map(|plan| &plan.tiers).collect();
    assert_eq!(of_models, of_plans);
}

#[test]
fn every_commented_key_has_its_default_value() {
    let loaded = load_folder(&shipped()).unwrap();
    let texts: Vec<(String, String)> = files()
        .into_iter()
        .map(|(name, text)| {
            (
                name,
                text.lines().map(|line| uncommented(line) + "\n").collect(),
            )
        })
        .collect();
    let borrowed: Vec<_> = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let folder = folder(&borrowed);
    let mut bare = load_folder(folder.path()).unwrap().config;
    bare.plugins.dir.clone_from(&loaded.config.plugins.dir);
    assert_eq!(bare, loaded.config);
}

#[test]
fn every_key_of_the_schema_is_documented() {
    let text: String = files().into_iter().map(|(_, text)| text).collect();
    let schema = json_schema();
    let mut keys = BTreeSet::new();
    collect(&schema, &mut keys);
    assert!(keys.len() > 60, "{}", keys.len());
    for key in keys {
        assert!(text.contains(&format!("{key}:")), "{key}");
    }
}

/// The names of all properties of a schema.
fn collect<'a>(schema: &'a Value, keys: &mut BTreeSet<&'a str>) {
    let Value::Object(members) = schema else {
        return;
    };
    for (name, member) in members {
        if let ("properties", Value::Object(properties)) = (name.as_str(), member) {
            keys.extend(properties.keys().map(String::as_str));
            properties
                .values()
                .for_each(|property| collect(property, keys));
        } else if name != "default" {
            collect(member, keys);
        }
    }
}
