//! Makes a configuration of what is free of faults, so that the rules find the remaining ones in the same run.

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::segments;
use crate::Config;

/// The typed configuration with harmless values at the pointers of wrong ones; where that cannot be, without
/// the provider, model, key or plan that they are in.
///
/// # Errors
/// If it is no configuration even so.
pub(super) fn salvage(value: &Value, wrong: &[&str]) -> Result<Config, serde_json::Error> {
    let mended = |mend: fn(&mut Value, &str)| {
        let mut value = value.clone();
        for pointer in wrong {
            mend(&mut value, pointer);
        }
        Config::deserialize(value)
    };
    mended(neutralize).or_else(|_| mended(drop_owner))
}

/// Puts a harmless value in the place of a wrong one.
fn neutralize(value: &mut Value, pointer: &str) {
    let Some((parent, _)) = pointer.rsplit_once('/') else {
        return;
    };
    let Some(name) = segments(pointer).pop() else {
        return;
    };
    match value.pointer_mut(parent) {
        Some(Value::Array(items)) => items.clear(),
        Some(Value::Object(members)) => match harmless(&name) {
            Some(value) => {
                members.insert(name, value);
            }
            None => {
                members.remove(&name);
            }
        },
        _ => {}
    }
}

/// What stands for a value that may not be absent.
fn harmless(name: &str) -> Option<Value> {
    match name {
        "adapter" | "key" | "model" | "plan" | "provider" | "user" => Some(json!("")),
        "chain" | "tiers" => Some(json!([])),
        "input_per_million" | "output_per_million" => Some(json!(0)),
        "pricing" => Some(json!({ "input_per_million": 0, "output_per_million": 0 })),
        "scheme" => Some(json!("none")),
        _ => None,
    }
}

/// Removes the entry of an area that a wrong value is in.
fn drop_owner(value: &mut Value, pointer: &str) {
    let names = segments(pointer);
    let Value::Object(areas) = value else { return };
    match (names.as_slice(), names.first().and_then(|area| areas.get_mut(area))) {
        ([_, name, ..], Some(Value::Object(area))) => {
            area.remove(name);
        }
        ([area, ..], _) => {
            areas.remove(area);
        }
        _ => {}
    }
}
