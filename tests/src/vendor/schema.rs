//! The smallest value that a JSON Schema allows, as far as structured outputs go.

use serde_json::{Map, Value, json};

use super::fault::{Fault, demand};

/// A value that conforms to `schema`: every property, one item in every array, the first choice of each.
pub(super) fn conforming(schema: &Value) -> Value {
    of(schema, schema)
}

/// Fails if an object in `schema` leaves `additionalProperties` open, which both vendors refuse.
pub(super) fn demand_closed(schema: &Value) -> Result<(), Fault> {
    if schema["type"] == "object" {
        demand(
            schema["additionalProperties"] == false,
            "For 'object' type, 'additionalProperties' must be explicitly set to false",
        )?;
    }
    match schema {
        Value::Object(members) => members.values().try_for_each(demand_closed),
        Value::Array(items) => items.iter().try_for_each(demand_closed),
        _ => Ok(()),
    }
}

fn of(schema: &Value, root: &Value) -> Value {
    if let Some(target) = schema["$ref"].as_str() {
        let target = root.pointer(target.trim_start_matches('#'));
        return target.map_or(Value::Null, |target| of(target, root));
    }
    if let Some(value) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return value.clone();
    }
    if let Some(choice) = schema["anyOf"].get(0) {
        return of(choice, root);
    }
    // `type` may list several; the first will do.
    let kind = schema["type"].get(0).unwrap_or(&schema["type"]);
    match kind.as_str() {
        Some("object") => Value::Object(properties(schema, root)),
        Some("array") => json!([of(&schema["items"], root)]),
        Some("string") => json!("Paris"),
        Some("integer") => json!(18),
        Some("number") => json!(18.5),
        Some("boolean") => json!(true),
        _ => Value::Null,
    }
}

fn properties(schema: &Value, root: &Value) -> Map<String, Value> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, schema)| (name.clone(), of(schema, root)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_every_property_of_its_schema() {
        let schema = json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "city": { "type": "string" },
                "days": { "type": "array", "items": { "$ref": "#/$defs/day" } },
                "unit": { "enum": ["C", "F"] },
                "note": { "type": ["boolean", "null"] },
            },
            "$defs": { "day": { "anyOf": [{ "type": "integer" }, { "type": "null" }] } },
        });
        let expected = json!({ "city": "Paris", "days": [18], "unit": "C", "note": true });
        assert_eq!(conforming(&schema), expected);
        assert_eq!(demand_closed(&schema), Ok(()));
    }

    #[test]
    fn an_open_object_is_refused_wherever_it_stands() {
        let open = json!({ "type": "object", "properties": {} });
        let nested = json!({ "type": "array", "items": open });
        assert!(demand_closed(&open).is_err() && demand_closed(&nested).is_err());
    }
}
