//! Validation of settings against an adapter's schema, and the places of faults found after loading.

use serde_json::json;

use super::{folder, load_folder, load_text, printed};
use crate::Faults;

const TEXT: &str = "providers:\n  a:\n    adapter: openai\n    settings:\n      max_tokens: kep\n      drop: [x, 5]\n      \
    region: \"${env:REGION}\"\n      verson: 2\n  b: { adapter: openai }\n";

#[test]
fn each_invalid_setting_is_reported_with_its_place() {
    let schema = json!({
        "type": "object",
        "required": ["project"],
        "additionalProperties": false,
        "properties": {
            "max_tokens": { "enum": ["keep", "max_tokens"] },
            "drop": { "type": "array", "items": { "type": "string" } },
            "region": { "type": "string", "maxLength": 3 },
            "version": { "type": "integer" },
            "project": { "type": "string" },
        },
    });
    let folder = folder(&[("c.yaml", TEXT)]);
    let variables = super::environment(&[("REGION", "hunter2")]);
    let loaded = super::load(folder.path(), &variables).unwrap();
    assert_eq!(
        printed(folder.path(), &Faults(loaded.check_settings("a", &schema))),
        "config/c.yaml:4:5: providers.a.settings.project: is missing; add \"project\" here\nconfig/c.yaml:5:7: providers.a.settings.max_tokens: must be keep or max_tokens, found \"kep\"; did you mean \"keep\"?\nconfig/c.yaml:6:17: providers.a.settings.drop[1]: must be a string, found 5; put it in quotes\nconfig/c.yaml:7:7: providers.a.settings.region: is invalid: it is longer than 3 characters; see the settings in the adapter's documentation\nconfig/c.yaml:8:7: providers.a.settings.verson: is not a known key; did you mean \"version\"?"
    );
    assert_eq!(
        printed(folder.path(), &Faults(loaded.check_settings("b", &schema))),
        "config/c.yaml:9:3: providers.b.settings.project: is missing; add \"project\" here"
    );
    assert_eq!(loaded.check_settings("nobody", &schema), []);
}

#[test]
fn a_setting_that_is_missing_because_the_provider_is_off_is_no_fault() {
    let schema = json!({ "required": ["region"], "properties": { "region": { "type": "string" } } });
    let loaded = load_text(TEXT, &[]).unwrap();
    assert_eq!(loaded.config.providers["a"].off.as_deref(), Some("REGION is not set"));
    assert_eq!(loaded.check_settings("a", &schema), []);
}

#[test]
fn an_invalid_settings_schema_is_reported_at_the_adapter() {
    let folder = folder(&[("c.yaml", TEXT)]);
    let loaded = load_folder(folder.path()).unwrap();
    let faults = Faults(loaded.check_settings("a", &json!({ "type": "mapping" })));
    assert_eq!(
        printed(folder.path(), &faults),
        "config/c.yaml:3:5: providers.a.adapter: names a plugin whose settings schema is invalid: \"mapping\" is not valid under any of the schemas listed in the 'anyOf' keyword; fix the plugin"
    );
}

#[test]
fn a_later_fault_points_at_the_nearest_ancestor_in_the_files() {
    let folder = folder(&[("c.yaml", TEXT)]);
    let loaded = load_folder(folder.path()).unwrap();
    let at = |path: &[&str]| printed(folder.path(), &Faults(vec![loaded.fault_at(path, "m", "r")]));
    assert_eq!(
        at(&["providers", "a", "adapter"]),
        "config/c.yaml:3:5: providers.a.adapter: m; r"
    );
    assert_eq!(
        at(&["providers", "b", "api_key"]),
        "config/c.yaml:9:3: providers.b.api_key: m; r"
    );
    assert_eq!(
        at(&["providers", "a", "settings", "drop", "1"]),
        "config/c.yaml:6:17: providers.a.settings.drop[1]: m; r"
    );
    assert_eq!(at(&["routing", "deadline"]), "config/c.yaml: routing.deadline: m; r");
}
