//! A reply of images on its way to the client.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bounds::long_list;
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::raw::{even_null, is_given};
use crate::json::{Edit, List, place_of, set_members};
use crate::openai::envelope::{Envelope, Stamp};
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

/// The parts of a reply that must be there, and the one that the host sets.
#[derive(Deserialize)]
struct ImagesReply<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    credits_charged: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Image<'a> {
    #[serde(borrow, default, deserialize_with = "even_null")]
    url: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    b64_json: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    revised_prompt: Option<&'a RawValue>,
}

/// Checks a reply; gives every image its three members, `null` where it has none; sets `model`, `provider`,
/// `credits_charged` (`null`) and a missing `created`, which is in seconds since 1970. All else stays byte for byte.
///
/// # Errors
/// `Malformed` if `body` has no list of images, or one has neither a URL nor data; `Upstream` if it reports an error,
/// whatever the status was.
pub(in crate::openai) fn finish_reply(
    body: &[u8],
    facts: &ReplyFacts<'_>,
) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, envelope) = Envelope::<serde::de::IgnoredAny>::read(body)?;
    let reply: ImagesReply<'_> = serde_json::from_str(text)?;
    let data = reply.data.ok_or_else(|| envelope.without(text, "images"))?;
    let (images, count) = images(data)?;
    let images = String::from_utf8(images).unwrap_or_default();
    let place = |value: &RawValue| place_of(text, value.get());
    let stamp = Stamp::new(facts.model, facts.provider, facts.created);
    let places = envelope.places(text);
    let edits = [
        Edit {
            key: "data",
            at: Some(place(data)),
            value: &images,
        },
        stamp.set_created(text, &places),
        stamp.set_provider(&places),
        stamp.set_model(&places),
        Edit {
            key: "credits_charged",
            at: reply.credits_charged.map(place),
            value: "null",
        },
    ];
    let mut out = Vec::with_capacity(text.len() + images.len() - data.get().len() + 128);
    set_members(text, &edits, &mut out);
    let usage = envelope.usage().map(Usage::from_canonical).unwrap_or_default();
    let usage = Usage {
        images: Some(count),
        ..envelope.served(&usage)
    };
    Ok((out, ReplySummary::of_usage(&usage)))
}

/// The images with all their members, and how many they are.
fn images(data: &RawValue) -> Result<(Vec<u8>, u64), StreamFault> {
    let malformed = |error| StreamFault::malformed(format!("data: {error}"));
    let images: Vec<&RawValue> = long_list(data).map_err(malformed)?;
    if images.is_empty() {
        return Err(StreamFault::malformed("it has no images"));
    }
    let (mut list, count) = (List::default(), images.len() as u64);
    for raw in images {
        // serde would read an array as the struct's fields in order.
        if !raw.get().starts_with('{') {
            return Err(StreamFault::malformed("data: an image is not an object"));
        }
        let image: Image<'_> = serde_json::from_str(raw.get()).map_err(malformed)?;
        list.push(image.whole(raw.get())?);
    }
    Ok((list.into_text(), count))
}

// === impl Image ===

impl Image<'_> {
    /// The image, whose text is `text`, with all its members.
    fn whole(&self, text: &str) -> Result<Vec<u8>, StreamFault> {
        let is_text = |value: &RawValue| value.get().starts_with('"') && is_given(value);
        if ![self.url, self.b64_json].into_iter().flatten().any(is_text) {
            return Err(StreamFault::malformed("data: an image has neither url nor b64_json"));
        }
        let members = [
            ("url", self.url),
            ("b64_json", self.b64_json),
            ("revised_prompt", self.revised_prompt),
        ];
        let missing: Vec<Edit<'_>> = members
            .into_iter()
            .filter(|(_, value)| value.is_none())
            .map(|(key, _)| Edit {
                key,
                at: None,
                value: "null",
            })
            .collect();
        let mut whole = Vec::with_capacity(text.len() + 64);
        set_members(text, &missing, &mut whole);
        Ok(whole)
    }
}
