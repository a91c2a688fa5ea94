//! The content of a message: parts that the target does not accept become texts, move to another message, or go.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::document;
use super::part::{PLACE, Part};
use super::target::Target;
use crate::accepts::Extension;
use crate::fault::RequestFault;
use crate::json::fields::{entries, given};
use crate::json::raw::inside;
use crate::json::{List, Members};

/// Where the parts of the system prompt are.
const SYSTEM: &str = "messages[role=system].content[]";

/// The parts that OpenAI has, each with its members besides `type`.
///
/// Source: <https://platform.openai.com/docs/api-reference/chat/create>.
const STANDARD: [(&str, &str); 5] = [
    ("text", "text"),
    ("image_url", "image_url"),
    ("input_audio", "input_audio"),
    ("file", "file"),
    ("refusal", "refusal"),
];

/// Members of an assistant's message that some clients repeat in its parts, where they say nothing and upstreams refuse
/// them: OpenAI's Agents SDK for JavaScript does.
const OF_MESSAGES: [&str; 5] = ["annotations", "audio", "refusal", "role", "tool_calls"];

/// The value of `content`, part by part.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) list: Vec<Part<'a>>,
}

/// A part while it is read.
struct Block<'a> {
    members: Members<'a>,
    kind: String,
    text: &'a str,
}

// === impl Parts ===

impl<'a> Parts<'a> {
    /// Reads a content, whose message has this role, and writes its parts as the target accepts them.
    ///
    /// # Errors
    /// If a part has no standard form.
    pub(super) fn read(content: &'a str, role: &str, target: &mut Target) -> Result<Self, RequestFault> {
        let mut parts = Self::default();
        if content.starts_with('"') {
            parts.list.push(Part::text(content));
        }
        for raw in entries(content).unwrap_or_default() {
            parts.push(raw, role, target)?;
        }
        Ok(parts)
    }

    fn push(&mut self, raw: &'a RawValue, role: &str, target: &mut Target) -> Result<(), RequestFault> {
        let Some(block) = Block::read(raw) else {
            // The upstream will say what is wrong with it.
            self.list.push(Part::other(raw.get()));
            return Ok(());
        };
        if let Some((_, own)) = STANDARD.iter().find(|(kind, _)| *kind == block.kind) {
            return self.push_standard(&block, own, role, target);
        }
        let extension = match block.kind.as_str() {
            "document" => Extension::Document,
            _ => Extension::ContentBlocks,
        };
        match block.kind.as_str() {
            _ if target.accepts(extension) => self.list.push(block.accepted(target)),
            "document" => self.list.extend(document::parts(&block.members, target)?),
            "search_result" => self.list.extend(document::search_result(&block.members, target)?),
            kind if role == "assistant" => target.dropped.add("messages[]", &format!("content[type={kind}]")),
            kind if target.is_translated() => {
                let message = format!("this provider has no content of type `{kind}`");
                return Err(RequestFault::new(PLACE, message));
            }
            _ => self.list.push(Part::other(block.text)),
        }
        Ok(())
    }

    fn push_standard(
        &mut self,
        block: &Block<'a>,
        own: &str,
        role: &str,
        target: &mut Target,
    ) -> Result<(), RequestFault> {
        let members = &block.members;
        let place = if role == "system" { SYSTEM } else { PLACE };
        let is_file = block.kind == "file" && target.is_translated() && !target.accepts(Extension::VendorMembers);
        let context = given(members, "context").filter(|_| is_file);
        let standard = ["type", own, if is_file { "context" } else { own }];
        let mut edits = target.without_extensions(members, &standard, place);
        if role == "assistant" && !target.is_translated() {
            let repeated = OF_MESSAGES.into_iter().filter(|name| *name != own);
            repeated
                .filter(|name| members.get(name).is_some())
                .for_each(|name| edits.remove(name));
        }
        let others = members.all().filter(|(name, _)| !standard.contains(name)).count();
        let is_plain = others == edits.len();
        if let Some(context) = context {
            self.list.push(Part::text(context));
            edits.remove("context");
        }
        let inner = within(members, own, target);
        if block.kind == "file" && target.is_translated() {
            let named = file(inner.as_deref().or_else(|| given(members, own)), target)?;
            edits.set_if("file", named.or(inner));
        } else {
            edits.set_if(own, inner);
        }
        let text = given(members, "text").filter(|text| block.kind == "text" && is_plain && text.starts_with('"'));
        self.list.push(Part {
            json: edits.apply(members, block.text),
            text: text.map(Cow::Borrowed),
            is_media: matches!(block.kind.as_str(), "image_url" | "file" | "input_audio"),
        });
        Ok(())
    }

    /// The images and files, which are taken out.
    pub(super) fn take_media(&mut self) -> Vec<Part<'a>> {
        let (media, rest) = std::mem::take(&mut self.list)
            .into_iter()
            .partition(|part| part.is_media);
        self.list = rest;
        media
    }

    /// Puts a mark before the first text, or adds it as a text.
    pub(super) fn begin_with(&mut self, mark: &str) {
        let place = self.list.iter().position(|part| part.text.is_some());
        let said = place
            .and_then(|place| self.list[place].text.clone())
            .unwrap_or(Cow::Borrowed("\"\""));
        let said = inside(&said);
        if said
            .get(..mark.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(mark))
        {
            return;
        }
        let separator = if said.is_empty() { "" } else { ": " };
        let part = Part::text(format!("\"{mark}{separator}{said}\""));
        match place {
            Some(place) => self.list[place] = part,
            None => self.list.insert(0, part),
        }
    }

    /// The value of `content`: one string if it is one text, which every upstream accepts.
    pub(super) fn into_value(self) -> String {
        match self.list.as_slice() {
            [] => "\"\"".to_owned(),
            [Part { text: Some(text), .. }] => text.clone().into_owned(),
            _ => self.into_list(),
        }
    }

    /// The value of `content` as a list.
    pub(super) fn into_list(self) -> String {
        let mut list = List::default();
        for part in self.list {
            list.push(part.json.as_bytes());
        }
        String::from_utf8(list.into_text()).unwrap_or_default()
    }

    /// All texts as one string, if there is nothing else: not every upstream accepts parts in a system message.
    pub(super) fn joined(&self) -> Option<String> {
        let texts: Option<Vec<&str>> = self.list.iter().map(|part| part.text.as_deref().map(inside)).collect();
        Some(format!("\"{}\"", texts?.join("\\n\\n")))
    }
}

// === impl Block ===

impl<'a> Block<'a> {
    fn read(raw: &'a RawValue) -> Option<Self> {
        let text = raw.get();
        let members = Members::of(text).ok()?;
        let kind = serde_json::from_str(given(&members, "type")?).ok()?;
        Some(Self { members, kind, text })
    }

    /// The part of a block of the vendor's own that the target accepts, with all its members but a mark of the cache
    /// that it does not accept.
    fn accepted(&self, target: &mut Target) -> Part<'a> {
        let own = self
            .members
            .all()
            .map(|(name, _)| name)
            .filter(|name| *name != "cache_control");
        let own: Vec<&str> = own.collect();
        let edits = target.without_extensions(&self.members, &own, PLACE);
        Part::other(edits.apply(&self.members, self.text))
    }
}

/// The object within a part without what the translation found in another dialect's source of data; `None` if it stays as
/// it is.
fn within(part: &Members<'_>, own: &str, target: &mut Target) -> Option<String> {
    let known: &[&str] = match own {
        "image_url" => &["url", "detail"],
        "file" => &["file_data", "file_id", "filename"],
        _ => return None,
    };
    if !target.is_translated() {
        return None;
    }
    let text = given(part, own)?;
    let members = Members::of(text).ok()?;
    let edits = target.without_extensions(&members, known, &format!("{PLACE}.{own}"));
    (!edits.is_empty()).then(|| edits.apply(&members, text).into_owned())
}

/// The value of `file` with a name, without which OpenAI refuses data; `None` if it stays as it is.
///
/// # Errors
/// If it is a URL and the target does not accept those.
fn file(text: Option<&str>, target: &Target) -> Result<Option<String>, RequestFault> {
    let Some(text) = text else {
        return Ok(None);
    };
    let Ok(file) = Members::of(text) else {
        return Ok(None);
    };
    let Some(data) = given(&file, "file_data") else {
        return Ok(None);
    };
    if !data.starts_with("\"data:") && !target.accepts(Extension::FileUrl) {
        let message = "this provider takes documents as data and not by URL; send the document itself, as base64";
        return Err(RequestFault::new(PLACE, message));
    }
    if given(&file, "filename").is_some() || !data.starts_with("\"data:") {
        return Ok(None);
    }
    let named = file.with(&[("filename", Some("\"document.pdf\""))]);
    Ok(String::from_utf8(named).ok())
}
