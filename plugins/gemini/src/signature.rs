//! Signatures of thoughts with their place in the reply, in a form that clients can return.
//!
//! The API signs parts of a reply, and wants each signature back at the same part. A signature that leaves the adapter
//! names its origin (`canonical::signature`) and that part: `jackfield.gemini.call-0.CiQB…`. AI Studio and Vertex AI are
//! two origins, because neither accepts the other's signatures.
//!
//! Source: <https://ai.google.dev/gemini-api/docs/thought-signatures>.

use jackfield_plugin_sdk::canonical::{Extra, Json, signature};

use crate::settings::Settings;

/// What the vendor documents for calls that a model without signatures made: the API does not check it.
///
/// Source: "FAQs" on the same page, and
/// <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures>.
pub(crate) const UNCHECKED: &str = "skip_thought_signature_validator";

/// The part that a signature belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The thought itself.
    Thought,
    /// The text, up to this number of characters from its beginning.
    Text(usize),
    /// A tool call, by its index.
    Call(usize),
    /// An image, by its index.
    Image(usize),
    /// A part of another kind, which carries its own signature.
    Part,
}

/// The origin's name in signatures.
pub(crate) fn origin(settings: &Settings) -> &'static str {
    if settings.vertex.is_some() { "vertex" } else { "gemini" }
}

/// The signature in the form that clients get.
pub(crate) fn carried(origin: &str, place: Place, signature: &str) -> String {
    let place = match place {
        Place::Thought => "thought".to_owned(),
        Place::Text(end) => format!("text-{end}"),
        Place::Call(index) => format!("call-{index}"),
        Place::Image(index) => format!("image-{index}"),
        Place::Part => "part".to_owned(),
    };
    signature::mark(origin, &format!("{place}.{signature}"))
}

/// The vendor's signature and its place, if it is one of this origin.
pub(crate) fn returned<'a>(origin: &str, carried: &'a str) -> Option<(Place, &'a str)> {
    let (place, signature) = signature::own(origin, carried)?.split_once('.')?;
    let number = |name: &str| place.strip_prefix(name)?.strip_prefix('-')?.parse().ok();
    let place = match place {
        "thought" => Place::Thought,
        "part" => Place::Part,
        _ => (number("text").map(Place::Text))
            .or_else(|| number("call").map(Place::Call))
            .or_else(|| number("image").map(Place::Image))?,
    };
    (!signature.is_empty()).then_some((place, signature))
}

/// The member under which Google's own OpenAI-compatible API carries a signature.
///
/// Source: "OpenAI compatibility" on the same page.
pub(crate) const EXTRA_CONTENT: &str = "extra_content";

/// The value of that member.
pub(crate) fn extra_content(carried: &str) -> Json {
    let (mut google, mut content) = (Extra::new(), Extra::new());
    google.insert("thought_signature", carried);
    content.insert("google", google);
    content.into()
}

/// The vendor's signature in that member. One without a mark comes from Google's own OpenAI-compatible API.
pub(crate) fn of_extra_content(origin: &str, members: &Extra) -> Option<(Option<Place>, String)> {
    let google: Extra = members.read::<Extra>(EXTRA_CONTENT)?.read("google")?;
    let carried = google.text("thought_signature").filter(|text| !text.is_empty())?;
    if !signature::is_marked(&carried) {
        return Some((None, carried));
    }
    returned(origin, &carried).map(|(place, signature)| (Some(place), signature.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_comes_back_with_its_place() {
        for place in [
            Place::Thought,
            Place::Text(12),
            Place::Call(3),
            Place::Image(0),
            Place::Part,
        ] {
            let carried = carried("gemini", place, "Ci+/==");
            assert_eq!(returned("gemini", &carried), Some((place, "Ci+/==")));
            assert_eq!(returned("vertex", &carried), None);
        }
        assert_eq!(carried("gemini", Place::Call(1), "x"), "jackfield.gemini.call-1.x");
    }

    #[test]
    fn what_is_not_of_this_form_is_not_ours() {
        for text in [
            "CiQB",
            "jackfield.gemini.CiQB",
            "jackfield.gemini.call-x.CiQB",
            "jackfield.gemini.call-1.",
        ] {
            assert_eq!(returned("gemini", text), None, "{text}");
        }
    }

    #[test]
    fn googles_own_form_may_be_marked_or_not() {
        let members = |signature: &str| {
            let mut members = Extra::new();
            members.insert(EXTRA_CONTENT, extra_content(signature));
            of_extra_content("gemini", &members)
        };
        assert_eq!(members("CiQB"), Some((None, "CiQB".to_owned())));
        assert_eq!(
            members("jackfield.gemini.call-0.CiQB"),
            Some((Some(Place::Call(0)), "CiQB".to_owned()))
        );
        assert_eq!(members("jackfield.vertex.call-0.CiQB"), None);
        assert_eq!(members(""), None);
    }
}
