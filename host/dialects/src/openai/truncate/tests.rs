//! Conversations that are too long, by example and at random.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{MOST, Members, reserved_output, shorten, truncate};

/// A message of `size` tokens.
fn sized(role: &str, size: usize) -> String {
    let empty = json!({ "role": role, "content": "" }).to_string();
    let content = "x".repeat(size * 4 - empty.len());
    json!({ "role": role, "content": content }).to_string()
}

fn list(messages: &[String]) -> String {
    format!("[{}]", messages.join(","))
}

fn roles(messages: &str) -> Vec<String> {
    let messages: Vec<Value> = serde_json::from_str(messages).unwrap();
    let role = |message: &Value| message["role"].as_str().unwrap().to_owned();
    messages.iter().map(role).collect()
}

fn calling(ids: &[&str]) -> String {
    let call = |id: &&str| json!({ "id": id, "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let calls: Vec<Value> = ids.iter().map(call).collect();
    json!({ "role": "assistant", "content": null, "tool_calls": calls }).to_string()
}

fn result(id: &str) -> String {
    json!({ "role": "tool", "tool_call_id": id, "content": "42" }).to_string()
}

#[test]
fn a_conversation_that_fits_is_left_alone() {
    let messages = list(&[sized("system", 20), sized("user", 20), sized("user", 20)]);
    assert_eq!(truncate(&messages, 60), None);
    assert!(truncate(&messages, 59).is_some());
}

#[test]
fn the_oldest_messages_go_and_what_stays_is_verbatim() {
    let system = "{ \"role\":\"system\" , \"content\":\"Be\\u0020brief.\" }";
    let last = "{\"content\" : \"Hi\", \"role\":\"user\", \"x\":[1,  2]}";
    let messages = format!(
        "[ {},\n {system}, {}, {last} ]",
        sized("user", 50),
        sized("assistant", 50)
    );
    assert_eq!(
        truncate(&messages, 40),
        Some(format!("[{system},{last}]")),
        "the system message stays where it is among those that stay"
    );
}

#[test]
fn instructions_use_up_the_budget_first_and_stay_even_beyond_it() {
    let messages = list(&[
        sized("developer", 40),
        sized("user", 20),
        sized("user", 20),
        sized("system", 40),
    ]);
    for budget in [0, 90, 100] {
        let kept = truncate(&messages, budget).unwrap();
        assert_eq!(roles(&kept), ["developer", "user", "system"], "{budget}");
    }
}

#[test]
fn the_newest_message_stays_though_it_does_not_fit() {
    let messages = list(&[sized("user", 20), sized("user", 200)]);
    assert_eq!(truncate(&messages, 10), Some(list(&[sized("user", 200)])));
    assert_eq!(truncate(&list(&[sized("user", 200)]), 10), None);
}

#[test]
fn no_older_message_is_kept_behind_one_that_is_too_long() {
    let messages = list(&[sized("user", 20), sized("user", 200), sized("user", 20)]);
    assert_eq!(truncate(&messages, 100), Some(list(&[sized("user", 20)])));
}

#[test]
fn at_most_fifty_messages_stay_however_short() {
    let messages: Vec<String> = (0..60)
        .map(|n| json!({ "role": "user", "content": n }).to_string())
        .collect();
    let kept = truncate(&list(&messages), 1_000_000).unwrap();
    assert_eq!(kept, list(&messages[10..]));
    assert_eq!(truncate(&list(&messages[10..]), 1_000_000), None);
}

#[test]
fn a_call_goes_if_one_of_its_results_does_not_fit() {
    let round = [calling(&["a", "b"]), result("a"), result("b"), sized("user", 20)];
    let length = list(&round).len() as u64 / 4;
    let messages = list(&[&[sized("user", 20)][..], &round].concat());
    assert_eq!(truncate(&messages, length + 3).unwrap(), list(&round), "all of it fits");
    assert_eq!(
        truncate(&messages, length - 20).unwrap(),
        list(&round[3..]),
        "the call does not fit, though its results would"
    );
}

#[test]
fn results_at_the_end_keep_their_call_whatever_it_takes() {
    let ids: Vec<String> = (0..60).map(|n| format!("call_{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut round = vec![calling(&ids)];
    round.extend(ids.iter().map(|id| result(id)));
    let messages = list(&[&[sized("user", 20)][..], &round].concat());
    assert_eq!(truncate(&messages, 10), Some(list(&round)));
}

#[test]
fn ids_that_come_again_in_each_turn_mean_the_nearest_call() {
    let round = [calling(&["0"]), result("0")];
    let messages = list(&[&round[..], &[sized("user", 20)], &round].concat());
    assert_eq!(truncate(&messages, 1), Some(list(&round)));
}

#[test]
fn what_lies_between_a_call_and_its_result_stays_with_them() {
    let late = [calling(&["a"]), sized("user", 200), result("a")];
    let messages = list(&[&[sized("user", 20)][..], &late].concat());
    assert_eq!(truncate(&messages, 30), Some(list(&late)));
}

#[test]
fn functions_are_tools_too() {
    let call = json!({ "role": "assistant", "function_call": { "name": "f", "arguments": "{}" } });
    let result = json!({ "role": "function", "name": "f", "content": "42" });
    let round = [call.to_string(), result.to_string()];
    let messages = list(&[&[sized("user", 20)][..], &round].concat());
    assert_eq!(truncate(&messages, 1), Some(list(&round)));
}

#[test]
fn what_is_no_conversation_is_left_to_the_upstream() {
    for text in ["{}", "[", "\"hi\"", "[]", "[7]"] {
        assert_eq!(truncate(text, 0), None, "{text}");
    }
    assert_eq!(
        truncate(r#"[7,{"role":7},{"tool_calls":7,"content":1}]"#, 1).as_deref(),
        Some(r#"[{"tool_calls":7,"content":1}]"#)
    );
}

#[test]
fn the_answer_gets_the_room_that_the_client_allows_it() {
    for (request, room) in [
        (r#"{"max_tokens":100}"#, 100),
        (r#"{"max_tokens":100,"max_completion_tokens":200}"#, 200),
        (r#"{"max_tokens":50000}"#, 50_000),
        (r#"{"max_tokens":null}"#, 1024),
        (r#"{"max_tokens":"many"}"#, 1024),
        ("{}", 1024),
    ] {
        let request = Members::of(request).unwrap();
        assert_eq!(reserved_output(&request, 8000), room);
    }
    let request = Members::parse(b"{}").unwrap();
    assert_eq!(reserved_output(&request, 2000), 500);
}

#[test]
fn a_request_keeps_everything_but_its_oldest_messages() {
    let (old, new) = (sized("user", 300), sized("user", 20));
    // Of a key that is given twice only the last counts, and only that one goes out.
    let body = format!(r#"{{ "messages":[7], "max_tokens": 100,"messages" : [{old},{new}], "x":1.0 }}"#);
    let shortened = shorten(body.as_bytes(), 200).unwrap();
    assert_eq!(
        String::from_utf8(shortened).unwrap(),
        format!(r#"{{"max_tokens": 100,"messages" : [{new}], "x":1.0 }}"#)
    );
    assert_eq!(shorten(body.as_bytes(), 1000), None);
    for text in ["{}", "[", r#"{"messages":7}"#] {
        assert_eq!(shorten(text.as_bytes(), 0), None, "{text}");
    }
}

/// Messages of one kind that belong together, as a well-formed conversation has them.
fn any_part() -> impl Strategy<Value = Vec<Value>> {
    let role = prop::sample::select(vec!["system", "developer", "user", "assistant"]);
    let content = "[a-z \"]{0,80}";
    let said = (role, content).prop_map(|(role, content)| vec![json!({ "role": role, "content": content })]);
    // Ids from a small set, so that many are used again.
    let ids = prop::collection::btree_set("[a-d]", 1..4);
    let round = (ids, content, any::<bool>()).prop_map(|(ids, content, aside)| {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut round: Vec<Value> = vec![serde_json::from_str(&calling(&ids)).unwrap()];
        if aside {
            round.push(json!({ "role": "user", "content": content }));
        }
        let result = |id: &&str| json!({ "role": "tool", "tool_call_id": id, "content": content });
        round.extend(ids.iter().map(result));
        round
    });
    prop_oneof![3 => said, 2 => round]
}

fn any_conversation() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(any_part(), 0..40).prop_map(|parts| parts.concat())
}

fn instructs(message: &Value) -> bool {
    message["role"] == "system" || message["role"] == "developer"
}

fn parted(messages: &[Value]) -> (Vec<Value>, Vec<Value>) {
    messages.iter().cloned().partition(instructs)
}

/// Fails unless every result follows a call that waits for it, and no call is left waiting.
fn demand_paired(messages: &[Value]) -> Result<(), TestCaseError> {
    let mut open: Vec<&Value> = Vec::new();
    for message in messages {
        let calls = message["tool_calls"].as_array();
        open.extend(calls.into_iter().flatten().map(|call| &call["id"]));
        if message["role"] == "tool" {
            let place = open.iter().position(|id| **id == message["tool_call_id"]);
            prop_assert!(place.is_some(), "no call for {message}");
            open.remove(place.unwrap());
        }
    }
    prop_assert!(open.is_empty(), "no results for {open:?}");
    Ok(())
}

proptest! {
    #[test]
    fn the_instructions_and_the_newest_of_the_others_stay(
        messages in any_conversation(),
        budget in 0_u64..3000,
    ) {
        let text = Value::from(messages.clone()).to_string();
        let kept = truncate(&text, budget);
        prop_assert_ne!(kept.as_ref(), Some(&text));
        let kept: Vec<Value> = serde_json::from_str(kept.as_ref().unwrap_or(&text)).unwrap();
        let ((instructions, others), (kept_instructions, kept_others)) =
            (parted(&messages), parted(&kept));
        prop_assert_eq!(kept_instructions, instructions);
        prop_assert!(others.ends_with(&kept_others));
        prop_assert_eq!(kept_others.is_empty(), others.is_empty());
        prop_assert!(kept_others.len() <= MOST);
        demand_paired(&kept_others)?;
    }

    #[test]
    fn a_conversation_that_was_shortened_is_short_enough(
        messages in any_conversation(),
        budget in 0_u64..3000,
    ) {
        if let Some(kept) = truncate(&Value::from(messages).to_string(), budget) {
            prop_assert_eq!(truncate(&kept, budget), None);
        }
    }

    #[test]
    fn any_text_is_shortened_to_json_or_left_alone(
        text in "[\\[\\]{}\",:a-c1 ]{0,40}",
        budget in 0_u64..10,
    ) {
        if let Some(kept) = truncate(&text, budget) {
            prop_assert!(serde_json::from_str::<Vec<Value>>(&kept).is_ok());
        }
    }
}
