//! What a request that passes as it is must not hold: thinking that we sealed for another provider, as a signature of the
//! vendor's.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::spelled::{Spelled, spellings, value};
use crate::json::fields::entries;
use crate::json::text::text;
use crate::json::{Edited, Members, Replacement, place_of};
use crate::request::ParsedRequest;
use crate::sealed::{is_mark, is_sealed};
use crate::standard::{Dropped, Standard};

/// What the vendor documents for parts that another model made: the API does not check it.
///
/// Source: <https://ai.google.dev/gemini-api/docs/thought-signatures>, "FAQs".
const UNCHECKED: &str = "\"skip_thought_signature_validator\"";

/// The request with the documented stand-in for every signature of ours; unchanged if it has none.
pub(super) fn without_ours(request: &ParsedRequest<'_>) -> Standard {
    let whole = request.members.text();
    let contents = value(&request.members, "contents").and_then(|contents| entries(contents.get()));
    let ours = contents.unwrap_or_default().into_iter().flat_map(signatures);
    let ours = ours.filter(|signature| text(signature).is_some_and(|signature| is_sealed(&signature)));
    let ours: Vec<&RawValue> = ours.collect();
    let is_lost = |signature: &&RawValue| text(signature).is_some_and(|signature| !is_mark(&signature));
    let loses = ours.iter().any(is_lost);
    let edits: Vec<Replacement<'_>> = ours
        .into_iter()
        .map(|signature| (place_of(whole, signature.get()), Cow::Borrowed(UNCHECKED)))
        .collect();
    if edits.is_empty() {
        return Standard::default();
    }
    let mut dropped = Dropped::default();
    if loses {
        dropped.add("contents[].parts[]", "thoughtSignature");
    }
    Standard {
        text: Some(Edited::within(&request.members, edits).text().to_vec()),
        dropped,
        ..Standard::default()
    }
}

/// The signatures in the parts of a content.
fn signatures(content: &RawValue) -> Vec<&RawValue> {
    let Ok(content) = Spelled::read(content) else {
        return Vec::new();
    };
    let parts = content.value("parts").and_then(|parts| entries(parts.get()));
    let parts = parts.unwrap_or_default().into_iter();
    let found = parts.filter_map(|part| Members::of(part.get()).ok());
    let each = found.flat_map(|part| spellings("thoughtSignature").map(|name| part.get(&name)));
    each.flatten().collect()
}
