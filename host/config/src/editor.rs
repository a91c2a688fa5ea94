//! The JSON Schema for editors: what is written instead of what it stands for, with the settings of each adapter.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::json_schema;

/// What stands for the value of a variable or the content of a file.
const REFERENCE: &str = r"\$\{(env|file):[^}]+\}";

/// The members of a schema that hold one schema, several by name, and a list of them.
const ONE: [&str; 6] = ["items", "additionalProperties", "then", "else", "not", "propertyNames"];
const BY_NAME: [&str; 3] = ["properties", "$defs", "patternProperties"];
const LISTED: [&str; 4] = ["anyOf", "oneOf", "allOf", "prefixItems"];

/// What a reference may not look like, although it stands for something that does.
const RESTRICTIONS: [&str; 6] = ["pattern", "format", "enum", "const", "maxLength", "minLength"];

/// The JSON Schema of what is written in a configuration. Unlike [`json_schema`], to which values are held once their
/// references are resolved, it allows `${env:NAME}` and `${file:PATH}` wherever there is text, and sections whose keys
/// are all commented out. `adapters` and `shapers` are the schemas of the settings of plugins, by name.
#[must_use]
pub fn editor_schema(adapters: &BTreeMap<String, Value>, shapers: &BTreeMap<String, Value>) -> Value {
    let mut schema = json_schema();
    settings_by(&mut schema, ("ProviderConfig", "adapter"), adapters);
    settings_by(&mut schema, ("ShaperConfig", "plugin"), shapers);
    loosen(&mut schema);
    if let Some(Value::Object(sections)) = schema.get_mut("properties") {
        for section in sections.values_mut() {
            let written = section.take();
            *section = either(written, json!({ "type": "null" }));
        }
    }
    schema
}

/// Adds what the settings of each plugin look like to the definition that names the plugin in `member`.
fn settings_by(schema: &mut Value, (definition, member): (&str, &str), plugins: &BTreeMap<String, Value>) {
    let Some(Value::Object(definition)) = schema.pointer_mut(&format!("/$defs/{definition}")) else {
        return;
    };
    let described = plugins.iter().filter(|(_, settings)| settings.is_object());
    let rules = described.map(|(name, settings)| {
        let mut settings = settings.clone();
        // Its references are to its own definitions.
        settings["$id"] = format!("https://jackfield.invalid/{member}/{name}").into();
        json!({
            "if": { "properties": { member: { "const": name } }, "required": [member] },
            "then": { "properties": { "settings": settings } },
        })
    });
    let rules: Vec<Value> = rules.collect();
    if rules.is_empty() {
        return;
    }
    definition.insert("allOf".to_owned(), rules.into());
    let names: Vec<&String> = plugins.keys().collect();
    if let Some(Value::Object(named)) = definition.get_mut("properties").and_then(|all| all.get_mut(member)) {
        named.insert("examples".to_owned(), json!(names));
    }
}

/// Lets references stand for every text in a schema.
fn loosen(schema: &mut Value) {
    let Value::Object(members) = schema else {
        return;
    };
    // A reference may match several of the alternatives.
    if let Some(alternatives) = members.remove("oneOf") {
        members.insert("anyOf".to_owned(), alternatives);
    }
    for (name, member) in members.iter_mut() {
        match (name.as_str(), member) {
            (name, Value::Object(named)) if BY_NAME.contains(&name) => named.values_mut().for_each(loosen),
            (name, Value::Array(list)) if LISTED.contains(&name) => list.iter_mut().for_each(loosen),
            (name, member) if ONE.contains(&name) => loosen(member),
            _ => {}
        }
    }
    if is_restricted_text(members) {
        let reference = json!({ "type": "string", "pattern": REFERENCE });
        let written = schema.take();
        *schema = either(written, reference);
    }
}

fn is_restricted_text(schema: &Map<String, Value>) -> bool {
    let is_text = |value: &Value| value.is_string();
    let by_type = match schema.get("type") {
        Some(Value::String(one)) => one == "string",
        Some(Value::Array(several)) => several.iter().any(|one| one == "string"),
        _ => {
            let values = schema.get("enum").and_then(Value::as_array);
            schema.get("const").is_some_and(is_text) || values.is_some_and(|values| values.iter().any(is_text))
        }
    };
    by_type && RESTRICTIONS.iter().any(|restriction| schema.contains_key(*restriction))
}

/// A schema of either. What editors show of the first one stays outside.
fn either(mut first: Value, second: Value) -> Value {
    let mut both = Map::new();
    if let Value::Object(members) = &mut first {
        for shown in ["title", "description", "default", "examples", "writeOnly"] {
            both.extend(members.remove(shown).map(|value| (shown.to_owned(), value)));
        }
    }
    both.insert("anyOf".to_owned(), Value::Array(vec![first, second]));
    Value::Object(both)
}
