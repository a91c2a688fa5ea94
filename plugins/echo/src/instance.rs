//! The smallest value that satisfies a JSON Schema, for the common keywords.

use serde_json::{Map, Value, json};

/// The maximum depth to which a schema is followed: one that refers to itself never ends.
const DEPTH: usize = 32;

/// The smallest instance of a schema.
///
/// Follows `const`, `enum`, `$ref` within the document, `allOf`, the first of `anyOf` and `oneOf`, `type`,
/// `properties` with `required`, `items` with `minItems`, `minLength` and `minimum`.
pub fn of(schema: &Value) -> Value {
    Document { root: schema }.instance(schema, DEPTH)
}

/// The document that references point into.
struct Document<'a> {
    root: &'a Value,
}

// === impl Document ===

impl Document<'_> {
    fn instance(&self, schema: &Value, depth: usize) -> Value {
        let Some(depth) = depth.checked_sub(1) else {
            return Value::Null;
        };
        if let Some(value) = schema.get("const").or_else(|| schema["enum"].get(0)) {
            return value.clone();
        }
        if let Some(target) = schema["$ref"].as_str().and_then(|path| self.target(path)) {
            return self.instance(target, depth);
        }
        if let Some(first) = schema["anyOf"].get(0).or_else(|| schema["oneOf"].get(0)) {
            return self.instance(first, depth);
        }
        if let Some(all) = schema["allOf"].as_array() {
            return self.merged(all, depth);
        }
        self.typed(schema, depth)
    }

    fn typed(&self, schema: &Value, depth: usize) -> Value {
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => {
                let length = schema["minItems"].as_u64().unwrap_or(0);
                (0..length).map(|_| self.instance(&schema["items"], depth)).collect()
            }
            "string" => {
                let length = schema["minLength"].as_u64().unwrap_or(0);
                "x".repeat(usize::try_from(length).unwrap_or(0)).into()
            }
            "integer" | "number" => number(schema),
            "boolean" => json!(false),
            _ => Value::Null,
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let required = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let member = |name: &str| (name.to_owned(), self.instance(&schema["properties"][name], depth));
        Value::Object(required.map(member).collect())
    }

    /// An instance of several schemas at once: their members combined, or the first instance if none has members.
    fn merged(&self, schemas: &[Value], depth: usize) -> Value {
        let instances: Vec<Value> = schemas.iter().map(|schema| self.instance(schema, depth)).collect();
        let members: Map<_, _> = instances
            .iter()
            .filter_map(Value::as_object)
            .flatten()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let first = instances.into_iter().next().unwrap_or_default();
        if members.is_empty() {
            first
        } else {
            Value::Object(members)
        }
    }

    fn target(&self, path: &str) -> Option<&Value> {
        self.root.pointer(path.strip_prefix('#')?)
    }
}

/// The schema's type: the first non-null one of several, or the one its keywords imply if it names none.
fn kind(schema: &Value) -> &str {
    let listed = schema["type"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let named = schema["type"]
        .as_str()
        .or_else(|| listed.into_iter().find(|kind| *kind != "null"));
    named.unwrap_or(if schema.get("properties").is_some() {
        "object"
    } else {
        "null"
    })
}

/// Zero, or the bound closest to it if zero is out of range.
fn number(schema: &Value) -> Value {
    let bound = |name: &str| schema[name].as_f64().map(|value| (value, &schema[name]));
    match (bound("minimum"), bound("maximum")) {
        (Some((least, bound)), _) if least > 0.0 => bound.clone(),
        (_, Some((most, bound))) if most < 0.0 => bound.clone(),
        _ => json!(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_smallest_value() {
        let table = [
            (json!({"type": "string"}), json!("")),
            (json!({"type": "string", "minLength": 3}), json!("xxx")),
            (json!({"type": "integer"}), json!(0)),
            (json!({"type": "integer", "minimum": 5}), json!(5)),
            (json!({"type": "number", "maximum": -1.5}), json!(-1.5)),
            (json!({"type": "boolean"}), json!(false)),
            (json!({"type": "null"}), json!(null)),
            (json!({"type": ["null", "boolean"]}), json!(false)),
            (json!({"type": "array", "items": {"type": "null"}}), json!([])),
            (
                json!({"type": "array", "items": {"const": 1}, "minItems": 2}),
                json!([1, 1]),
            ),
            (json!({"enum": ["red", "green"]}), json!("red")),
            (json!({"anyOf": [{"type": "boolean"}, {"type": "null"}]}), json!(false)),
            (json!({}), json!(null)),
        ];
        for (schema, instance) in table {
            assert_eq!(of(&schema), instance, "{schema}");
        }
    }

    #[test]
    fn an_object_has_its_required_members_and_no_others() {
        let schema = json!({
            "properties": {
                "name": {"type": "string"},
                "age": {"type": "integer"},
                "colour": {"$ref": "#/$defs/colour"},
            },
            "required": ["name", "colour"],
            "$defs": {"colour": {"enum": ["red"]}},
        });
        assert_eq!(of(&schema), json!({"name": "", "colour": "red"}));
    }

    #[test]
    fn members_of_several_schemas_come_together() {
        let member = |name: &str| json!({"required": [name], "properties": {name: {"const": 1}}});
        let schema = json!({"allOf": [member("a"), member("b")]});
        assert_eq!(of(&schema), json!({"a": 1, "b": 1}));
    }

    #[test]
    fn a_schema_that_refers_to_itself_comes_to_an_end() {
        let schema = json!({"properties": {"next": {"$ref": "#"}}, "required": ["next"]});
        assert_eq!(of(&schema).pointer("/next/next/next").map(Value::is_object), Some(true));
    }
}
