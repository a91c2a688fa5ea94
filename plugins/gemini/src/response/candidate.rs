//! One alternative of a reply: its parts become deltas as they arrive. `calls` has those of tool calls.

mod calls;

use jackfield_plugin_sdk::canonical::{ChunkChoice, Delta, Extra, Json, ToolCallDelta};
use jackfield_plugin_sdk::{Failure, log};
use serde::{Deserialize, Serialize};

use super::thoughts::Thoughts;
use super::{grounding, logprobs};
use crate::finish_reason::finish_reason;
use crate::signature::{self, Place};
use calls::OpenCall;

/// What is known of a candidate so far.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Candidate {
    begun: bool,
    thoughts: Thoughts,
    /// The number of tool calls, of images and of kept parts.
    calls: u32,
    images: u32,
    parts: u32,
    /// The call whose arguments arrive in pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<OpenCall>,
    /// The characters of text.
    chars: usize,
    /// The text, if it may have citations.
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<String>,
    /// Members without a counterpart, verbatim.
    #[serde(skip_serializing_if = "Extra::is_empty")]
    rest: Extra,
}

/// A candidate that is being added to, with what the additions need.
pub(super) struct Turn<'a> {
    candidate: &'a mut Candidate,
    index: u32,
    origin: &'a str,
    reply_id: &'a str,
    keeps_text: bool,
    out: &'a mut Vec<ChunkChoice>,
}

// === impl Candidate ===

impl Candidate {
    /// The candidate, begun if it was not.
    pub(super) fn go_on<'a>(
        &'a mut self,
        index: u32,
        origin: &'a str,
        reply_id: &'a str,
        keeps_text: bool,
        out: &'a mut Vec<ChunkChoice>,
    ) -> Turn<'a> {
        let begun = std::mem::replace(&mut self.begun, true);
        let mut turn = Turn {
            candidate: self,
            index,
            origin,
            reply_id,
            keeps_text,
            out,
        };
        if !begun {
            turn.say(Delta::role());
        }
        turn
    }

    /// Adds what completes it: the rest of a call's arguments, the citations, and the finish reason.
    ///
    /// # Errors
    /// If it has no finish reason, or one that means a failure.
    pub(super) fn finish(
        mut self,
        index: u32,
        origin: &str,
        reply_id: &str,
        keeps_text: bool,
        out: &mut Vec<ChunkChoice>,
    ) -> Result<(), Failure> {
        let Some(native) = self.finish_reason.take() else {
            return Err(Failure::malformed("the reply ended without a finish reason"));
        };
        let reason = finish_reason(&native, self.calls > 0)?;
        let mut extra = Extra::new();
        extra.insert("native_finish_reason", native.as_str());
        extra.extend(std::mem::take(&mut self.rest));
        let mut turn = self.go_on(index, origin, reply_id, keeps_text, out);
        // What a limit cut off stays cut off, so that nobody runs a tool with half of its arguments.
        if native == "STOP" {
            turn.close_call();
        }
        turn.cite(&extra);
        out.push(ChunkChoice {
            index,
            finish_reason: Some(reason),
            extra,
            ..ChunkChoice::default()
        });
        Ok(())
    }
}

// === impl Turn ===

impl Turn<'_> {
    /// Takes in a candidate, or a part of it.
    ///
    /// # Errors
    /// If a part makes no sense.
    pub(super) fn read(&mut self, mut candidate: Extra) -> Result<(), Failure> {
        let content: Extra = candidate.take("content").unwrap_or_default();
        let first = self.out.len();
        for part in content.read::<Vec<Extra>>("parts").unwrap_or_default() {
            self.part(part)?;
        }
        if let Some(tokens) = candidate
            .take("logprobsResult")
            .and_then(|result| logprobs::canonical(&result))
        {
            if self.out.len() == first {
                self.say(Delta::default());
            }
            self.out[first].extra.insert("logprobs", tokens);
        }
        if let Some(reason) = candidate.take("finishReason") {
            self.candidate.finish_reason = Some(reason);
        }
        let others = candidate.into_iter().filter(|(_, value)| !value.is_null());
        self.candidate.rest.extend(others);
        Ok(())
    }

    fn part(&mut self, mut part: Extra) -> Result<(), Failure> {
        let signature = part.take::<String>("thoughtSignature").filter(|text| !text.is_empty());
        let is_thought = part.take("thought") == Some(true);
        if let Some(call) = part.take("functionCall") {
            return self.call(call, signature);
        }
        match part.take::<String>("text") {
            Some(text) if is_thought => self.think(text, signature),
            Some(text) => self.text(text, signature),
            None if is_thought => {
                log::debug("left out a draft image of the model's thoughts");
                self.sign(Place::Thought, signature);
            }
            None => self.other(part, signature),
        }
        Ok(())
    }

    fn think(&mut self, text: String, signature: Option<String>) {
        if let Some(piece) = self.candidate.thoughts.think(&text) {
            self.say(Delta {
                thinking_blocks: vec![piece],
                ..Delta::reasoning(text)
            });
        }
        self.sign(Place::Thought, signature);
    }

    fn text(&mut self, text: String, signature: Option<String>) {
        self.candidate.chars += text.chars().count();
        if self.keeps_text {
            self.candidate.text.push_str(&text);
        }
        if !text.is_empty() {
            self.say(Delta::text(text));
        }
        self.sign(Place::Text(self.candidate.chars), signature);
    }

    /// Sends a signature as the last piece of a thinking block; returns it in its carried form.
    fn sign(&mut self, place: Place, signature: Option<String>) -> Option<String> {
        let carried = signature::carried(self.origin, place, &signature?);
        let piece = self.candidate.thoughts.sign(carried.clone());
        self.say(Delta {
            thinking_blocks: vec![piece],
            ..Delta::default()
        });
        Some(carried)
    }

    /// An image becomes an entry of `images`, as in other gateways; any other part is kept in `google_parts`.
    fn other(&mut self, mut part: Extra, signature: Option<String>) {
        let blob: Extra = part.read("inlineData").unwrap_or_default();
        let media_type = blob.text("mimeType").unwrap_or_default();
        if let Some(data) = blob.text("data").filter(|_| media_type.starts_with("image/")) {
            let index = self.candidate.images;
            self.candidate.images = index.saturating_add(1);
            let (mut image_url, mut image) = (Extra::new(), Extra::new());
            image_url.insert("url", format!("data:{media_type};base64,{data}"));
            image.insert("index", u64::from(index));
            image.insert("type", "image_url");
            image.insert("image_url", image_url);
            self.say_extra("images", image);
            self.sign(Place::Image(index as usize), signature);
        } else if !part.is_empty() {
            let index = self.candidate.parts;
            self.candidate.parts = index.saturating_add(1);
            if let Some(signature) = signature {
                part.insert(
                    "thoughtSignature",
                    signature::carried(self.origin, Place::Part, &signature),
                );
            }
            let mut kept = Extra::new();
            kept.insert("index", u64::from(index));
            kept.extend(part);
            self.say_extra("google_parts", kept);
        }
    }

    fn cite(&mut self, members: &Extra) {
        let annotations = members
            .read("groundingMetadata")
            .map(|metadata| grounding::annotations(&metadata, &self.candidate.text));
        let indexed = |(index, annotation): (usize, Extra)| {
            let mut entry = Extra::new();
            entry.insert("index", index as u64);
            entry.extend(annotation);
            entry
        };
        let annotations = annotations.unwrap_or_default().into_iter().enumerate();
        let annotations: Vec<Extra> = annotations.map(indexed).collect();
        if !annotations.is_empty() {
            let mut delta = Delta::default();
            delta.extra.set("annotations", &annotations);
            self.say(delta);
        }
    }

    fn say_call(&mut self, call: ToolCallDelta) {
        self.say(Delta {
            tool_calls: vec![call],
            ..Delta::default()
        });
    }

    fn say_extra(&mut self, name: &str, entry: Extra) {
        let mut delta = Delta::default();
        delta.extra.insert(name, Json::of(&[entry]));
        self.say(delta);
    }

    fn say(&mut self, delta: Delta) {
        self.out.push(ChunkChoice {
            index: self.index,
            ..delta.into()
        });
    }
}
