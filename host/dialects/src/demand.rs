//! What a request may make an upstream charge for: how much output it asks for, and options that cost extra.
//!
//! The vendors' names for the same thing are listed side by side, whatever dialect the request is in: a member that the
//! host does not know travels to the upstream as it came.

mod extras;
mod media;

use crate::json::Members;
use crate::json::fields::{entries, given};
use crate::json::raw::inside;
use crate::operation::Operation;
use crate::request::ParsedRequest;

pub use self::extras::EXTRAS;

/// The members that limit the tokens of an answer.
const LIMITS: [&str; 6] = [
    "max_completion_tokens",
    "max_tokens",
    "max_output_tokens",
    "maxOutputTokens",
    "max_new_tokens",
    "max_tokens_to_sample",
];

/// The members by which a chat asks for several answers at once.
const ANSWERS: [&str; 5] = [
    "n",
    "best_of",
    "num_return_sequences",
    "candidateCount",
    "candidate_count",
];

/// The members that hold such members in some dialects.
const CONFIGS: [&str; 2] = ["generationConfig", "generation_config"];

/// The members by which a request asks for several images.
const IMAGES: [&str; 6] = [
    "n",
    "num_images",
    "num_images_per_prompt",
    "batch_size",
    "samples",
    "sample_count",
];

/// The most answers that are counted. More would only overflow the sums that they are part of.
const MOST_ANSWERS: u64 = 1_000_000;

// === impl ParsedRequest ===

impl ParsedRequest<'_> {
    /// The most tokens that the client wants in an answer: the largest limit that it sets, since an upstream may read
    /// any of them. `None` if it sets none, or only 0, or if answers to the operation have no tokens.
    pub fn max_tokens(&self) -> Option<u64> {
        match self.operation.capability() {
            Operation::Chat | Operation::Completion => largest(&self.members, &LIMITS),
            _ => None,
        }
    }

    /// How many answers the client asks for, each of which counts as a request: at least 1.
    pub fn quantity(&self) -> u64 {
        let keys: &[&str] = match self.operation {
            Operation::Chat | Operation::Completion => &ANSWERS,
            Operation::Images | Operation::ImageEdit | Operation::ImageVariation => &IMAGES,
            _ => &[],
        };
        let each = largest(&self.members, keys).unwrap_or(1);
        each.saturating_mul(self.prompts()).min(MOST_ANSWERS)
    }

    /// How many texts are to be completed, each of which is answered by itself.
    fn prompts(&self) -> u64 {
        let prompts = given(&self.members, "prompt").filter(|_| self.operation == Operation::Completion);
        let entries = prompts.and_then(entries).unwrap_or_default();
        match entries.first() {
            // A list of numbers is one text, as tokens.
            Some(first) if first.get().starts_with(['"', '[']) => entries.len() as u64,
            _ => 1,
        }
    }
}

/// The largest of the numbers that these members hold, wherever they stand, but for 0.
fn largest(members: &Members<'_>, keys: &[&str]) -> Option<u64> {
    let of = |members: &Members<'_>| keys.iter().filter_map(|key| number(given(members, key)?)).max();
    let configs = CONFIGS.iter().filter_map(|key| Members::of(given(members, key)?).ok());
    configs.filter_map(|config| of(&config)).chain(of(members)).max()
}

/// A positive number, also one in a form that a lenient upstream would read: with a fraction, or as a text.
#[expect(clippy::cast_sign_loss, reason = "it is positive, and `as` saturates")]
fn number(value: &str) -> Option<u64> {
    let text = if value.starts_with('"') {
        inside(value).trim()
    } else {
        value
    };
    let whole = text.parse().ok();
    let rounded = || text.parse::<f64>().ok().filter(|number| *number > 0.0);
    whole
        .or_else(|| rounded().map(|number| number.ceil() as u64))
        .filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::{MOST_ANSWERS, Operation};
    use crate::tests::request;

    #[test]
    fn the_largest_limit_counts_and_only_answers_with_tokens_have_one() {
        for (operation, text, limit) in [
            (Operation::Chat, r#"{"max_tokens":5}"#, Some(5)),
            (
                Operation::Chat,
                r#"{"max_tokens":5,"max_completion_tokens":7}"#,
                Some(7),
            ),
            (
                Operation::Chat,
                r#"{"max_tokens":9,"max_completion_tokens":7}"#,
                Some(9),
            ),
            (
                Operation::Chat,
                r#"{"max_tokens":9,"max_completion_tokens":0}"#,
                Some(9),
            ),
            (
                Operation::Chat,
                r#"{"max_tokens":5,"max_completion_tokens":null}"#,
                Some(5),
            ),
            (Operation::Chat, r#"{"max_tokens":1,"max_new_tokens":8}"#, Some(8)),
            (Operation::Chat, r#"{"max_tokens":0}"#, None),
            (Operation::Chat, r#"{"max_tokens":-5}"#, None),
            (Operation::Chat, r#"{"max_tokens":"many"}"#, None),
            (Operation::Chat, r#"{"max_tokens":" 12 "}"#, Some(12)),
            (Operation::Chat, r#"{"max_tokens":2.5e1}"#, Some(25)),
            (Operation::Chat, r#"{"max_tokens":1e300}"#, Some(u64::MAX)),
            (Operation::CountTokens, r#"{"max_tokens":5}"#, Some(5)),
            (Operation::Completion, r#"{"max_tokens":5}"#, Some(5)),
            (Operation::Embeddings, r#"{"max_tokens":5}"#, None),
            (
                Operation::Chat,
                r#"{"generationConfig":{"maxOutputTokens":5}}"#,
                Some(5),
            ),
            (
                Operation::Chat,
                r#"{"generation_config":{"max_output_tokens":"7"}}"#,
                Some(7),
            ),
        ] {
            assert_eq!(request(operation, text).max_tokens(), limit, "{operation} {text}");
        }
    }

    #[test]
    fn answers_are_counted_one_by_one() {
        for (operation, text, quantity) in [
            (Operation::Images, r#"{"n":4}"#, 4),
            (Operation::Images, r#"{"n":1,"num_images":3}"#, 3),
            (Operation::Images, r#"{"n":null}"#, 1),
            (Operation::Images, "{}", 1),
            (Operation::Chat, r#"{"n":4}"#, 4),
            (Operation::Chat, r#"{"n":2,"best_of":5}"#, 5),
            (Operation::Chat, r#"{"n":"3"}"#, 3),
            (Operation::Chat, r#"{"n":0}"#, 1),
            (Operation::Chat, r#"{"n":-1}"#, 1),
            (Operation::Chat, r#"{"n":18446744073709551615}"#, MOST_ANSWERS),
            (Operation::Embeddings, r#"{"n":4}"#, 1),
            (Operation::ImageEdit, r#"{"n":"4"}"#, 4),
            (Operation::Completion, r#"{"n":2,"prompt":["a","b","c"]}"#, 6),
            (Operation::Completion, r#"{"prompt":[1,2,3]}"#, 1),
            (Operation::Completion, r#"{"prompt":[[1],[2]],"best_of":3}"#, 6),
            (Operation::Chat, r#"{"prompt":["a","b"]}"#, 1),
            (Operation::Chat, r#"{"generationConfig":{"candidateCount":3}}"#, 3),
            (Operation::Chat, r#"{"generation_config":{"candidate_count":4}}"#, 4),
            (Operation::Chat, r#"{"generationConfig":7}"#, 1),
        ] {
            assert_eq!(request(operation, text).quantity(), quantity, "{operation} {text}");
        }
    }
}
