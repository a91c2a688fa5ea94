//! Splicing against the texts it must not touch, and against serde as the judge of the meaning.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{Edit, set_members};
use crate::json::Members;

fn patched(object: &str, patch: &str) -> String {
    let patch = Members::of(patch).unwrap();
    text(Members::of(object).unwrap().patch(&patch))
}

fn without(object: &str, keys: &[&str]) -> String {
    text(Members::of(object).unwrap().without(keys))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn fault(text: &[u8]) -> String {
    Members::parse(text).unwrap_err().to_string()
}

#[test]
fn a_member_is_found_by_its_decoded_key() {
    let members = Members::parse(br#"{"a" : 1, "b\u0063": [ 2 ]}"#).unwrap();
    assert_eq!(members.get("a").unwrap().get(), "1");
    assert_eq!(members.get("bc").unwrap().get(), "[ 2 ]");
    assert!(members.get("b").is_none());
}

#[test]
fn a_fault_names_its_place() {
    assert_eq!(fault(b"{\"a\":1,\n \"b\":}"), "expected value at line 2 column 6");
    assert_eq!(
        fault(b"[1]"),
        "invalid type: sequence, expected a JSON object at line 1 column 0"
    );
    assert_eq!(fault(b"{} x"), "trailing characters at line 1 column 4");
    assert_eq!(fault(b"{1:2}"), "key must be a string at line 1 column 2");
    assert_eq!(fault(b"{\"a\":\n\"\xFF\"}"), "the text is not UTF-8 at line 2 column 2");
    assert!(fault(b"{\n\"\\ud800\":1}").ends_with("at line 2 column 1"));
}

#[test]
fn a_deeply_nested_value_is_no_danger() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(without(&deep, &["a"]), "{}");
}

#[test]
fn members_left_out_take_their_comma_with_them() {
    let object = "{ \"a\": 1 ,\n\"b\": 2,  \"c\": [ 3 ] }";
    assert_eq!(without(object, &[]), object);
    assert_eq!(without(object, &["a"]), "{\"b\": 2,  \"c\": [ 3 ] }");
    assert_eq!(without(object, &["b"]), "{ \"a\": 1,\"c\": [ 3 ] }");
    assert_eq!(without(object, &["c"]), "{ \"a\": 1 ,\n\"b\": 2}");
    assert_eq!(without(object, &["a", "b", "c"]), "{}");
    assert_eq!(without("{}", &["a"]), "{}");
}

#[test]
fn a_patch_replaces_removes_and_appends() {
    let object = "{ \"a\": 1.0, \"b\" : {\"x\": 1e5}, \"c\":3 }";
    assert_eq!(patched(object, "{}"), object);
    assert_eq!(patched(object, r#"{"a":null}"#), "{\"b\" : {\"x\": 1e5}, \"c\":3 }");
    assert_eq!(
        patched(object, r#"{"d": 4,"b":{"y":null},"e":null}"#),
        "{ \"a\": 1.0, \"b\" : {\"y\":null}, \"c\":3,\"d\": 4 }"
    );
    assert_eq!(patched("{ }", r#"{"a":1,"b":2}"#), r#"{"a":1,"b":2}"#);
    assert_eq!(patched(r#"{"a":1}"#, r#"{"a":null,"b":2}"#), r#"{"b":2}"#);
    assert_eq!(patched(r#"{"\u0061":1}"#, r#"{"a":2}"#), r#"{"\u0061":2}"#);
}

#[test]
fn edits_of_members_replace_remove_and_append() {
    let members = Members::parse(br#"{ "a":1, "b" : 2,"a":3 }"#).unwrap();
    for (edits, edited) in [
        (&[][..], r#"{"b" : 2,"a":3 }"#),
        (&[("a", Some("[]"))], r#"{"b" : 2,"a":[] }"#),
        (&[("b", None), ("x", None)], r#"{"a":3 }"#),
        (&[("x", Some("7")), ("a", None)], r#"{"b" : 2,"x":7}"#),
        (&[("a", None), ("b", None)], "{}"),
    ] {
        assert_eq!(text(members.with(edits)), edited, "{edits:?}");
    }
}

#[test]
fn of_a_key_given_twice_only_the_last_survives() {
    let object = r#"{"a":1,"b":2,"\u0061":3}"#;
    assert_eq!(Members::of(object).unwrap().get("a").unwrap().get(), "3");
    assert_eq!(without(object, &[]), r#"{"b":2,"\u0061":3}"#);
    assert_eq!(patched(object, r#"{"a":4}"#), r#"{"b":2,"\u0061":4}"#);
    assert_eq!(patched("{}", object), r#"{"b":2,"\u0061":3}"#);
    let often = br#"{"a":1,"a":2,"a":3,"a":4,"a":5,"b":6}"#;
    assert_eq!(Members::parse(often).unwrap().get("a").unwrap().get(), "5");
}

#[test]
fn a_patched_body_is_allocated_once() {
    let object = format!("{{\"a\":1,\"b\":\"{}\"}}", "x".repeat(10_000));
    let members = Members::of(&object).unwrap();
    let patched = members.patch(&Members::parse(br#"{"a":22}"#).unwrap());
    assert_eq!(patched.capacity(), patched.len());
}

#[test]
fn set_members_replaces_in_place_and_adds_before_the_end() {
    let object = "{ \"a\": 1, \"b\": 2 }\n";
    let edit = |key, at, value| Edit { key, at, value };
    let mut out = b"> ".to_vec();
    let edits = [
        edit("b", Some(15..16), "two"),
        edit("c", None, "3"),
        edit("a", Some(7..8), "one"),
    ];
    set_members(object, &edits, &mut out);
    assert_eq!(text(out), "> { \"a\": one, \"b\": two ,\"c\":3}\n");
    let mut out = Vec::new();
    set_members("{ }", &[edit("a", None, "1"), edit("b", None, "2")], &mut out);
    assert_eq!(text(out), "{ \"a\":1,\"b\":2}");
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a\"\\\\{},: \n\u{e9}]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[ab\"]{0,2}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::hash_map("[abc\"\\\\]{0,2}", any_value(), 0..6).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #[test]
    fn a_patch_means_what_rfc_7396_says_of_the_top_level(
        object in any_object(),
        patch in any_object(),
        pretty in any::<bool>(),
    ) {
        let write = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
        let merged = patched(&write(&object).unwrap(), &write(&patch).unwrap());
        let mut expected = object;
        for (key, value) in patch {
            if value.is_null() {
                expected.shift_remove(&key);
            } else {
                expected.insert(key, value);
            }
        }
        let merged: Map<String, Value> = serde_json::from_str(&merged).unwrap();
        // As text, so that the members' order counts too.
        prop_assert_eq!(
            serde_json::to_string(&merged).unwrap(),
            serde_json::to_string(&expected).unwrap()
        );
    }

    #[test]
    fn an_empty_patch_changes_no_byte(object in any_object()) {
        let pretty = serde_json::to_string_pretty(&object).unwrap();
        prop_assert_eq!(patched(&pretty, "{}"), pretty);
    }

    #[test]
    fn any_text_is_read_exactly_if_serde_reads_it(object in r#"[{}\[\]":,a1 \\]{0,12}"#) {
        let judge = serde_json::from_str::<Map<String, Value>>(&object);
        prop_assert_eq!(Members::of(&object).is_ok(), judge.is_ok());
    }
}
