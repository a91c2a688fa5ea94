//! What the schema of a provider's settings tells an operator.

use serde_json::Value;

use super::Finding;

/// Whether the schema finds an operator's mistakes and says what the settings are for. That it is a schema at all was
/// checked when the plugin was loaded.
pub(super) fn schema(schema: &Value) -> Finding {
    const CHECK: &str = "settings";
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        let takes_anything =
            schema.as_bool() == Some(true) || schema.as_object().is_some_and(serde_json::Map::is_empty);
        return if takes_anything {
            Finding::warning(
                CHECK,
                "the manifest has no schema: any settings pass",
                "describe them in `settings`",
            )
        } else {
            Finding::passed(CHECK, "none")
        };
    };
    let names = || properties.keys().cloned().collect::<Vec<_>>().join(", ");
    if schema.get("additionalProperties").and_then(Value::as_bool) != Some(false) {
        let detail = format!("the schema of {} lets misspelt settings pass", names());
        return Finding::warning(
            CHECK,
            detail,
            "set `additionalProperties: false`; in Rust, `deny_unknown_fields`",
        );
    }
    let silent = properties
        .iter()
        .find(|(_, property)| property.get("description").is_none());
    match silent {
        Some((name, _)) => {
            let detail = format!("`{name}` has no description");
            Finding::warning(
                CHECK,
                detail,
                "describe it: operators read that in `jackfield plugin inspect`",
            )
        }
        None => Finding::passed(
            CHECK,
            if properties.is_empty() {
                "none".to_owned()
            } else {
                names()
            },
        ),
    }
}
