//! Translates the tools the client offers, and the tool choice.
//!
//! Sources: <https://ai.google.dev/api/caching#Tool>, <https://ai.google.dev/api/caching#FunctionCallingConfig>.

use jackfield_plugin_sdk::canonical::{Extra, FunctionDefinition, Json, Tool, ToolChoice};

use super::RequestError;
use jackfield_plugin_sdk::Dropped;

/// The API's own tools, each with the other names that clients have for it.
const OWN: [(&str, &[&str]); 9] = [
    ("googleSearch", &["google_search", "web_search"]),
    ("googleSearchRetrieval", &["google_search_retrieval"]),
    ("codeExecution", &["code_execution"]),
    ("urlContext", &["url_context", "web_fetch"]),
    ("googleMaps", &["google_maps"]),
    ("fileSearch", &["file_search"]),
    ("computerUse", &["computer_use"]),
    ("enterpriseWebSearch", &["enterprise_web_search"]),
    ("retrieval", &[]),
];

/// The tools and the choice in the API's form.
#[derive(Default)]
pub(super) struct Offered {
    /// Whether any of them is a function of the client.
    pub(super) has_functions: bool,
    functions: Vec<Extra>,
    own: Vec<Extra>,
    calling: Extra,
}

/// Translates the tools and the choice; takes `web_search_options` out of the other members.
///
/// # Errors
/// If a tool or the choice is of a kind that the API does not have.
pub(super) fn offer(
    tools: Vec<Tool>,
    choice: Option<ToolChoice>,
    members: &mut Extra,
    dropped: &mut Dropped,
) -> Result<Offered, RequestError> {
    let mut offered = Offered::default();
    let strict = |tool: &Tool| {
        tool.function
            .as_ref()
            .is_some_and(|function| function.strict == Some(true))
    };
    let is_strict = tools.iter().any(strict);
    if let Some(choice) = choice {
        offered.calling = calling(choice)?;
    }
    for (index, tool) in tools.into_iter().enumerate() {
        match tool.function {
            Some(definition) if tool.kind == "function" => {
                let definition = function(definition, &tool.extra, dropped);
                offered.functions.push(definition);
            }
            _ => offered.add_own(own(index, &tool.kind, tool.extra, dropped)?),
        }
    }
    if members
        .remove("web_search_options")
        .is_some_and(|options| !options.is_null())
    {
        let mut search = Extra::new();
        search.insert("googleSearch", Extra::new());
        offered.add_own(search);
    }
    offered.has_functions = !offered.functions.is_empty();
    let is_free = offered.calling.text("mode").is_none_or(|mode| mode == "AUTO");
    if is_strict && is_free {
        offered.calling.insert("mode", "VALIDATED");
    }
    Ok(offered)
}

// === impl Offered ===

impl Offered {
    /// Adds a tool of the API's own, which it refuses to be given twice.
    fn add_own(&mut self, tool: Extra) {
        if !self.own.contains(&tool) {
            self.own.push(tool);
        }
    }

    /// Writes the tools and their configuration. Without functions there is no choice: the API refuses one.
    pub(super) fn write(mut self, body: &mut Extra, stream_arguments: bool) {
        let mut tools = self.own;
        if self.has_functions {
            let mut functions = Extra::new();
            functions.set("functionDeclarations", &self.functions);
            tools.insert(0, functions);
            if stream_arguments {
                self.calling.insert("streamFunctionCallArguments", true);
            }
            if !self.calling.is_empty() {
                let mut config = Extra::new();
                config.insert("functionCallingConfig", self.calling);
                body.insert("toolConfig", config);
            }
        }
        if !tools.is_empty() {
            body.set("tools", &tools);
        }
    }
}

/// The function calling config for a choice.
fn calling(choice: ToolChoice) -> Result<Extra, RequestError> {
    let (mode, names) = match choice {
        ToolChoice::Mode(mode) => (mode, None),
        ToolChoice::Named { function, .. } => ("required".to_owned(), Some(vec![function.name])),
        ToolChoice::Other(choice) => {
            // OpenAI's Responses API has the name beside the type.
            let members: Extra = choice.read().unwrap_or_default();
            let kind = members.text("type").unwrap_or_default();
            match members.text("name") {
                Some(name) if kind == "function" => ("required".to_owned(), Some(vec![name])),
                _ => return Err(RequestError::Choice(kind)),
            }
        }
    };
    let mut calling = Extra::new();
    let mode = match mode.as_str() {
        "auto" => "AUTO",
        "none" => "NONE",
        "required" | "any" => "ANY",
        "validated" => "VALIDATED",
        _ => return Err(RequestError::Choice(mode)),
    };
    calling.insert("mode", mode);
    if let Some(names) = names {
        calling.set("allowedFunctionNames", &names);
    }
    Ok(calling)
}

/// A function in the API's form. It refuses an empty schema, so a function without parameters has none.
fn function(definition: FunctionDefinition, extra: &Extra, dropped: &mut Dropped) -> Extra {
    let mut function = Extra::new();
    function.insert("name", definition.name);
    if let Some(description) = definition.description {
        function.insert("description", description);
    }
    if let Some(schema) = definition.parameters.filter(has_properties) {
        function.insert("parametersJsonSchema", schema);
    }
    for (name, _) in definition.extra.iter().chain(extra.iter()) {
        dropped.add(format!("tools[].{name}"));
    }
    function
}

fn has_properties(schema: &Json) -> bool {
    let Some(schema) = schema.read::<Extra>() else {
        return false;
    };
    let is_plain = |name: &str| {
        matches!(
            name,
            "type" | "properties" | "required" | "additionalProperties" | "$schema" | "title" | "description"
        )
    };
    let properties: Extra = schema.read("properties").unwrap_or_default();
    !properties.is_empty() || schema.iter().any(|(name, _)| !is_plain(name))
}

/// A tool of the API's own: `{"googleSearch": {}}`, or with its name as the type.
fn own(index: usize, kind: &str, mut members: Extra, dropped: &mut Dropped) -> Result<Extra, RequestError> {
    let mut tool = Extra::new();
    for (name, others) in OWN {
        let given = |names: &[&str]| names.iter().find_map(|other| members.get(other)).cloned();
        if let Some(config) = members.get(name).cloned().or_else(|| given(others)) {
            tool.insert(name, config);
            return Ok(tool);
        }
        // Other vendors put a date behind it: `web_search_20250305`.
        if others.iter().any(|other| kind.starts_with(other)) {
            members.remove("name");
            for (member, _) in members.iter() {
                dropped.add(format!("tools[].{member}"));
            }
            tool.insert(name, Extra::new());
            return Ok(tool);
        }
    }
    Err(RequestError::Tool(index, kind.to_owned()))
}
