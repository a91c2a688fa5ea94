//! The attempts of a request, as one text in its row.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most attempts that a row lists: the last ones, because those decided.
pub const MOST_TRIES: usize = 32;

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Try<'a> {
    /// The provider.
    pub provider: Cow<'a, str>,
    /// The provider's name for the model.
    pub model: Cow<'a, str>,
    /// The class of its failure, also of one in the midst of its stream; how its request ended, such as `hung-up`, if that was
    /// before its answer; absent if it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Cow<'a, str>>,
    /// The status with which the upstream told of that; absent if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_status: Option<u16>,
    /// How long it took, in milliseconds; for a stream, until its first content.
    pub duration_ms: u64,
}

// === impl Try ===

impl<'a> Try<'a> {
    /// The text of these attempts, of which only the last [`MOST_TRIES`] are kept; `None` if there are none.
    #[must_use]
    pub fn written(tries: &[Self]) -> Option<String> {
        let from = tries.len().saturating_sub(MOST_TRIES);
        let kept = tries.get(from..).filter(|kept| !kept.is_empty())?;
        serde_json::to_string(kept).ok()
    }

    /// The attempts that this text lists; none if somebody else wrote it.
    pub(super) fn read(text: &'a str) -> Vec<Self> {
        serde_json::from_str(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(duration_ms: u64) -> Try<'static> {
        Try {
            provider: "a\"é".into(),
            model: "m".into(),
            class: Some("timeout".into()),
            upstream_status: Some(504),
            duration_ms,
        }
    }

    #[test]
    fn attempts_survive_a_round_trip() {
        let answered = Try {
            class: None,
            upstream_status: None,
            ..failed(3)
        };
        let text = Try::written(&[failed(1), answered.clone()]).unwrap();
        assert_eq!(Try::read(&text), [failed(1), answered]);
        assert_eq!(Try::written(&[]), None);
    }

    #[test]
    fn of_many_attempts_the_last_ones_are_kept() {
        let many: Vec<Try<'_>> = (0..100).map(failed).collect();
        let text = Try::written(&many).unwrap();
        let kept = Try::read(&text);
        assert_eq!((kept.len(), kept[0].duration_ms, kept[31].duration_ms), (32, 68, 99));
    }

    #[test]
    fn what_is_no_list_of_attempts_is_none() {
        assert!(Try::read("{").is_empty() && Try::read("[1]").is_empty());
    }
}
