//! For tests: the events of a stream put together as the vendor's SDKs do it, with their order checked on the way.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The events of a stream as the client reads them: each names its type twice, and they count up.
pub(in crate::responses) fn events(stream: &str) -> Vec<Value> {
    let event = |(number, event): (usize, &str)| {
        let (name, data) = event.split_once('\n').unwrap();
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(name.strip_prefix("event: "), data["type"].as_str());
        assert_eq!(data["sequence_number"], number);
        data
    };
    stream.split_terminator("\n\n").enumerate().map(event).collect()
}

/// The response that a finished stream says. What its events said on the way is the same.
pub(in crate::responses) fn response(stream: &str) -> Value {
    let events = events(stream);
    let output = partial(&events);
    let last = events.last().unwrap();
    assert!(
        ["response.completed", "response.incomplete"].contains(&last["type"].as_str().unwrap()),
        "{stream}"
    );
    let response = last["response"].clone();
    assert_eq!(response["output"], with_late(&output, &response["output"]));
    response
}

/// What events told, with the citations that come after the end of their text: only what ends later has those.
fn with_late(told: &Value, whole: &Value) -> Value {
    let mut told = told.clone();
    match (&mut told, whole) {
        (Value::Object(members), whole) => {
            for (name, member) in members {
                *member = match (name.as_str(), &whole[name.as_str()]) {
                    ("annotations", Value::Array(all)) => {
                        let told = member.as_array().unwrap();
                        assert_eq!(told[..], all[..told.len()], "what was told stays");
                        all.clone().into()
                    }
                    (_, whole) => with_late(member, whole),
                };
            }
        }
        (Value::Array(list), whole) => {
            for (index, entry) in list.iter_mut().enumerate() {
                *entry = with_late(entry, &whole[index]);
            }
        }
        _ => {}
    }
    told
}

/// The output so far. Items must be begun and ended once, their parts too, and nothing follows the end.
pub(in crate::responses) fn partial(events: &[Value]) -> Value {
    let (mut items, mut ended): (BTreeMap<u64, Open>, bool) = (BTreeMap::new(), false);
    for (number, event) in events.iter().enumerate() {
        let kind = event["type"].as_str().unwrap();
        assert!(!ended, "{kind} follows the end");
        assert_eq!(number == 0, kind == "response.created");
        assert_eq!(number == 1, kind == "response.in_progress");
        match kind {
            "response.created" | "response.in_progress" => {
                assert_eq!(event["response"]["status"], "in_progress");
                assert_eq!(event["response"]["output"], json!([]));
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                ended = true;
                let done = items.values().all(|item| item.done.is_some());
                assert!(done || kind == "response.failed", "the response ends amid an item");
                assert_eq!(event["response"]["id"], events[0]["response"]["id"]);
            }
            "response.output_item.added" => {
                let index = event["output_index"].as_u64().unwrap();
                assert_eq!(index, items.len() as u64, "indexes follow one another");
                items.insert(index, Open::new(&event["item"]));
            }
            _ => {
                let index = event["output_index"].as_u64().unwrap();
                items.get_mut(&index).unwrap().take_in(kind, event);
            }
        }
    }
    items.into_values().map(|item| item.done.unwrap_or(item.item)).collect()
}

/// An item while it grows.
struct Open {
    item: Value,
    /// A part is open.
    part: bool,
    done: Option<Value>,
}

impl Open {
    fn new(item: &Value) -> Self {
        Self {
            item: item.clone(),
            part: false,
            done: None,
        }
    }

    fn take_in(&mut self, kind: &str, event: &Value) {
        assert!(self.done.is_none(), "{kind} follows the end of its item");
        match kind {
            "response.output_item.done" => {
                assert!(!self.part, "the item ends amid a part");
                self.end(&event["item"]);
                return;
            }
            "response.content_part.added" | "response.reasoning_summary_part.added" => {
                assert!(!std::mem::replace(&mut self.part, true), "parts overlap");
                let parts = self.parts(event);
                parts.push(event["part"].clone());
            }
            "response.content_part.done" | "response.reasoning_summary_part.done" => {
                assert!(std::mem::take(&mut self.part), "a part ends twice");
                assert_eq!(*self.parts(event).last().unwrap(), event["part"]);
            }
            "response.output_text.annotation.added" => {
                assert!(self.part, "an annotation outside a part");
                let part = self.parts(event).last_mut().unwrap();
                let annotations = part["annotations"].as_array_mut().unwrap();
                assert_eq!(event["annotation_index"], annotations.len());
                annotations.push(event["annotation"].clone());
            }
            _ => self.text(kind, event),
        }
        assert_eq!(event["item_id"], self.item["id"]);
    }

    /// A piece of a text, or the whole of it.
    fn text(&mut self, kind: &str, event: &Value) {
        let (begin, what) = kind.rsplit_once('.').unwrap();
        let member = match begin {
            "response.output_text" | "response.reasoning_summary_text" => "text",
            "response.refusal" => "refusal",
            "response.function_call_arguments" => "arguments",
            "response.custom_tool_call_input" => "input",
            other => panic!("{other}"),
        };
        let is_call = matches!(member, "arguments" | "input");
        assert!(is_call || self.part, "{kind} outside a part");
        let holder = if is_call {
            &mut self.item
        } else {
            self.parts(event).last_mut().unwrap()
        };
        if what == "done" {
            assert_eq!(holder[member], event[member]);
        } else {
            let piece = event["delta"].as_str().unwrap();
            assert!(!piece.is_empty());
            holder[member] = (holder[member].as_str().unwrap().to_owned() + piece).into();
        }
    }

    fn parts(&mut self, event: &Value) -> &mut Vec<Value> {
        let (member, index) = match event["summary_index"].as_u64() {
            Some(index) => ("summary", index),
            None => ("content", event["content_index"].as_u64().unwrap()),
        };
        let parts = self.item[member].as_array_mut().unwrap();
        assert!(index <= parts.len() as u64);
        parts
    }

    /// The whole item says what its pieces did.
    fn end(&mut self, whole: &Value) {
        let mut expected = whole.clone();
        let members = expected.as_object_mut().unwrap();
        members.remove("encrypted_content");
        members.insert("status".to_owned(), self.item["status"].clone());
        if self.item["status"].is_null() {
            members.remove("status");
        }
        assert_eq!(with_late(&self.item, &expected), expected);
        assert_ne!(whole["status"], "in_progress");
        self.done = Some(whole.clone());
    }
}
