//! The probabilities of tokens.
//!
//! Sources: <https://ai.google.dev/api/generate-content#LogprobsResult>; `logprobs` in
//! <https://platform.openai.com/docs/api-reference/chat/object>.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bounds::long_list;
use crate::json::raw::ObjectOf;
use crate::json::{List, Object};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told<'a> {
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    token: &'a RawValue,
    #[serde(borrow)]
    logprob: &'a RawValue,
    #[serde(borrow, default)]
    top_logprobs: Option<&'a RawValue>,
}

/// The tokens that have not gone out.
#[derive(Debug, Default)]
pub(super) struct Logprobs {
    chosen: List,
    top: List,
    has_top: bool,
}

// === impl Logprobs ===

impl Logprobs {
    /// True if all have gone out.
    pub(super) fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// Takes in OpenAI's `logprobs` of a choice. What is not of its shape says nothing.
    pub(super) fn take_in(&mut self, logprobs: &RawValue) {
        let told: Option<ObjectOf<Told<'_>>> = serde_json::from_str(logprobs.get()).ok();
        let content = told.and_then(|ObjectOf(told)| told.content);
        for token in content.map(tokens).unwrap_or_default() {
            self.chosen.push(candidate(&token));
            let mut candidates = List::default();
            for other in token.top_logprobs.map(tokens).unwrap_or_default() {
                candidates.push(candidate(&other));
            }
            self.has_top |= !candidates.is_empty();
            self.top
                .push_object(|step| step.raw("candidates", candidates.into_text()));
        }
    }

    /// Writes `logprobsResult`, if there is any.
    pub(super) fn write(&mut self, candidate: &mut Object<'_>) {
        let Self { chosen, top, has_top } = std::mem::take(self);
        if chosen.is_empty() {
            return;
        }
        candidate.object("logprobsResult", |result| {
            if has_top {
                result.raw("topCandidates", top.into_text());
            }
            result.raw("chosenCandidates", chosen.into_text());
        });
    }
}

fn tokens(list: &RawValue) -> Vec<Entry<'_>> {
    let listed = long_list(list).unwrap_or_default().into_iter();
    let tokens = listed.filter_map(|token| serde_json::from_str::<ObjectOf<Entry<'_>>>(token.get()).ok());
    tokens.map(|ObjectOf(token)| token).collect()
}

fn candidate(entry: &Entry<'_>) -> Vec<u8> {
    Object::text(|candidate| {
        candidate.raw("token", entry.token.get());
        candidate.raw("logProbability", entry.logprob.get());
    })
}
