//! Translates the tools the client offers, and the tool choice.

use jackfield_plugin_sdk::canonical::{Extra, FunctionDefinition, Json, Tool, ToolChoice};
use jackfield_plugin_sdk::{Dropped, strict_schema};

use super::RequestError;
use super::block::Block;

/// Anthropic's members of a tool beside those that OpenAI has too. It refuses all others.
///
/// Source: <https://platform.claude.com/docs/en/api/messages/create>, `tools`.
const OWN_MEMBERS: [&str; 6] = [
    "allowed_callers",
    "cache_control",
    "defer_loading",
    "eager_input_streaming",
    "input_examples",
    "type",
];

/// The tool choice; none for the API's default.
///
/// `parallel` is OpenAI's `parallel_tool_calls`, which Anthropic inverts and makes part of the choice.
pub(super) fn tool_choice(choice: Option<ToolChoice>, parallel: Option<bool>) -> Option<Extra> {
    let of_kind = |kind: &str| {
        let mut choice = Extra::new();
        choice.insert("type", kind);
        choice
    };
    let mut choice = match choice {
        None if parallel == Some(false) => of_kind("auto"),
        None => return None,
        Some(ToolChoice::Mode(mode)) if mode == "required" => of_kind("any"),
        Some(ToolChoice::Mode(mode)) => of_kind(&mode),
        Some(ToolChoice::Named { function, .. }) => {
            let mut choice = of_kind("tool");
            choice.insert("name", function.name);
            choice
        }
        Some(ToolChoice::Other(choice)) => choice.read()?,
    };
    if parallel == Some(false) && choice.text("type").as_deref() != Some("none") {
        choice.insert("disable_parallel_tool_use", true);
    }
    Some(choice)
}

/// How the tools were offered.
#[derive(Default)]
pub(super) struct Offered {
    /// Whether the model must call a tool.
    pub(super) is_forced: bool,
    /// What the prompt says in place of a forced choice.
    pub(super) instruction: Option<Block>,
}

/// Sets the tools and the choice; neither without tools, because the API refuses a choice alone. For a model that
/// refuses to be forced, the prompt asks for the call.
///
/// # Errors
/// If the schema of a strict tool cannot be kept to.
pub(super) fn offer(
    body: &mut Extra,
    tools: Vec<Tool>,
    mut choice: Option<Extra>,
    can_force: bool,
    dropped: &mut Dropped,
) -> Result<Offered, RequestError> {
    if tools.is_empty() {
        return Ok(Offered::default());
    }
    let mut offered = Offered {
        is_forced: is_forced(choice.as_ref()),
        instruction: None,
    };
    if let Some(choice) = choice.as_mut().filter(|_| offered.is_forced && !can_force) {
        offered.instruction = Some(Block::own_text(&release(choice)));
        offered.is_forced = false;
    }
    let tools: Result<Vec<Extra>, _> = tools.into_iter().map(|given| tool(given, dropped)).collect();
    body.set("tools", &tools?);
    body.extend(choice.map(|choice| ("tool_choice".to_owned(), choice.into())));
    Ok(offered)
}

fn is_forced(choice: Option<&Extra>) -> bool {
    let kind = choice.and_then(|choice| choice.text("type"));
    matches!(kind.as_deref(), Some("any" | "tool"))
}

/// Makes a forced choice free; returns the instruction that takes its place.
fn release(choice: &mut Extra) -> String {
    let instruction = match choice.remove("name").and_then(|name| name.as_str()) {
        Some(name) => format!("Answer with a call of the tool \"{name}\"."),
        None => "Answer with a call of one of the tools.".to_owned(),
    };
    choice.insert("type", "auto");
    instruction
}

/// A tool in Anthropic's form. One that is not a function is the vendor's own and is passed through.
fn tool(tool: Tool, dropped: &mut Dropped) -> Result<Extra, RequestError> {
    match tool.function {
        Some(definition) if tool.kind == "function" => function(definition, tool.extra, dropped),
        function => {
            let mut own = Extra::new();
            own.insert("type", &*tool.kind);
            own.extend(tool.extra);
            if let Some(function) = function {
                own.set("function", &function);
            }
            Ok(own)
        }
    }
}

fn function(definition: FunctionDefinition, extra: Extra, dropped: &mut Dropped) -> Result<Extra, RequestError> {
    let mut tool = Extra::new();
    let strict = definition.strict == Some(true);
    let mut schema = input_schema(definition.parameters);
    if strict {
        schema = strict_schema::strict(schema)?;
    }
    tool.insert("name", definition.name);
    if let Some(description) = definition.description.filter(|text| !text.trim().is_empty()) {
        tool.insert("description", description);
    }
    tool.insert("input_schema", schema);
    if strict {
        tool.insert("strict", true);
    }
    for (name, value) in definition.extra.into_iter().chain(extra) {
        if OWN_MEMBERS.contains(&name.as_str()) {
            tool.insert(name, value);
        } else {
            dropped.add_said(format!("tools[].{name}"), &value);
        }
    }
    Ok(tool)
}

/// The schema of a tool's arguments. The API requires an object schema, but OpenAI's clients may omit the schema or its
/// type.
fn input_schema(parameters: Option<Json>) -> Extra {
    let mut schema: Extra = parameters.and_then(|parameters| parameters.read()).unwrap_or_default();
    if schema.is_empty() {
        schema.insert("type", "object");
        schema.insert("properties", Extra::new());
    }
    schema.insert_new("type", "object");
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{is_forced, release, tool_choice};

    fn choice(choice: &Value, parallel: Option<bool>) -> Option<Value> {
        let choice = tool_choice(serde_json::from_value(choice.clone()).unwrap(), parallel);
        choice.map(|choice| serde_json::to_value(choice).unwrap())
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
            let translated = tool_choice(serde_json::from_value(openai.clone()).unwrap(), None);
            assert_eq!(is_forced(translated.as_ref()), forced, "{openai}");
            assert_eq!(choice(&openai, None), Some(anthropic), "{openai}");
        }
        assert_eq!(choice(&Value::Null, None), None);
    }

    #[test]
    fn one_call_at_a_time_is_said_in_the_choice() {
        let one = |kind: &str| json!({"type": kind, "disable_parallel_tool_use": true});
        assert_eq!(choice(&Value::Null, Some(false)), Some(one("auto")));
        assert_eq!(choice(&json!("required"), Some(false)), Some(one("any")));
        assert_eq!(choice(&json!("none"), Some(false)), Some(json!({"type": "none"})));
        assert_eq!(choice(&Value::Null, Some(true)), None);
    }

    #[test]
    fn a_choice_that_is_released_becomes_an_instruction() {
        let named = json!({"type": "function", "function": {"name": "f"}});
        let mut choice = tool_choice(serde_json::from_value(named).unwrap(), Some(false)).unwrap();
        assert_eq!(release(&mut choice), "Answer with a call of the tool \"f\".");
        assert_eq!(
            serde_json::to_value(&choice).unwrap(),
            json!({"type": "auto", "disable_parallel_tool_use": true})
        );
    }
}
