//! Makes a configuration from the parts without faults, so that the rules can find more faults in the same run.

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::segments;
use crate::Config;

/// The typed configuration, with harmless values in place of those at the pointers in `wrong`. If that is not enough,
/// without the providers, models, keys and plans that contain them.
///
/// # Errors
/// If the result cannot be deserialized either way.
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

/// Replaces the value at `pointer` with a harmless one, or removes it.
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

/// The substitute for a value that must not be absent.
fn harmless(name: &str) -> Option<Value> {
    match name {
        "adapter" | "key" | "model" | "plan" | "provider" | "url" | "user" => Some(json!("")),
        "chain" | "targets" | "tiers" => Some(json!([])),
        "input_per_million" | "output_per_million" => Some(json!(0)),
        "scheme" => Some(json!("none")),
        _ => None,
    }
}

/// Removes the entry of a section that contains the value at `pointer`.
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
