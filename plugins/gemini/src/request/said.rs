//! What the model said in a turn: its parts in the API's order, each with its signature.

use jackfield_plugin_sdk::canonical::{Extra, Json, Message, ThinkingBlock, signature as origins};

use super::RequestError;
use super::content;
use super::media;
use super::part::{Call, Data, Part};
use crate::signature::{self, Place};
use jackfield_plugin_sdk::Dropped;

/// What the model said in a turn, which may be several messages.
#[derive(Default)]
pub(super) struct Said {
    /// Signed thoughts.
    thoughts: Vec<Part>,
    /// Parts in the API's own form.
    own: Vec<Part>,
    text: String,
    /// Images that the model made, and other media.
    media: Vec<Part>,
    calls: Vec<Part>,
    signatures: Vec<(Place, String)>,
}

/// A call's id, unless we made it: the API knows only its own.
pub(super) fn own_id(id: &str) -> Option<String> {
    (!id.is_empty() && !id.starts_with("call_")).then(|| id.to_owned())
}

// === impl Said ===

impl Said {
    pub(super) fn is_empty(&self) -> bool {
        self.thoughts.is_empty()
            && self.own.is_empty()
            && self.text.is_empty()
            && self.media.is_empty()
            && self.calls.is_empty()
    }

    /// Takes in a message of the assistant.
    ///
    /// # Errors
    /// If a part or a call of it has no equivalent.
    pub(super) fn add(
        &mut self,
        mut message: Message,
        origin: &str,
        dropped: &mut Dropped,
    ) -> Result<(), RequestError> {
        self.add_signatures(message.thinking_blocks, origin, dropped);
        for part in content::parts(message.content, dropped)? {
            match part.data {
                Data::Text(text) => self.text.push_str(&text),
                _ => self.media.push(part),
            }
        }
        self.text.push_str(&message.refusal.unwrap_or_default());
        for image in message.extra.take::<Vec<Extra>>("images").unwrap_or_default() {
            let url = image.read::<Extra>("image_url").and_then(|image| image.text("url"));
            let image = media::of_address(&url.unwrap_or_default(), "an image", Some("image/png"))?;
            self.media.push(image.into());
        }
        for part in message.extra.take::<Vec<Extra>>("google_parts").unwrap_or_default() {
            self.own.push(own_part(part, origin));
        }
        for call in message.tool_calls {
            let name = call.function.name;
            let args = match call.function.arguments.trim() {
                "" | "null" => Extra::new().into(),
                text => match Json::parse(text) {
                    Ok(args) if args.is_object() => args,
                    _ => return Err(RequestError::Arguments(name)),
                },
            };
            let signature = signature::of_extra_content(origin, &call.extra).map(|(_, signature)| signature);
            let id = own_id(&call.id);
            self.calls
                .push(Part::from(Data::FunctionCall(Call { id, name, args })).signed(signature));
        }
        Ok(())
    }

    /// Reads the signatures that are this origin's. Whole blocks and the pieces of a stream look the same here: a
    /// signature is never cut.
    fn add_signatures(&mut self, blocks: Vec<ThinkingBlock>, origin: &str, dropped: &mut Dropped) {
        let mut thinking = String::new();
        for block in blocks {
            let ThinkingBlock::Thinking {
                thinking: text,
                signature: carried,
                ..
            } = block
            else {
                dropped.add("messages[].thinking_blocks");
                continue;
            };
            thinking.push_str(&text);
            let Some(carried) = carried.filter(|carried| !carried.is_empty()) else {
                continue;
            };
            let text = std::mem::take(&mut thinking);
            match signature::returned(origin, &carried) {
                Some((Place::Thought, signature)) => {
                    let mut thought = Part::text(text).signed(Some(signature.to_owned()));
                    thought.thought = true;
                    self.thoughts.push(thought);
                }
                Some((place, signature)) => self.signatures.push((place, signature.to_owned())),
                None => dropped.add("messages[].thinking_blocks"),
            }
        }
    }

    /// The parts, and the ids and names of the calls. With `checked`, the API refuses a turn whose first call has no
    /// signature: one that another vendor's model made, or whose client kept none, gets the documented stand-in.
    pub(super) fn into_parts(mut self, checked: bool) -> Vec<Part> {
        let mut ends = Vec::new();
        for (place, signature) in self.signatures {
            let part = match place {
                Place::Text(end) => {
                    ends.push((end, signature));
                    continue;
                }
                Place::Call(index) => self.calls.get_mut(index),
                Place::Image(index) => self.media.get_mut(index),
                Place::Thought | Place::Part => None,
            };
            if let Some(part) = part {
                part.signature.get_or_insert(signature);
            }
        }
        if let Some(first) = self.calls.first_mut().filter(|_| checked) {
            first.signature.get_or_insert_with(|| signature::UNCHECKED.to_owned());
        }
        let mut parts = self.thoughts;
        parts.extend(self.own);
        parts.extend(texts(&self.text, ends));
        parts.extend(self.media);
        parts.extend(self.calls);
        parts
    }
}

/// The text, cut where its signatures end.
fn texts(text: &str, mut ends: Vec<(usize, String)>) -> Vec<Part> {
    ends.sort_by_key(|(end, _)| *end);
    let (mut parts, mut begin) = (Vec::new(), 0);
    for (end, signature) in ends {
        let end = text.char_indices().nth(end).map_or(text.len(), |(byte, _)| byte);
        parts.push(Part::text(&text[begin..end]).signed(Some(signature)));
        begin = end;
    }
    if begin < text.len() {
        parts.push(Part::text(&text[begin..]));
    }
    parts
}

/// A part in the API's own form, with its signature if that is this origin's.
fn own_part(mut part: Extra, origin: &str) -> Part {
    part.remove("index");
    let carried = part.take::<String>("thoughtSignature");
    let signature = carried.and_then(|carried| match signature::returned(origin, &carried) {
        Some((_, signature)) => Some(signature.to_owned()),
        None if origins::is_marked(&carried) => None,
        None => Some(carried),
    });
    Part::from(Data::Own(part)).signed(signature)
}
