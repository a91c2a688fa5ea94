//! The texts in one chunk of a chat's stream.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{FUNCTION_CALL, STRINGS, THOUGHTS, TRANSCRIPT};
use crate::json::raw::is_given;
use crate::json::text::Halves;
use crate::json::{Members, place_of};
use crate::openai::texts::index;
use crate::texts::TextKind;
use crate::texts::stream::{Ends, EventTexts, TextKey, piece, whole_piece};
use crate::texts::walk::Walk;

/// One chunk while it is read.
pub(super) struct Reading<'r, 'a> {
    pub(super) event: &'a str,
    pub(super) halves: &'r mut BTreeMap<TextKey, Halves>,
    pub(super) choice: u32,
    pub(super) seen: EventTexts,
}

// === impl Reading ===

impl<'a> Reading<'_, 'a> {
    pub(super) fn choice(&mut self, choice: &'a RawValue) {
        let Ok(choice) = Members::of(choice.get()) else {
            self.seen.bare = false;
            return;
        };
        self.choice = index(&choice).unwrap_or(0);
        if let Some(logprobs) = choice.get("logprobs").filter(|logprobs| is_given(logprobs)) {
            let at = place_of(self.event, logprobs.get());
            self.seen.echoes.push((self.choice, at));
        }
        let is_plain =
            |(member, value): (&str, &RawValue)| matches!(member, "index" | "delta" | "logprobs") || !is_given(value);
        self.seen.bare &= choice.all().all(is_plain);
        if let Some(delta) = choice.get("delta") {
            self.delta(delta);
        }
        if choice.get("finish_reason").is_some_and(is_given) {
            let choice = Some(self.choice);
            self.seen.ends_after.push(Ends {
                choice,
                ..Ends::default()
            });
        }
    }

    fn delta(&mut self, delta: &'a RawValue) {
        let Ok(delta) = Members::of(delta.get()) else {
            return;
        };
        for (member, value) in delta.all().filter(|(_, value)| is_given(value)) {
            self.member(member, value);
        }
    }

    fn member(&mut self, member: &str, value: &'a RawValue) {
        let known = STRINGS.iter().find(|(name, ..)| *name == member);
        let thoughts = THOUGHTS.iter().find(|(name, _)| *name == member);
        match (member, known, thoughts) {
            (_, Some((_, kind, place)), _) => {
                if member == "content" {
                    self.ends(TextKind::Reasoning);
                }
                self.strings(value, *kind, *place);
            }
            (_, _, Some((_, place))) => self.thoughts(value, *place),
            ("tool_calls", ..) => {
                self.ends(TextKind::Text);
                self.ends(TextKind::Reasoning);
                self.calls(value);
            }
            ("function_call", ..) => {
                self.ends(TextKind::Text);
                self.ends(TextKind::Reasoning);
                self.within(value, "arguments", TextKind::ToolArguments, FUNCTION_CALL);
            }
            ("audio", ..) => {
                self.within(value, "transcript", TextKind::Text, TRANSCRIPT);
                self.seen.bare = false;
            }
            ("citations", ..) => {
                self.seen.bare = false;
                let entries: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
                for citation in entries {
                    let mut walk = Walk::new(self.event);
                    walk.citation(citation, "");
                    let place = self.seen.next_whole();
                    self.whole(walk, place);
                }
            }
            _ => self.seen.bare = false,
        }
    }

    /// Adds what was found: it stands whole in the event.
    fn whole(&mut self, walk: Walk<'_>, place: u32) {
        for part in walk.finish().map(|found| found.parts).unwrap_or_default() {
            let key = TextKey {
                choice: self.choice,
                kind: part.kind,
                place,
            };
            self.seen.add_whole(whole_piece(self.event, &part, key));
        }
    }

    /// Texts of this kind end before the event.
    fn ends(&mut self, kind: TextKind) {
        self.seen.ends_before.push(Ends {
            choice: Some(self.choice),
            kind: Some(kind),
            place: None,
        });
    }

    /// A string, or a list of strings and of parts with a text.
    fn strings(&mut self, value: &'a RawValue, kind: TextKind, place: u32) {
        if value.get().starts_with('"') {
            return self.string(value, kind, place);
        }
        // A list holds more than its texts.
        self.seen.bare = false;
        let entries: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
        for entry in entries {
            if entry.get().starts_with('"') {
                self.string(entry, kind, place);
                continue;
            }
            let Ok(part) = Members::of(entry.get()) else {
                continue;
            };
            for (member, kind) in [("text", kind), ("refusal", kind), ("thinking", TextKind::Reasoning)] {
                if let Some(text) = part.get(member).filter(|text| text.get().starts_with('"')) {
                    self.string(text, kind, place);
                }
            }
        }
    }

    fn thoughts(&mut self, value: &'a RawValue, place: u32) {
        let entries: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
        for entry in entries {
            let Ok(thought) = Members::of(entry.get()) else {
                self.seen.bare = false;
                continue;
            };
            let mut texts = 0;
            for member in ["text", "thinking", "summary"] {
                if let Some(text) = thought
                    .get(member)
                    .filter(|text| is_given(text) && text.get().starts_with('"'))
                {
                    self.string(text, TextKind::Reasoning, place);
                    texts += 1;
                }
            }
            let others = thought
                .all()
                .filter(|(member, value)| *member != "type" && is_given(value));
            self.seen.bare &= others.count() == texts;
        }
    }

    fn calls(&mut self, value: &'a RawValue) {
        let entries: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
        for (number, entry) in entries.into_iter().enumerate() {
            let Ok(call) = Members::of(entry.get()) else {
                self.seen.bare = false;
                continue;
            };
            let place = index(&call).unwrap_or(u32::try_from(number).unwrap_or(u32::MAX));
            let is_plain =
                |(member, value): (&str, &RawValue)| matches!(member, "index" | "function") || !is_given(value);
            self.seen.bare &= call.all().all(is_plain);
            for (member, inner) in [("function", "arguments"), ("custom", "input")] {
                if let Some(held) = call.get(member) {
                    self.within(held, inner, TextKind::ToolArguments, place);
                }
            }
        }
    }

    /// The string in a member of this object.
    fn within(&mut self, held: &'a RawValue, inner: &str, kind: TextKind, place: u32) {
        let Ok(held) = Members::of(held.get()) else {
            self.seen.bare = false;
            return;
        };
        self.seen.bare &= held.all().all(|(member, value)| member == inner || !is_given(value));
        match held.get(inner) {
            Some(text) if text.get().starts_with('"') => self.string(text, kind, place),
            Some(object) if object.get().starts_with('{') && kind == TextKind::ToolArguments => {
                let mut walk = Walk::new(self.event);
                walk.arguments(Some(object), String::new());
                self.whole(walk, place);
                self.seen.bare = false;
            }
            _ => {}
        }
    }

    fn string(&mut self, value: &'a RawValue, kind: TextKind, place: u32) {
        if value.get() == "\"\"" {
            return;
        }
        let key = TextKey {
            choice: self.choice,
            kind,
            place,
        };
        self.seen.texts.push(piece(self.event, value, key, self.halves));
    }
}
