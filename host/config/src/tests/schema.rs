//! The JSON Schema of the configuration: what its readers may rely on.

use serde_json::Value;

use crate::json_schema;

/// The sections, in the order of the documentation.
const SECTIONS: [&str; 20] = [
    "server",
    "log",
    "metrics",
    "telemetry",
    "plugins",
    "providers",
    "connections",
    "models",
    "shapers",
    "routing",
    "plans",
    "keys",
    "tokens",
    "credits",
    "limits",
    "cache",
    "storage",
    "ledger",
    "state_dir",
    "batches",
];

/// Calls `visit` with every object in a schema, at any depth.
fn each_object(schema: &Value, visit: &mut impl FnMut(&Value)) {
    match schema {
        Value::Object(members) => {
            visit(schema);
            members.values().for_each(|member| each_object(member, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| each_object(item, visit)),
        _ => {}
    }
}

#[test]
fn the_sections_are_those_of_the_documentation_and_each_is_described() {
    let schema = json_schema();
    let properties = schema["properties"].as_object().unwrap();
    assert_eq!(properties.keys().map(String::as_str).collect::<Vec<_>>(), SECTIONS);
    for (name, section) in properties {
        assert!(section["description"].is_string(), "{name}");
    }
}

#[test]
fn every_type_with_keys_says_since_which_release_it_exists() {
    let schema = json_schema();
    let types = schema["$defs"].as_object().unwrap().iter();
    let types = types.filter(|(_, definition)| definition["properties"].is_object());
    let mut described = 0;
    for (name, definition) in types.chain([(&"Config".to_owned(), &schema)]) {
        let description = definition["description"].as_str().unwrap_or_default();
        let (_, since) = description.rsplit_once("\n\nSince ").unwrap_or_default();
        let version = since.strip_suffix('.').and_then(|version| version.split_once('.'));
        let is_version =
            version.is_some_and(|(major, minor)| major.parse::<u32>().is_ok() && minor.parse::<u32>().is_ok());
        assert!(is_version, "{name}: {description}");
        described += 1;
    }
    assert!(described > 15, "{described}");
}

#[test]
fn every_problem_in_the_schema_has_a_remedy_of_its_own() {
    let mut problems = 0;
    each_object(&json_schema(), &mut |schema| {
        let remedy = schema.get("remedy").and_then(Value::as_str);
        let problem = schema.get("errorMessage").and_then(Value::as_str);
        assert_eq!(problem.is_some(), remedy.is_some(), "{schema}");
        let words = [problem, remedy];
        assert!(
            words.into_iter().flatten().all(|words| !words.contains(';')),
            "{schema}"
        );
        problems += usize::from(problem.is_some());
    });
    assert!(problems > 15, "{problems}");
}
