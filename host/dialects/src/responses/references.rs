//! Items that a client names by their ids, because it believes that they are stored.

use std::sync::Arc;

use memchr::memmem;

use crate::json::block::Block;
use crate::json::fields::{entries, given};
use crate::json::text::text;
use crate::json::{List, Members};

/// The request with the items that `find` knows in place of their ids; `None` if it knows none. Ids that nobody knows stay,
/// and are refused later.
pub(super) fn recalled(request: &Members<'_>, find: &dyn Fn(&str) -> Option<Arc<[u8]>>) -> Option<Vec<u8>> {
    // A large conversation is not worth a parse unless the word is there at all.
    let input =
        given(request, "input").filter(|input| memmem::find(input.as_bytes(), b"\"item_reference\"").is_some())?;
    let (mut list, mut changed) = (List::default(), false);
    for raw in entries(input)? {
        let item = Block::read(raw, "type")
            .ok()
            .filter(|item| item.kind == "item_reference");
        let id: Option<String> = item.and_then(|item| serde_json::from_str(item.get("id")?).ok());
        match id.and_then(|id| find(&id)) {
            Some(known) => {
                list.push(&known);
                changed = true;
            }
            None => list.push(raw.get()),
        }
    }
    let input = String::from_utf8(list.into_text()).ok().filter(|_| changed)?;
    Some(request.with(&[("input", Some(&input))]))
}

/// The items of a response with their ids.
pub(super) fn items(reply: &[u8]) -> Vec<(String, Vec<u8>)> {
    let Ok(reply) = Members::parse(reply) else {
        return Vec::new();
    };
    let output = given(&reply, "output").and_then(entries).unwrap_or_default();
    let named = output.into_iter().filter_map(|item| {
        let members = Members::of(item.get()).ok()?;
        Some((text(members.get("id")?)?, item.get().into()))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::{items, recalled};
    use crate::json::Members;

    #[test]
    fn ids_of_items_that_are_known_become_the_items() {
        let request = br#"{"model":"m","input":[{"role":"user"},{"type":"item_reference","id":"msg_1"},{"type":"item_reference","id":"msg_2"}]}"#;
        let members = Members::parse(request).unwrap();
        let known = |id: &str| (id == "msg_1").then(|| br#"{"type":"message"}"#[..].into());
        let text = recalled(&members, &known).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            r#"{"model":"m","input":[{"role":"user"},{"type":"message"},{"type":"item_reference","id":"msg_2"}]}"#
        );
        assert_eq!(recalled(&members, &|_| None), None);
        let plain = Members::parse(br#"{"input":"item_reference"}"#).unwrap();
        assert_eq!(recalled(&plain, &|_| panic!("nothing is looked up")), None);
    }

    #[test]
    fn the_items_of_a_response_are_known_by_their_ids() {
        let reply = br#"{"output":[{"id":"a","x":1},{"x":2},7]}"#;
        assert_eq!(items(reply), [("a".to_owned(), br#"{"id":"a","x":1}"#.to_vec())]);
        assert!(items(b"{}").is_empty() && items(b"").is_empty());
    }
}
