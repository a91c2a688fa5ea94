//! The conversation: items of input become messages of a chat.

use serde_json::value::RawValue;

use super::content;
use crate::fault::RequestFault;
use crate::json::block::Block;
use crate::json::fields::{entries, given, text};
use crate::json::{Members, Object};
use crate::responses::output::INPUT;
use crate::responses::toolbox::Tool;
use crate::sealed;
use crate::standard::Dropped;
use crate::turns::{Call, Conversation, Names, Thought};

/// Where items are.
const PLACE: &str = "input[]";

/// What is listed of calls and results that do not belong to each other.
const NAMES: Names = Names {
    call: "input[type=function_call]",
    result: "input[type=function_call_output]",
};

/// The value of `messages`: the instructions first, then the items in order. Items that a chat has no words for are left
/// out and listed. Reasoning is opened if its provider `is_asked`.
///
/// # Errors
/// If an item is not of its shape, or refers to one that is stored elsewhere; the fault names its path.
pub(super) fn translate(
    members: &Members<'_>,
    is_asked: &dyn Fn(&str) -> bool,
    dropped: &mut Dropped,
) -> Result<Vec<u8>, RequestFault> {
    let instructions = text(members, "instructions")?.filter(|text| !text.is_empty());
    let instructions = instructions.and(given(members, "instructions"));
    let mut conversation = Conversation::new(NAMES);
    let input = given(members, "input").unwrap_or_default();
    for (index, raw) in entries(input).unwrap_or_default().into_iter().enumerate() {
        push(raw, &mut conversation, is_asked, dropped).map_err(|fault| fault.within(&format!("input[{index}]")))?;
    }
    let said = if input.starts_with('"') { Some(input) } else { None };
    let mut messages = Vec::new();
    for (role, content) in [("system", instructions), ("user", said)] {
        messages.extend(content.map(|content| {
            Object::text(|message| {
                message.string("role", role);
                message.raw("content", content);
            })
        }));
    }
    Ok(conversation.messages(messages, dropped))
}

fn push<'a>(
    raw: &'a RawValue,
    conversation: &mut Conversation<'a>,
    is_asked: &dyn Fn(&str) -> bool,
    dropped: &mut Dropped,
) -> Result<(), RequestFault> {
    let item = Block::read(raw, "type")?;
    // What replies say of their items comes back with them.
    item.pass_over(&["id", "status"]);
    match item.kind.as_str() {
        "message" => message(&item, conversation, dropped)?,
        "" if item.get("role").is_some() => message(&item, conversation, dropped)?,
        "reasoning" => {
            let Some(thought) = thought(&item, is_asked) else {
                lose(&item, dropped);
                return Ok(());
            };
            conversation.think(thought);
        }
        "function_call" | "custom_tool_call" => conversation.call(call(&item)?),
        "function_call_output" | "custom_tool_call_output" => {
            let content = content::read(&item, "output", dropped)?;
            conversation.result(word(&item, "call_id")?, &content, false);
        }
        "item_reference" | "" => return Err(stored()),
        // Between a call and its result nothing is left of it.
        _ => {
            lose(&item, dropped);
            return Ok(());
        }
    }
    dropped.add_all(PLACE, item.unread());
    Ok(())
}

/// Names an item of which nothing is left.
fn lose(item: &Block<'_>, dropped: &mut Dropped) {
    dropped.add("", &format!("input[type={}]", item.kind));
}

fn stored() -> RequestFault {
    let message = "refers to an item, and items are not stored here; send the items themselves: set `store: false` in your client";
    RequestFault::new("", message)
}

fn message<'a>(
    item: &Block<'a>,
    conversation: &mut Conversation<'a>,
    dropped: &mut Dropped,
) -> Result<(), RequestFault> {
    let role = word(item, "role")?;
    let content = content::read(item, "content", dropped)?;
    match role.as_str() {
        "assistant" => conversation.answer(content),
        "user" | "system" | "developer" => conversation.say(&role, &content),
        _ => {
            return Err(RequestFault::new(
                "role",
                "must be user, system, developer or assistant",
            ));
        }
    }
    Ok(())
}

fn call(item: &Block<'_>) -> Result<Call, RequestFault> {
    let is_custom = item.kind == "custom_tool_call";
    let tool = Tool {
        name: word(item, "name")?,
        namespace: item.get("namespace").map(|_| word(item, "namespace")).transpose()?,
        is_custom,
    };
    let arguments = if is_custom {
        let input = item.string(INPUT)?;
        format!("{{\"{INPUT}\":{input}}}")
    } else {
        let arguments = item
            .get("arguments")
            .map(|_| word_or_empty(item, "arguments"))
            .transpose()?;
        let arguments = arguments.filter(|arguments| !arguments.trim().is_empty());
        arguments.unwrap_or_else(|| "{}".to_owned())
    };
    Ok(Call {
        id: word(item, "call_id")?,
        name: tool.chat_name(),
        arguments,
    })
}

/// The thinking that an item of reasoning holds, if it is ours and was said by a provider that is asked again.
fn thought(item: &Block<'_>, is_asked: &dyn Fn(&str) -> bool) -> Option<Thought> {
    let sealed: String = serde_json::from_str(item.get("encrypted_content")?).ok()?;
    // What is sealed holds these too.
    item.pass_over(&["summary", "content"]);
    Thought::of_blocks(&sealed::open(&sealed, is_asked)?)
}

/// A member that must be a text with anything in it.
fn word(item: &Block<'_>, key: &'static str) -> Result<String, RequestFault> {
    item.name(key)?;
    word_or_empty(item, key)
}

fn word_or_empty(item: &Block<'_>, key: &'static str) -> Result<String, RequestFault> {
    let raw = item.string(key)?;
    serde_json::from_str(raw).map_err(|_| RequestFault::new(key, "must be a string of whole characters"))
}
