//! What holds for any chunk and any stream.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{push, reader};
use crate::reader::StreamReader;

fn any_text() -> impl Strategy<Value = String> {
    "[a-z\"\\\\{}: \n\u{e9}\u{1F600}]{0,8}"
}

/// A chunk with members that nobody knows, at all levels.
fn any_chunk() -> impl Strategy<Value = Value> {
    let unknown = prop::collection::hash_map("x_[a-z\"]{0,3}", any_text(), 0..4);
    (any_text(), prop::option::of(any_text()), unknown).prop_map(|(content, model, unknown)| {
        let mut chunk: Map<String, Value> = unknown
            .iter()
            .map(|(key, value)| (key.clone(), value.clone().into()))
            .collect();
        if let Some(model) = model {
            chunk.insert("model".to_owned(), model.into());
        }
        chunk.insert("created".to_owned(), json!(1));
        let delta = json!({ "content": content, "x": unknown });
        chunk.insert(
            "choices".to_owned(),
            json!([{ "index": 0, "delta": delta, "y": [1.5] }]),
        );
        Value::Object(chunk)
    })
}

proptest! {
    #[test]
    fn a_chunk_goes_through_but_for_its_model(chunk in any_chunk()) {
        let text = chunk.to_string();
        let expected = match chunk.get("model") {
            Some(model) => text.replacen(&format!("\"model\":{model}"), "\"model\":\"route/m\"", 1),
            None => text.strip_suffix('}').unwrap().to_owned() + ",\"model\":\"route/m\"}",
        };
        prop_assert_eq!(push(&text), format!("data: {expected}\n\n"));
    }

    #[test]
    fn a_stream_ends_well_exactly_if_every_choice_is_finished(
        steps in prop::collection::vec((0_u64..3, any::<bool>()), 0..8),
        done in any::<bool>(),
    ) {
        let (mut reader, mut out) = (reader(false), Vec::new());
        for (index, finish) in &steps {
            let reason = finish.then_some("stop");
            let choice = json!({ "index": index, "delta": {}, "finish_reason": reason });
            let chunk = json!({ "choices": [choice] }).to_string();
            reader.push(chunk.as_bytes(), &mut out).unwrap();
        }
        if done {
            reader.push(b"[DONE]", &mut out).unwrap();
        }
        let finished = |index| steps.contains(&(index, true));
        let complete = !steps.is_empty() && steps.iter().all(|(index, _)| finished(*index));
        prop_assert_eq!(reader.finish(1, &mut out).is_ok(), complete);
        let out = String::from_utf8(out).unwrap();
        prop_assert_eq!(out.ends_with("data: [DONE]\n\n"), complete);
        prop_assert_eq!(out.matches("latency_ms").count(), usize::from(complete));
        if complete {
            prop_assert_eq!(out.matches("data: {").count(), steps.len());
        }
    }

    #[test]
    fn any_bytes_are_written_as_one_valid_event_or_refused(data in "[{}\\[\\]\":,a1 \n]{0,16}") {
        let mut out = Vec::new();
        if reader(false).push(data.as_bytes(), &mut out).is_ok() && !out.is_empty() {
            let out = String::from_utf8(out).unwrap();
            let event = out.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap();
            prop_assert!(!event.contains('\n'));
            prop_assert!(serde_json::from_str::<Map<String, Value>>(event).is_ok());
        } else {
            prop_assert!(out.is_empty());
        }
    }
}
