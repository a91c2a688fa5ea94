//! Schemas: the vendor's own form, a subset of `OpenAPI` with types in capitals, as JSON Schema.
//!
//! Source: <https://ai.google.dev/api/caching#Schema>.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::fault::RequestFault;

/// The members that hold a schema, a list of schemas, or schemas by name.
const ONE: [&str; 2] = ["items", "additionalProperties"];
const SEVERAL: [&str; 3] = ["anyOf", "any_of", "prefixItems"];
const NAMED: [&str; 3] = ["properties", "defs", "$defs"];

/// The members whose numbers the vendor's API writes as texts, because they have 64 bits.
const COUNTS: [&str; 6] = [
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minProperties",
    "maxProperties",
];

/// The schema as JSON Schema.
///
/// # Errors
/// If it is no object.
pub(super) fn standard(own: &RawValue) -> Result<String, RequestFault> {
    match serde_json::from_str(own.get()) {
        Ok(Value::Object(own)) => Ok(Value::Object(schema(own)).to_string()),
        _ => Err(RequestFault::new("", "must be an object, the schema of the arguments")),
    }
}

/// The body that holds the schema is not too deep to be read.
fn schema(own: Map<String, Value>) -> Map<String, Value> {
    let mut standard = Map::new();
    let mut is_nullable = false;
    for (name, value) in own {
        match (name.as_str(), value) {
            ("nullable", value) => is_nullable = value == Value::Bool(true),
            // They tell in which order the members are, which JSON Schema leaves open.
            ("propertyOrdering" | "property_ordering", _) => {}
            ("type", Value::String(word)) => {
                standard.insert(name, word.to_ascii_lowercase().into());
            }
            (one, Value::Object(inner)) if ONE.contains(&one) => {
                standard.insert(name, Value::Object(schema(inner)));
            }
            (several, Value::Array(inner)) if SEVERAL.contains(&several) => {
                let inner = inner.into_iter().map(inner_schema).collect();
                standard.insert(camel(&name), inner);
            }
            (named, Value::Object(inner)) if NAMED.contains(&named) => {
                let inner = inner.into_iter().map(|(name, value)| (name, inner_schema(value)));
                standard.insert(name, Value::Object(inner.collect()));
            }
            (count, Value::String(number)) if COUNTS.contains(&camel(count).as_str()) => {
                let read = number.parse::<u64>().map_or(Value::String(number), Value::from);
                standard.insert(camel(&name), read);
            }
            (_, value) => {
                standard.insert(camel(&name), value);
            }
        }
    }
    if is_nullable && let Some(Value::String(word)) = standard.get("type") {
        let both = Value::from(vec![word.as_str(), "null"]);
        standard.insert("type".to_owned(), both);
    }
    standard
}

fn inner_schema(value: Value) -> Value {
    match value {
        Value::Object(inner) => Value::Object(schema(inner)),
        other => other,
    }
}

/// `min_items` as `minItems`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        camel.push_str(&first.to_ascii_uppercase());
        camel.push_str(rest);
    }
    camel
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;
    use serde_json::{Value, json};

    use super::standard;

    fn of(own: &Value) -> Value {
        let own: Box<RawValue> = serde_json::value::to_raw_value(own).unwrap();
        serde_json::from_str(&standard(&own).unwrap()).unwrap()
    }

    #[test]
    fn types_are_in_small_letters_wherever_a_schema_is() {
        let own = json!({
            "type": "OBJECT",
            "properties": {
                "type": {"type": "STRING", "enum": ["OBJECT", "A"], "nullable": true, "max_length": "9"},
                "list": {"type": "ARRAY", "items": {"type": "INTEGER", "format": "int32"}, "minItems": "1"},
                "any": {"anyOf": [{"type": "NUMBER"}, {"type": "BOOLEAN"}]},
                "snake_name": {"type": "object", "additionalProperties": {"type": "STRING"}},
            },
            "required": ["type", "snake_name"],
            "propertyOrdering": ["list", "type"],
        });
        let expected = json!({
            "type": "object",
            "properties": {
                "type": {"type": ["string", "null"], "enum": ["OBJECT", "A"], "maxLength": 9},
                "list": {"type": "array", "items": {"type": "integer", "format": "int32"}, "minItems": 1},
                "any": {"anyOf": [{"type": "number"}, {"type": "boolean"}]},
                "snake_name": {"type": "object", "additionalProperties": {"type": "string"}},
            },
            "required": ["type", "snake_name"],
        });
        assert_eq!(of(&own), expected);
    }

    #[test]
    fn what_is_no_schema_stays_or_is_refused() {
        assert_eq!(
            of(&json!({"items": true, "properties": 7})),
            json!({"items": true, "properties": 7})
        );
        let list: &RawValue = serde_json::from_str("[1]").unwrap();
        assert!(standard(list).is_err());
    }
}
