//! The texts in the events of a stream, on its way to the client.

use std::collections::BTreeMap;

use memchr::memmem;

use super::texts::candidates;
use crate::json::fields::{entries, given};
use crate::json::raw::known;
use crate::json::text::Halves;
use crate::json::{Members, Object, json_string};
use crate::sse::{data, write_event};
use crate::texts::TextKind;
use crate::texts::stream::{Ends, EventTexts, StreamTexts, TextKey, piece, whole_piece};
use crate::texts::walk::Walk;

/// What an event says besides its texts. In JSON, no text holds a quote.
const MORE: [&[u8]; 5] = [
    b"\"finishReason\"",
    b"\"usageMetadata\"",
    b"\"functionCall\"",
    b"\"inlineData\"",
    b"\"thoughtSignature\"",
];

/// The members of an event that each event of a stream repeats.
const HEAD: [&str; 2] = ["modelVersion", "responseId"];

/// Reads the events of one stream. A candidate has one text, and one that is thought; its calls stand whole in their
/// events.
#[derive(Debug, Default)]
pub(super) struct PartTexts {
    /// The members that each event repeats, from the latest.
    head: Vec<(&'static str, String)>,
    /// Characters that were cut in two.
    halves: BTreeMap<TextKey, Halves>,
}

impl StreamTexts for PartTexts {
    fn read(&mut self, event: &[u8]) -> EventTexts {
        let mut seen = EventTexts::default();
        let Some((text, data)) = data(event) else { return seen };
        let Ok(reply) = Members::of(data) else {
            return seen;
        };
        let head = HEAD.into_iter();
        self.head = head
            .filter_map(|key| Some((key, given(&reply, key)?.to_owned())))
            .collect();
        if reply.get("error").is_some() {
            seen.ends_before.push(Ends::default());
            return seen;
        }
        let mut walk = Walk::new(text);
        candidates(&reply, &mut walk);
        for part in walk.finish().map(|found| found.parts).unwrap_or_default() {
            let key = |place| TextKey {
                choice: part.choice,
                kind: part.kind,
                place,
            };
            if part.is_object {
                let place = seen.next_whole();
                seen.add_whole(whole_piece(text, &part, key(place)));
            } else if let Some(value) = text.get(part.at.clone()).and_then(known) {
                seen.texts.push(piece(text, value, key(0), &mut self.halves));
            }
        }
        seen.bare = !seen.texts.is_empty() && MORE.iter().all(|more| memmem::find(data.as_bytes(), more).is_none());
        seen.ends_after.extend(endings(&reply));
        seen
    }

    fn write(&self, key: TextKey, text: &str, out: &mut Vec<u8>) {
        if key.kind == TextKind::ToolArguments {
            // They stand in the event that brought them, or nowhere.
            return;
        }
        let part = Object::text(|part| {
            part.raw("text", json_string(text));
            if key.kind == TextKind::Reasoning {
                part.raw("thought", "true");
            }
        });
        let candidate = Object::text(|candidate| {
            candidate.object("content", |content| {
                content.raw("parts", [b"[", &part[..], b"]"].concat());
                content.raw("role", "\"model\"");
            });
            candidate.raw("index", key.choice.to_string());
        });
        write_event(out, None, |out| {
            Object::write(out, |reply| {
                reply.raw("candidates", [b"[", &candidate[..], b"]"].concat());
                for (key, value) in &self.head {
                    reply.raw(key, value);
                }
            });
        });
    }
}

/// The texts that end with a reply: those of the candidates that do.
fn endings(reply: &Members<'_>) -> Vec<Ends> {
    let all = given(reply, "candidates").and_then(entries).unwrap_or_default();
    let ends = (0_u32..).zip(all).filter_map(|(place, raw)| {
        let candidate = Members::of(raw.get()).ok()?;
        given(&candidate, "finishReason")?;
        let index = given(&candidate, "index").and_then(|index| index.parse().ok());
        Some(Ends {
            choice: Some(index.unwrap_or(place)),
            ..Ends::default()
        })
    });
    ends.collect()
}
