//! Tests of single keywords, each beside what the vendor's SDK makes of it.

use serde_json::{Value, json};

fn strict(schema: &Value) -> Value {
    let schema = serde_json::from_value(schema.clone()).unwrap();
    serde_json::to_value(super::strict(schema).unwrap()).unwrap()
}

#[test]
fn every_object_is_closed() {
    let open = json!({"type": "object", "properties": {}, "additionalProperties": true});
    let closed = json!({"type": "object", "properties": {}, "additionalProperties": false});
    for (given, expected) in [
        (open.clone(), closed.clone()),
        (
            json!({"type": "array", "items": open}),
            json!({"type": "array", "items": closed}),
        ),
        (
            json!({"anyOf": [open, {"type": "null"}]}),
            json!({"anyOf": [closed, {"type": "null"}]}),
        ),
        (json!({"oneOf": [open]}), json!({"anyOf": [closed]})),
        (json!({"allOf": [open]}), json!({"allOf": [closed]})),
        (
            json!({"$defs": {"a": open}, "$ref": "#/$defs/a", "title": "A"}),
            json!({"$defs": {"a": closed}, "$ref": "#/$defs/a"}),
        ),
        (
            json!({"properties": {"a": open}, "required": ["a"]}),
            json!({"type": "object", "properties": {"a": closed}, "additionalProperties": false, "required": ["a"]}),
        ),
    ] {
        assert_eq!(strict(&given), expected, "{given}");
    }
}

#[test]
fn what_the_api_refuses_is_told_to_the_model() {
    for (given, expected) in [
        (
            json!({"type": "integer", "minimum": 1, "maximum": 10, "description": "A number"}),
            json!({"type": "integer", "description": "A number\n\n{minimum: 1, maximum: 10}"}),
        ),
        (
            json!({"type": "string", "format": "date", "pattern": "^2"}),
            json!({"type": "string", "format": "date", "description": "{pattern: ^2}"}),
        ),
        (
            json!({"type": "string", "format": "color", "maxLength": 5}),
            json!({"type": "string", "description": "{format: color, maxLength: 5}"}),
        ),
        (
            json!({"type": "array", "minItems": 1, "maxItems": 2}),
            json!({"type": "array", "minItems": 1, "description": "{maxItems: 2}"}),
        ),
        (
            json!({"type": "array", "minItems": 3}),
            json!({"type": "array", "description": "{minItems: 3}"}),
        ),
        (
            json!({"type": "string", "enum": ["a", null]}),
            json!({"enum": ["a", null]}),
        ),
        (json!({"const": 5}), json!({"const": 5})),
        (
            json!({"type": ["string", "null"], "minLength": 1, "description": "d"}),
            json!({"anyOf": [{"type": "string", "description": "{minLength: 1}"}, {"type": "null"}], "description": "d"}),
        ),
        (
            json!({"type": "array", "items": true}),
            json!({"type": "array", "items": {}}),
        ),
    ] {
        assert_eq!(strict(&given), expected, "{given}");
    }
}

#[test]
fn a_number_keeps_its_digits() {
    let schema = serde_json::from_str(r#"{"type":"number","minimum":10.10,"const":1.0}"#).unwrap();
    let strict = serde_json::to_string(&super::strict(schema).unwrap()).unwrap();
    assert_eq!(strict, r#"{"const":1.0,"description":"{minimum: 10.10}"}"#);
}

#[test]
fn a_schema_without_a_bottom_is_refused() {
    let deep = format!(
        "{}{}",
        r#"{"type":"array","items":"#.repeat(2000),
        "{}".to_owned() + &"}".repeat(2000)
    );
    let schema = serde_json::from_str(&deep).unwrap();
    assert!(super::strict(schema).is_err());
}
