//! Tests of arguments that arrive one by one.

use jackfield_plugin_sdk::canonical::Json;
use serde_json::{Value, json};

use super::*;

/// The text that the pieces become; the state goes through JSON after each, as between two calls.
fn text(pieces: &[Value]) -> Result<String, Failure> {
    let (mut arguments, mut text) = (Arguments::default(), String::new());
    for piece in pieces {
        arguments.push(&Json::of(piece).read().unwrap(), &mut text)?;
        arguments = serde_json::from_value(serde_json::to_value(arguments).unwrap()).unwrap();
    }
    Ok(text + &arguments.finish())
}

#[test]
fn values_become_an_object_in_the_order_in_which_they_come() {
    let text = text(&[
        json!({"jsonPath": "$.name", "stringValue": "Las", "willContinue": true}),
        json!({"jsonPath": "$.name", "stringValue": "ag\"na", "willContinue": true}),
        json!({"jsonPath": "$.name", "stringValue": ""}),
        json!({"jsonPath": "$.items[0].price", "numberValue": 0.50}),
        json!({"jsonPath": "$.items[0].tags[0]", "stringValue": "a"}),
        json!({"jsonPath": "$.items[0].tags[1]", "stringValue": "b"}),
        json!({"jsonPath": "$.items[1].price", "nullValue": "NULL_VALUE"}),
        json!({"jsonPath": "$['odd.name']", "boolValue": false}),
        json!({"jsonPath": "$[\"deep\"][0][0]", "numberValue": 1}),
    ])
    .unwrap();
    assert_eq!(
        text,
        r#"{"name":"Lasag\"na","items":[{"price":0.5,"tags":["a","b"]},{"price":null}],"odd.name":false,"deep":[[1]]}"#
    );
}

#[test]
fn no_value_is_an_empty_object() {
    assert_eq!(text(&[]).unwrap(), "{}");
}

#[test]
fn a_string_that_is_not_closed_is_closed_by_the_next_value_or_the_end() {
    let open = |path: &str| json!({"jsonPath": path, "stringValue": "x", "willContinue": true});
    assert_eq!(text(&[open("$.a"), open("$.b")]).unwrap(), r#"{"a":"x","b":"x"}"#);
}

#[test]
fn an_empty_string_is_one() {
    assert_eq!(
        text(&[json!({"jsonPath": "$.a", "stringValue": ""})]).unwrap(),
        r#"{"a":""}"#
    );
    assert_eq!(
        text(&[json!({"jsonPath": "$.a", "stringValue": "\"\""})]).unwrap(),
        r#"{"a":"\"\""}"#
    );
}

#[test]
fn what_leads_back_or_nowhere_fails() {
    let value = |path: &str| json!({"jsonPath": path, "numberValue": 1});
    for paths in [
        &["$.a", "$.a"][..],
        &["$.a.x", "$.b", "$.a.y"],
        &["$.a.x", "$.a"],
        &["$.a[0]", "$.a.x"],
        &["$.a[0]", "$.a[2]"],
        &["$.a[1]"],
        &["$[0]"],
        &["$"],
        &["a"],
        &["$.a[x]"],
        &["$.a["],
    ] {
        let pieces: Vec<Value> = paths.iter().map(|path| value(path)).collect();
        assert!(text(&pieces).is_err(), "{paths:?}");
    }
}
