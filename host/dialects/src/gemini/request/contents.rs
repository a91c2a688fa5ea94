//! The conversation: contents become messages of a chat.

use serde_json::value::RawValue;

use super::pairing::Pairing;
use super::parts::{Kind, kind};
use crate::fault::RequestFault;
use crate::gemini::spelled::Spelled;
use crate::json::Object;
use crate::sealed;
use crate::standard::Dropped;
use crate::turns::{Call, Content, Conversation, Names, Part, Thought};

/// What is listed of calls and results that do not belong to each other.
const NAMES: Names = Names {
    call: "contents[].parts[].functionCall",
    result: "contents[].parts[].functionResponse",
};

/// Where signatures are.
const SIGNATURE: &str = "contents[].parts[].thoughtSignature";

/// Where thoughts are.
const THOUGHT: &str = "contents[].parts[].thought";

/// A conversation while it is translated.
struct Writer<'a, 'd> {
    conversation: Conversation<'a>,
    pairing: Pairing,
    is_asked: &'d dyn Fn(&str) -> bool,
    dropped: &'d mut Dropped,
    /// A part of the content is a thought, and none has a signature so far.
    has_unsigned_thought: bool,
}

/// The value of `messages`: the system's instruction first, then the contents in order. What a chat has no words for is
/// left out and listed.
///
/// # Errors
/// If a content is not of its shape; the fault names its path.
pub(super) fn translate(
    request: &Spelled<'_>,
    is_asked: &dyn Fn(&str) -> bool,
    dropped: &mut Dropped,
) -> Result<Vec<u8>, RequestFault> {
    let mut first = Vec::new();
    if let Some(instruction) = request.value("systemInstruction") {
        let said = system(instruction, "systemInstruction", dropped);
        let said = said.map_err(|fault| fault.within("systemInstruction"))?;
        first.extend((!said.is_empty()).then(|| {
            Object::text(|message| {
                message.raw("role", "\"system\"");
                message.raw("content", said.joined("\\n\\n"));
            })
        }));
    }
    let mut writer = Writer {
        conversation: Conversation::new(NAMES),
        pairing: Pairing::default(),
        is_asked,
        dropped,
        has_unsigned_thought: false,
    };
    for (index, content) in request.list("contents", "contents")?.into_iter().enumerate() {
        writer
            .push(content)
            .map_err(|fault| fault.within(&format!("contents[{index}]")))?;
    }
    Ok(writer.conversation.messages(first, writer.dropped))
}

/// The texts of the system's instruction, which the vendor's SDKs may write as a text alone. What else it has is listed,
/// with the `place` where it is.
fn system<'a>(instruction: &'a RawValue, place: &str, dropped: &mut Dropped) -> Result<Content<'a>, RequestFault> {
    let mut said = Content::default();
    if instruction.get().starts_with('"') {
        said.push(Part::Text(instruction.get().into()));
        return Ok(said);
    }
    let content = Spelled::read(instruction)?;
    for (index, raw) in content.list("parts", "parts")?.into_iter().enumerate() {
        let at = |fault: RequestFault| fault.within(&format!("parts[{index}]"));
        let part = Spelled::read(raw).map_err(at)?;
        match part.string("text").map_err(at)? {
            Some(text) => said.push(Part::Text(text.into())),
            None => return Err(at(RequestFault::new("", "must be a text"))),
        }
        dropped.add_all(&format!("{place}.parts[]"), part.unread());
    }
    content.pass_over(&["role"]);
    dropped.add_all(place, content.unread());
    Ok(said)
}

// === impl Writer ===

impl<'a> Writer<'a, '_> {
    fn push(&mut self, raw: &'a RawValue) -> Result<(), RequestFault> {
        let content = Spelled::read(raw)?;
        let role = content.text("role")?.unwrap_or_default();
        let parts = content.list("parts", "parts")?;
        self.dropped.add_all("contents[]", content.unread());
        match role.as_str() {
            "model" => {
                self.has_unsigned_thought = false;
                self.each(&parts, Self::answer)?;
                if self.has_unsigned_thought {
                    self.dropped.add("", THOUGHT);
                }
                Ok(())
            }
            "system" => {
                let said = system(raw, "contents[]", self.dropped)?;
                self.conversation.say("system", &said);
                Ok(())
            }
            "" | "user" | "function" | "tool" => {
                let mut said = Content::default();
                self.each(&parts, |writer, part| writer.hear(part, &mut said))?;
                if !said.is_empty() {
                    self.conversation.say("user", &said);
                }
                Ok(())
            }
            _ => Err(RequestFault::new("role", "must be user or model")),
        }
    }

    fn each(
        &mut self,
        parts: &[&'a RawValue],
        mut read: impl FnMut(&mut Self, &Spelled<'a>) -> Result<(), RequestFault>,
    ) -> Result<(), RequestFault> {
        for (index, raw) in parts.iter().enumerate() {
            let part = Spelled::read(raw).and_then(|part| read(self, &part));
            part.map_err(|fault| fault.within(&format!("parts[{index}]")))?;
        }
        Ok(())
    }

    /// A part that the user says, or the result of a tool.
    fn hear(&mut self, part: &Spelled<'a>, said: &mut Content<'a>) -> Result<(), RequestFault> {
        match kind(part, self.dropped)? {
            Kind::Result(result) => {
                let id = self.pairing.answer(result.id, &result.name);
                self.conversation.result(id, &result.content, result.is_error);
            }
            Kind::Said(part) => said.push(part),
            Kind::Call(_) => return Err(RequestFault::new("functionCall", "must be in a content of the model")),
            Kind::Nothing => {}
            Kind::Unknown(name) => {
                let message = format!("`{name}` has no counterpart in a chat; leave the part out");
                return Err(RequestFault::new("", message));
            }
        }
        Ok(())
    }

    /// A part that the model says, with the thinking that came before it.
    fn answer(&mut self, part: &Spelled<'a>) -> Result<(), RequestFault> {
        let signature = part.text("thoughtSignature")?.filter(|text| !text.is_empty());
        if let Some(signature) = signature.filter(|signature| !sealed::is_mark(signature)) {
            match sealed::open_bytes(&signature, self.is_asked).and_then(|blocks| Thought::of_blocks(&blocks)) {
                Some(thought) => self.conversation.think(thought),
                None => self.dropped.add("", SIGNATURE),
            }
            self.has_unsigned_thought = false;
        } else if part.is_set("thought") {
            self.has_unsigned_thought = true;
        }
        if part.is_set("thought") {
            // The signature, which may be that of a later part, has what is worth keeping of it.
            return Ok(());
        }
        match kind(part, self.dropped)? {
            Kind::Call(call) => {
                let id = self.pairing.call(call.id, &call.name);
                self.conversation.call(Call {
                    id,
                    name: call.name,
                    arguments: call.arguments,
                });
            }
            Kind::Said(part @ Part::Text(_)) => {
                let mut said = Content::default();
                said.push(part);
                self.conversation.go_on(said);
            }
            Kind::Said(Part::Other(_)) => self.dropped.add("", "contents[role=model].parts[].inlineData"),
            Kind::Result(_) => {
                return Err(RequestFault::new(
                    "functionResponse",
                    "must be in a content of the user",
                ));
            }
            Kind::Nothing => {}
            Kind::Unknown(name) => self.dropped.add("contents[role=model].parts[]", &name),
        }
        Ok(())
    }
}
