//! Moderation: a text is harmful if it says so itself.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::{Extra, Judgement, Moderation, ModerationRequest};

use crate::digest;

/// The kinds of harm that are judged. A text that has the word is of that kind.
const CATEGORIES: [&str; 3] = ["harassment", "hate", "violence"];

/// The complete reply.
pub fn answer(request: &ModerationRequest, model: &str) -> Moderation {
    let texts = request.texts();
    let digest = digest::of([model].into_iter().chain(texts.iter().map(String::as_str)));
    Moderation {
        id: digest::id("modr", digest),
        model: model.to_owned(),
        results: texts.iter().map(|text| judged(text)).collect(),
        extra: Extra::new(),
    }
}

fn judged(text: &str) -> Judgement {
    let text = text.to_lowercase();
    let kinds = CATEGORIES.map(|kind| (kind.to_owned(), text.contains(kind)));
    let scores = kinds.clone().map(|(kind, is)| (kind, if is { 1.0 } else { 0.0 }));
    Judgement {
        flagged: kinds.iter().any(|(_, is)| *is),
        categories: BTreeMap::from(kinds),
        category_scores: BTreeMap::from(scores),
        extra: Extra::new(),
    }
}
