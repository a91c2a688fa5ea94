//! What an operation answers with if all is well.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The content of a successful response, by media type.
#[derive(Debug)]
pub(super) struct ResponseDescription(pub(super) Map<String, Value>);

// === impl ResponseDescription ===

impl ResponseDescription {
    pub(super) fn json<T: JsonSchema>(generator: &mut SchemaGenerator) -> Self {
        let schema = generator.subschema_for::<T>();
        let mut content = Map::new();
        content.insert("application/json".to_owned(), json!({ "schema": schema }));
        Self(content)
    }

    /// Adds another form of the JSON.
    pub(super) fn or_json<T: JsonSchema>(mut self, generator: &mut SchemaGenerator) -> Self {
        if let Some(content) = self.0.get_mut("application/json") {
            let either = json!([content["schema"], generator.subschema_for::<T>()]);
            content["schema"] = json!({ "anyOf": either });
        }
        self
    }

    /// A response of these media types, of which the description says no more.
    pub(super) fn bytes<const N: usize>(media_types: [&str; N]) -> Self {
        Self(Map::new()).or_bytes(media_types)
    }

    /// Adds these media types.
    pub(super) fn or_bytes<const N: usize>(mut self, media_types: [&str; N]) -> Self {
        let content = media_types.map(|media_type| (media_type.to_owned(), json!({})));
        self.0.extend(content);
        self
    }

    /// Adds a stream of server-sent events, for requests that ask for one.
    pub(super) fn or_events(mut self) -> Self {
        // One event, as clients parse it.
        let text = json!({ "type": "string" });
        let event = json!({
            "type": "object", "required": ["data"], "properties": { "event": text, "data": text },
        });
        let events = json!({ "schema": event });
        self.0.insert("text/event-stream".to_owned(), events);
        self
    }
}
