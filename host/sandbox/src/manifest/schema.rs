//! How large the schema of a plugin's settings may be, and how much larger its references may make it.
//!
//! Whoever validates against a schema follows each reference each time. Sixty definitions that each refer to the next
//! one twice are a small text and 2^60 steps.

use std::collections::BTreeMap;

use serde_json::Value;

/// The largest schema as JSON text, in bytes.
const LARGEST: usize = 64 << 10;

/// The most levels of values within values, references followed.
const DEEPEST: usize = 64;

/// The most values of the schema, references followed.
const MOST: u64 = 20_000;

/// The drafts in which references work as they are counted here.
const DRAFTS: [&str; 3] = [
    "json-schema.org/draft/2020-12/schema",
    "json-schema.org/draft/2019-09/schema",
    "json-schema.org/draft-07/schema",
];

/// Keywords that lead elsewhere than a `$ref` of this schema does.
const OTHER_REFERENCES: [&str; 4] = ["$dynamicRef", "$recursiveRef", "$vocabulary", "$dynamicAnchor"];

/// A value with everything below it.
#[derive(Debug, Clone, Copy)]
struct Extent {
    values: u64,
    height: usize,
}

/// One walk through a schema.
struct Walk<'s> {
    root: &'s Value,
    /// What the references are known to lead to; `None` for those that are being followed.
    known: BTreeMap<&'s str, Option<Extent>>,
}

/// What is wrong with a schema, if anything.
pub(super) fn problem(schema: &Value) -> Option<String> {
    if schema.to_string().len() > LARGEST {
        return Some(format!("is a schema of more than {LARGEST} bytes"));
    }
    if let Some(draft) = schema.get("$schema") {
        let name = draft.as_str().unwrap_or_default();
        let bare = name
            .trim_end_matches('#')
            .trim_start_matches("https://")
            .trim_start_matches("http://");
        if !DRAFTS.contains(&bare) {
            return Some("is a schema of an unknown draft; use 2020-12, 2019-09 or draft-07".to_owned());
        }
    }
    let known = BTreeMap::new();
    Walk { root: schema, known }.extent(schema, 0).err()
}

// === impl Walk ===

impl<'s> Walk<'s> {
    fn extent(&mut self, value: &'s Value, level: usize) -> Result<Extent, String> {
        let mut all = Extent { values: 1, height: 0 };
        match value {
            Value::Array(items) => {
                for item in items {
                    all.add(self.extent(item, level + 1)?);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let below = match (name.as_str(), member) {
                        ("$ref", Value::String(reference)) => self.referred(reference, level + 1)?,
                        ("$id", Value::String(_)) if level > 0 => {
                            return Err("gives a part of the schema an `$id` of its own".to_owned());
                        }
                        (name, _) if OTHER_REFERENCES.contains(&name) => {
                            return Err(format!("uses `{name}`; only `$ref` is known"));
                        }
                        _ => self.extent(member, level + 1)?,
                    };
                    all.add(below);
                }
            }
            _ => {}
        }
        if level + all.height > DEEPEST {
            return Err(format!("is a schema deeper than {DEEPEST} levels, references followed"));
        }
        if all.values > MOST {
            return Err(format!("is a schema of more than {MOST} values, references followed"));
        }
        Ok(all)
    }

    fn referred(&mut self, reference: &'s str, level: usize) -> Result<Extent, String> {
        match self.known.get(reference) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(format!("refers back to itself by {reference:?}")),
            None if level > DEEPEST => {
                return Err(format!("is a schema deeper than {DEEPEST} levels, references followed"));
            }
            None => {}
        }
        let target = reference
            .strip_prefix('#')
            .and_then(|pointer| self.root.pointer(pointer));
        let Some(target) = target else {
            return Err(format!(
                "refers to {reference:?}, which is no place in the schema, such as \"#/$defs/x\""
            ));
        };
        self.known.insert(reference, None);
        let extent = self.extent(target, level)?;
        self.known.insert(reference, Some(extent));
        Ok(extent)
    }
}

// === impl Extent ===

impl Extent {
    fn add(&mut self, below: Self) {
        self.values = self.values.saturating_add(below.values);
        self.height = self.height.max(below.height + 1);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A schema of `count` definitions, each of which refers `times` times to the next.
    fn chain(count: usize, times: usize) -> Value {
        let mut definitions = serde_json::Map::new();
        for number in 0..count {
            let next = json!({ "$ref": format!("#/$defs/d{}", number + 1) });
            definitions.insert(format!("d{number}"), json!({ "allOf": vec![next; times] }));
        }
        definitions.insert(format!("d{count}"), json!(true));
        json!({ "$ref": "#/$defs/d0", "$defs": definitions })
    }

    #[test]
    fn usual_schemas_pass() {
        let usual = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://x.example/settings",
            "type": "object",
            "properties": {
                "id": { "type": "string" },
                "$ref": { "type": "string" },
                "a": { "$ref": "#/$defs/word" },
                "b": { "anyOf": [{ "$ref": "#/$defs/word" }, { "type": "null" }] },
            },
            "$defs": { "word": { "type": "string", "pattern": "^[a-z]+$" } },
        });
        for schema in [json!(true), json!({}), usual, chain(10, 1), chain(8, 2)] {
            assert_eq!(problem(&schema), None, "{schema}");
        }
    }

    #[test]
    fn a_schema_that_grows_by_its_references_is_refused() {
        let growing = problem(&chain(14, 2)).unwrap();
        assert_eq!(growing, "is a schema of more than 20000 values, references followed");
        // Each of these would take for ever, or overflow the stack.
        assert!(problem(&chain(60, 2)).is_some());
        assert!(problem(&chain(1_000, 1)).unwrap().contains("deeper than 64 levels"));
        let itself = json!({ "allOf": [{ "$ref": "#" }] });
        assert_eq!(problem(&itself).unwrap(), "refers back to itself by \"#\"");
        let in_a_circle = json!({ "$ref": "#/$defs/a", "$defs": {
            "a": { "items": { "$ref": "#/$defs/b" } }, "b": { "items": { "$ref": "#/$defs/a" } },
        } });
        assert!(problem(&in_a_circle).unwrap().starts_with("refers back to itself"));
    }

    #[test]
    fn a_schema_that_is_large_by_itself_is_refused() {
        let large = json!({ "description": "x".repeat(LARGEST) });
        assert_eq!(problem(&large).unwrap(), "is a schema of more than 65536 bytes");
        let wide = json!({ "enum": vec![0; 30_000] });
        assert!(problem(&wide).unwrap().contains("more than 20000 values"));
        let deep = (0..100).fold(json!(true), |inner, _| json!({ "items": inner }));
        assert!(problem(&deep).unwrap().contains("deeper than 64 levels"));
    }

    #[test]
    fn references_stay_within_the_schema_and_are_plain() {
        for elsewhere in [
            json!({ "$ref": "https://x.example/schema" }),
            json!({ "$ref": "file:///etc/passwd" }),
            json!({ "$ref": "#word", "$defs": { "word": { "$anchor": "word" } } }),
            json!({ "$ref": "#/$defs/none" }),
            json!({ "$dynamicRef": "#x" }),
            json!({ "$recursiveRef": "#" }),
            json!({ "$defs": { "a": { "$id": "https://x.example/a", "$ref": "#/$defs/b" } } }),
            json!({ "$schema": "http://json-schema.org/draft-04/schema#" }),
            json!({ "$schema": 7 }),
        ] {
            assert!(problem(&elsewhere).is_some(), "{elsewhere}");
        }
    }
}
