//! Tools: what the client offers, and what the model may choose.

use serde_json::value::RawValue;

use super::parameters::Member;
use crate::fault::RequestFault;
use crate::json::block::Block;
use crate::json::fields::{entries, given};
use crate::json::raw::{inside, is_given};
use crate::json::{List, Members, Object, json_string};
use crate::responses::output::INPUT;
use crate::responses::toolbox::{Tool, Toolbox};
use crate::standard::Dropped;

/// Where tools are.
const PLACE: &str = "tools[]";

/// The tools while they are written.
struct Tools<'d> {
    toolbox: Toolbox,
    list: List,
    dropped: &'d mut Dropped,
    /// The kinds of tools that were left out.
    lost: Vec<String>,
}

/// `tools`, `tool_choice` and `parallel_tool_calls` in the words of a chat, which has functions only. Tools that the vendor
/// runs have no counterpart; they are listed.
///
/// # Errors
/// If a tool or the choice is not of its shape, or two tools have the same name.
pub(super) fn translate(members: &Members<'_>, dropped: &mut Dropped) -> Result<Vec<Member>, RequestFault> {
    let mut tools = Tools {
        toolbox: Toolbox::default(),
        list: List::default(),
        dropped,
        lost: Vec::new(),
    };
    if let Some(offered) = given(members, "tools") {
        let offered = entries(offered).ok_or_else(|| RequestFault::new("tools", "must be a list of tools"))?;
        for (index, tool) in offered.into_iter().enumerate() {
            tools
                .push(tool, None)
                .map_err(|fault| fault.within(&format!("tools[{index}]")))?;
        }
    }
    let chosen = members.get("tool_choice").filter(|choice| is_given(choice));
    if tools.list.is_empty() {
        tools.must_not_call(chosen)?;
        // Without tools there is no choice: some vendors refuse one.
        return Ok(Vec::new());
    }
    let mut set = vec![("tools", tools.list.into_text())];
    if let Some(choice) = chosen {
        let choice = self::choice(choice, tools.dropped).map_err(|fault| fault.within("tool_choice"))?;
        set.push(("tool_choice", choice));
    }
    set.extend(given(members, "parallel_tool_calls").map(|flag| ("parallel_tool_calls", flag.into())));
    Ok(set)
}

/// The choice among tools.
///
/// # Errors
/// If it forces a call of one that the vendor runs.
fn choice(choice: &RawValue, dropped: &mut Dropped) -> Result<Vec<u8>, RequestFault> {
    if choice.get().starts_with('"') {
        return Ok(choice.get().into());
    }
    let choice = Block::read(choice, "type")?;
    let written = match choice.kind.as_str() {
        "function" | "custom" => chosen(&choice)?,
        "allowed_tools" => allowed(&choice, dropped)?,
        kind => return Err(unknown(kind)),
    };
    dropped.add_all("tool_choice", choice.unread());
    Ok(written)
}

/// One tool by its name.
fn chosen(choice: &Block<'_>) -> Result<Vec<u8>, RequestFault> {
    let name = json_string(&tool(choice, None)?.chat_name());
    Ok(format!(r#"{{"type":"function","function":{{"name":{name}}}}}"#).into())
}

/// A few of the tools, by their names. Those that the vendor runs are not among them any more.
///
/// # Errors
/// If the model must call one of them, and the vendor runs all.
fn allowed(choice: &Block<'_>, dropped: &mut Dropped) -> Result<Vec<u8>, RequestFault> {
    let listed = choice.get("tools").and_then(entries);
    let listed = listed.ok_or_else(|| RequestFault::new("tools", "must be a list of tools"))?;
    let (mut list, mut gone) = (List::default(), None);
    for (index, one) in listed.into_iter().enumerate() {
        let at = |fault: RequestFault| fault.within(&format!("tools[{index}]"));
        let one = Block::read(one, "type").map_err(at)?;
        match one.kind.as_str() {
            "function" | "custom" => list.push(chosen(&one).map_err(at)?),
            kind => {
                gone = Some(unknown(kind));
                continue;
            }
        }
        dropped.add_all("tool_choice.tools[]", one.unread());
    }
    let mode = choice.get("mode").unwrap_or("\"auto\"");
    if let Some(fault) = gone.filter(|_| list.is_empty()) {
        return match mode {
            "\"required\"" => Err(fault),
            _ => Ok(b"\"none\"".to_vec()),
        };
    }
    Ok(Object::text(|written| {
        written.raw("type", "\"allowed_tools\"");
        written.object("allowed_tools", |allowed| {
            allowed.raw("mode", mode);
            allowed.raw("tools", list.into_text());
        });
    }))
}

fn unknown(kind: &str) -> RequestFault {
    let message = format!("no provider of this model has the tool `{kind}`, which the model must call; leave it out");
    RequestFault::new("type", message)
}

/// The name and the kind of a tool, or of one that is chosen.
fn tool(block: &Block<'_>, namespace: Option<&str>) -> Result<Tool, RequestFault> {
    let text = |json: &str| serde_json::from_str::<String>(json).ok();
    Ok(Tool {
        name: text(block.name("name")?).unwrap_or_default(),
        namespace: namespace
            .map(str::to_owned)
            .or_else(|| block.get("namespace").and_then(text)),
        is_custom: block.kind == "custom",
    })
}

// === impl Tools ===

impl Tools<'_> {
    /// `namespace` is the name and the description of the one that the tool is in.
    fn push(&mut self, raw: &RawValue, namespace: Option<(&str, Option<&str>)>) -> Result<(), RequestFault> {
        let block = Block::read(raw, "type")?;
        match block.kind.as_str() {
            "function" | "custom" => self.push_own(&block, namespace),
            "namespace" if namespace.is_none() => {
                let name: String = serde_json::from_str(block.name("name")?).unwrap_or_default();
                let inner = block.get("tools").and_then(entries);
                let inner = inner.ok_or_else(|| RequestFault::new("tools", "must be a list of tools"))?;
                for (index, tool) in inner.into_iter().enumerate() {
                    self.push(tool, Some((&name, block.get("description"))))
                        .map_err(|fault| fault.within(&format!("tools[{index}]")))?;
                }
                self.dropped.add_all(PLACE, block.unread());
                Ok(())
            }
            "" => Err(RequestFault::new(
                "type",
                "is missing; give a kind of tool such as \"function\"",
            )),
            kind => {
                self.dropped.add("", &format!("tools[type={kind}]"));
                self.lost.push(kind.to_owned());
                Ok(())
            }
        }
    }

    /// Checks that the model need not call a tool, of which none is left.
    ///
    /// # Errors
    /// If it must, and there were some.
    fn must_not_call(&self, chosen: Option<&RawValue>) -> Result<(), RequestFault> {
        let Some((chosen, first)) = chosen.zip(self.lost.first()) else {
            return Ok(());
        };
        let at = |fault: RequestFault| fault.within("tool_choice");
        match chosen.get() {
            "\"required\"" => Err(RequestFault::new("tool_choice", unknown(first).message)),
            text if text.starts_with('{') => self::choice(chosen, &mut Dropped::default()).map(|_| ()).map_err(at),
            _ => Ok(()),
        }
    }

    fn push_own(&mut self, block: &Block<'_>, namespace: Option<(&str, Option<&str>)>) -> Result<(), RequestFault> {
        let tool = tool(block, namespace.map(|(name, _)| name))?;
        let name = tool.chat_name();
        let description = block.get("description").or(namespace.and_then(|(_, said)| said));
        let function = if tool.is_custom {
            custom(&name, description, block, self.dropped)?
        } else {
            function(&name, description, block)?
        };
        self.dropped.add_all(PLACE, block.unread());
        if !self.toolbox.add(tool) {
            let message = format!("`{name}` is the name of another tool");
            return Err(RequestFault::new("name", message));
        }
        self.list.push_object(|tool| {
            tool.raw("type", "\"function\"");
            tool.raw("function", function);
        });
        Ok(())
    }
}

fn function(name: &str, description: Option<&str>, block: &Block<'_>) -> Result<Vec<u8>, RequestFault> {
    let parameters = block.get("parameters").unwrap_or("{}");
    let schema = Members::of(parameters)
        .map_err(|_| RequestFault::new("parameters", "must be an object, the JSON Schema of the arguments"))?;
    let missing = [("type", "\"object\""), ("properties", "{}")].map(|(key, value)| {
        let is_missing = given(&schema, key).is_none() && (key == "type" || parameters == "{}");
        is_missing.then_some((key, Some(value)))
    });
    let missing: Vec<_> = missing.into_iter().flatten().collect();
    let parameters = if missing.is_empty() {
        parameters.as_bytes().to_vec()
    } else {
        schema.with(&missing)
    };
    Ok(Object::text(|function| {
        function.string("name", name);
        if let Some(description) = description {
            function.raw("description", description);
        }
        function.raw("parameters", parameters);
        if let Some(strict) = block.get("strict") {
            function.raw("strict", strict);
        }
    }))
}

/// The function that stands for a custom tool: its one parameter is the text, and what the text must be like is said in
/// its description.
fn custom(
    name: &str,
    description: Option<&str>,
    block: &Block<'_>,
    dropped: &mut Dropped,
) -> Result<Vec<u8>, RequestFault> {
    let mut said: Vec<String> = description.map(|text| inside(text).to_owned()).into_iter().collect();
    if block.get("format").is_some() {
        let format = block.object("format")?;
        if format.kind == "grammar" {
            let syntax = format.get("syntax").map_or("", inside);
            let definition = inside(format.string("definition").map_err(|fault| fault.within("format"))?);
            said.push(format!(
                "`{INPUT}` must match this grammar ({syntax}):\\n\\n{definition}"
            ));
        } else if format.kind != "text" {
            dropped.add(PLACE, "format");
        }
        dropped.add_all("tools[].format", format.unread());
    }
    Ok(Object::text(|function| {
        function.string("name", name);
        if !said.is_empty() {
            function.raw("description", format!("\"{}\"", said.join("\\n\\n")));
        }
        function.object("parameters", |schema| {
            schema.raw("type", "\"object\"");
            schema.object("properties", |properties| {
                properties.raw(INPUT, r#"{"type":"string","description":"The text for the tool."}"#);
            });
            schema.raw("required", format!("[\"{INPUT}\"]"));
            schema.raw("additionalProperties", "false");
        });
    }))
}
