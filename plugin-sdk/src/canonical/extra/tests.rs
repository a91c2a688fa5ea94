//! Tests of the members of an object.

use super::{Extra, FEW, Json};

fn extra(text: &str) -> Extra {
    serde_json::from_str(text).unwrap()
}

#[test]
fn members_keep_their_order_and_their_digits() {
    let text = r#"{"z":10.10,"a":[1,2],"m":123456789012345678901234567890}"#;
    assert_eq!(Json::of(&extra(text)).text(), text);
    let through: Extra = extra(text).into_iter().collect();
    assert_eq!(Json::of(&through).text(), text);
}

#[test]
fn the_last_of_two_values_counts_in_the_first_place() {
    assert_eq!(Json::of(&extra(r#"{"a":1,"b":2,"a":3}"#)).text(), r#"{"a":3,"b":2}"#);
}

#[test]
fn many_members_behave_as_a_few() {
    let name = |number: u64| format!("name {number}");
    let few = 2 * FEW as u64;
    let mut members: Extra = (0..few).map(|number| (name(number), Json::from(number))).collect();
    let mut expected: Vec<(String, u64)> = (0..few).map(|number| (name(number), number)).collect();
    for number in [0, 40, few - 1, 40, 7] {
        let removed = members.remove(&name(number)).and_then(|value| value.as_count());
        let place = expected.iter().position(|(other, _)| *other == name(number));
        assert_eq!(removed, place.map(|place| expected.remove(place).1));
    }
    members.insert(name(40), 1_u64);
    members.insert(name(20), 2_u64);
    members.insert_new(name(20), 3_u64);
    expected.push((name(40), 1));
    expected[18].1 = 2;
    members.retain(|name, _| !name.ends_with('1'));
    expected.retain(|(name, _)| !name.ends_with('1'));
    for (name, value) in &expected {
        assert_eq!(members.read(name), Some(*value), "{name}");
    }
    let all: Vec<(String, u64)> = members
        .iter()
        .map(|(name, value)| (name.to_owned(), value.read().unwrap()))
        .collect();
    assert_eq!(all, expected);
    assert_eq!(members.get("name 1"), None);
    while let Some((name, value)) = expected.pop() {
        assert_eq!(members.take(&name), Some(value));
    }
    assert!(members.is_empty());
    members.insert("a", 1_u64);
    assert_eq!(Json::of(&members).text(), r#"{"a":1}"#);
}

/// Without their places each would be compared with all before it, which would take minutes.
#[test]
fn a_hundred_thousand_members_are_read_and_compared_at_once() {
    let members: Vec<String> = (0..100_000)
        .map(|number| format!(r#""{number:06}":{number}"#))
        .collect();
    let text = format!("{{{},{}}}", members.join(","), members.join(","));
    let read = extra(&text);
    assert_eq!((read.len(), read.places.len()), (100_000, 100_000));
    assert_eq!(read.read("099999"), Some(99_999));
    let mut reversed: Vec<_> = read.clone().into_iter().collect();
    reversed.reverse();
    assert_eq!(read, reversed.into_iter().collect());
}

#[test]
fn objects_are_equal_in_any_order() {
    assert_eq!(extra(r#"{"a":1,"b":2}"#), extra(r#"{"b":2,"a":1}"#));
    assert_ne!(extra(r#"{"a":1}"#), extra(r#"{"a":1.0}"#));
}

#[test]
fn a_member_is_taken_in_the_shape_that_is_asked_for() {
    let mut members = extra(r#"{"n":5,"t":"x","u":null}"#);
    assert_eq!(members.take::<u64>("n"), Some(5));
    assert_eq!(members.take_text("t"), "x");
    assert_eq!(members.take_text("u"), "");
    assert!(members.is_empty());
    members.insert_new("a", 1_u64);
    members.insert_new("a", 2_u64);
    assert_eq!((members.text("a"), members.read::<u64>("a")), (None, Some(1)));
}
