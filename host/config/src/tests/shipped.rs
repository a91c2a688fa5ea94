//! The shipped configuration starts anywhere, and its comments are true.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::Value;

use super::{folder, load_folder};
use crate::{Auth, Capability, PlanConfig, QuotaConfig, is_pattern, json_schema};

fn shipped() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config"))
}

/// The names and contents of the shipped files.
fn files() -> Vec<(String, String)> {
    let loaded = load_folder(&shipped()).unwrap();
    let name = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
    loaded
        .inputs
        .files
        .iter()
        .map(|file| (name(file), fs::read_to_string(file).unwrap()))
        .collect()
}

/// A line without its `#`, if a key follows it.
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
        (config.server.auth, config.server.listen.to_string().as_str()),
        (Auth::Off, "127.0.0.1:8080")
    );
    assert_eq!(config.providers["echo"].off, None);
    let crof = config.providers["crof"].off.as_deref();
    assert_eq!(crof, Some("CROF_BASE_URL is not set, CROF_API_KEY is not set"));
    assert_eq!(loaded.warnings.len(), config.providers.len() - 1);
    assert_eq!(config.models.len(), 61);
}

#[test]
fn models_and_plans_use_the_same_tiers() {
    let config = load_folder(&shipped()).unwrap().config;
    let of_models: BTreeSet<_> = config.models.values().map(|model| &model.tier).collect();
    let of_plans: BTreeSet<_> = config.plans.values().flat_map(|plan| &plan.tiers).collect();
    assert_eq!(of_models, of_plans);
}

#[test]
fn every_plan_has_its_limits_and_allows_an_overdraft() {
    let plans = load_folder(&shipped()).unwrap().config.plans;
    let limits = |plan: &PlanConfig| {
        let QuotaConfig {
            per_day,
            per_hour,
            per_minute,
            concurrent_streams,
        } = plan.limits;
        assert_eq!((per_minute, concurrent_streams), (Some(100), Some(50)));
        (per_day.unwrap(), per_hour)
    };
    let expected = [
        ("free", 50, Some(50)),
        ("lite", 500, None),
        ("max", 3000, Some(1000)),
        ("premium", 1500, Some(500)),
        ("ultra", 10_000, Some(1500)),
        ("weekly", 1800, Some(500)),
    ];
    let actual: Vec<_> = plans
        .iter()
        .map(|(name, plan)| (name.as_str(), limits(plan).0, limits(plan).1))
        .collect();
    assert_eq!(actual, expected);
    assert!(plans.values().all(|plan| plan.overdraft));
}

#[test]
fn the_free_plan_may_chat_and_plans_from_premium_up_may_do_everything() {
    let config = load_folder(&shipped()).unwrap().config;
    let may = |plan: &str, id: &str| {
        let model = &config.models[id];
        config.plans[plan].may_call(id, &model.tier, model.capability)
    };
    let others = ["echo-embeddings", "echo-rerank", "echo-images"];
    for plan in config.plans.keys() {
        assert!(may(plan, "echo"), "{plan}");
        let all = ["premium", "max", "ultra"].contains(&plan.as_str());
        for model in others.into_iter().chain(["route/qwen3-embedding-8b"]) {
            assert_eq!(may(plan, model), all, "{plan} {model}");
        }
    }
    assert!(may("weekly", "route/minimax-m2.7") && !may("lite", "route/minimax-m2.7"));
    assert!(may("max", "route/glm-5-highspeed") && !may("premium", "route/glm-5-highspeed"));
}

#[test]
fn an_image_uses_five_requests_and_only_text_is_priced() {
    let models = load_folder(&shipped()).unwrap().config.models;
    for (id, model) in &models {
        let images = model.capability == Capability::Images;
        assert_eq!(model.request_cost, if images { 5 } else { 1 }, "{id}");
        assert_eq!(model.pricing.is_none(), is_pattern(id), "{id}");
        let Some(pricing) = &model.pricing else {
            continue;
        };
        let priced = |price: f64| price > 0.0;
        let text = !id.starts_with("echo") && !images && model.capability != Capability::Rerank;
        assert_eq!(priced(pricing.input_per_million), text, "{id}");
        let answers = text && model.capability == Capability::Chat;
        assert_eq!(priced(pricing.output_per_million), answers, "{id}");
    }
}

#[test]
fn every_commented_key_has_its_default_value() {
    let loaded = load_folder(&shipped()).unwrap();
    let texts: Vec<(String, String)> = files()
        .into_iter()
        .map(|(name, text)| (name, text.lines().map(|line| uncommented(line) + "\n").collect()))
        .collect();
    let borrowed: Vec<_> = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let folder = folder(&borrowed);
    let mut bare = load_folder(folder.path()).unwrap().config;
    bare.plugins.dir.clone_from(&loaded.config.plugins.dir);
    // Paths are relative to either folder, and the journal's default depends on that of the database.
    assert_eq!(bare.storage.journal, Some(folder.path().join("jackfield.journal")));
    assert!(bare.storage.url.expose().ends_with("/jackfield.db"));
    assert_eq!(bare.state_dir(), folder.path());
    bare.storage.clone_from(&loaded.config.storage);
    bare.state_dir.clone_from(&loaded.config.state_dir);
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
            properties.values().for_each(|property| collect(property, keys));
        } else if name != "default" {
            collect(member, keys);
        }
    }
}
