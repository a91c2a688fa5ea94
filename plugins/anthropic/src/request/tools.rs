//! Translates the tools the client offers, and the tool choice.

use jackfield_plugin_sdk::canonical::{Extra, FunctionDefinition, Tool, ToolChoice};
use serde_json::{Value, json};

/// The tools in Anthropic's form. A tool that is not a function is the vendor's own and is passed through.
pub(super) fn tools(tools: Vec<Tool>) -> Value {
    tools.into_iter().map(tool).collect()
}

/// The tool choice; none for the API's default.
///
/// `parallel` is OpenAI's `parallel_tool_calls`, which Anthropic inverts and makes part of the choice.
pub(super) fn tool_choice(choice: Option<ToolChoice>, parallel: Option<bool>) -> Option<Value> {
    let mut choice = match choice {
        None if parallel == Some(false) => json!({"type": "auto"}),
        None => return None,
        Some(ToolChoice::Mode(mode)) if mode == "required" => json!({"type": "any"}),
        Some(ToolChoice::Mode(mode)) => json!({"type": mode}),
        Some(ToolChoice::Named { function, .. }) => json!({"type": "tool", "name": function.name}),
        Some(ToolChoice::Other(choice)) => choice,
    };
    if parallel == Some(false) && choice["type"] != "none" && choice.is_object() {
        choice["disable_parallel_tool_use"] = Value::Bool(true);
    }
    Some(choice)
}

/// Whether the choice forces the model to call a tool.
pub(super) fn is_forced(choice: Option<&Value>) -> bool {
    choice.is_some_and(|choice| choice["type"] == "any" || choice["type"] == "tool")
}

fn tool(tool: Tool) -> Value {
    match tool.function {
        Some(definition) if tool.kind == "function" => function(definition, tool.extra),
        function => {
            let mut own = Extra::new();
            own.insert("type".to_owned(), Value::String(tool.kind.into_owned()));
            own.extend(tool.extra);
            if let Some(Ok(function)) = function.map(serde_json::to_value) {
                own.insert("function".to_owned(), function);
            }
            Value::Object(own)
        }
    }
}

fn function(definition: FunctionDefinition, extra: Extra) -> Value {
    let mut tool = Extra::new();
    tool.insert("name".to_owned(), Value::String(definition.name));
    if let Some(description) = definition.description {
        tool.insert("description".to_owned(), Value::String(description));
    }
    tool.insert("input_schema".to_owned(), input_schema(definition.parameters));
    if definition.strict == Some(true) {
        tool.insert("strict".to_owned(), Value::Bool(true));
    }
    tool.extend(definition.extra);
    tool.extend(extra);
    Value::Object(tool)
}

/// The schema of a tool's arguments. The API requires an object schema, but OpenAI's clients may omit the schema or its
/// type.
fn input_schema(parameters: Option<Value>) -> Value {
    match parameters {
        Some(Value::Object(mut schema)) => {
            schema
                .entry("type")
                .or_insert_with(|| Value::String("object".to_owned()));
            Value::Object(schema)
        }
        _ => json!({"type": "object", "properties": {}}),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{is_forced, tool_choice};

    fn choice(choice: Value, parallel: Option<bool>) -> Option<Value> {
        tool_choice(serde_json::from_value(choice).unwrap(), parallel)
    }

    #[test]
    fn every_choice_has_its_counterpart() {
        let named = json!({"type": "function", "function": {"name": "f"}});
        for (openai, anthropic, forced) in [
            (json!("auto"), json!({"type": "auto"}), false),
            (json!("none"), json!({"type": "none"}), false),
            (json!("required"), json!({"type": "any"}), true),
            (named, json!({"type": "tool", "name": "f"}), true),
            (json!({"type": "any"}), json!({"type": "any"}), true),
        ] {
            let translated = choice(openai.clone(), None);
            assert_eq!(is_forced(translated.as_ref()), forced, "{openai}");
            assert_eq!(translated, Some(anthropic), "{openai}");
        }
        assert_eq!(choice(Value::Null, None), None);
    }

    #[test]
    fn one_call_at_a_time_is_said_in_the_choice() {
        let one = |kind: &str| json!({"type": kind, "disable_parallel_tool_use": true});
        assert_eq!(choice(Value::Null, Some(false)), Some(one("auto")));
        assert_eq!(choice(json!("required"), Some(false)), Some(one("any")));
        assert_eq!(choice(json!("none"), Some(false)), Some(json!({"type": "none"})));
        assert_eq!(choice(Value::Null, Some(true)), None);
    }
}
