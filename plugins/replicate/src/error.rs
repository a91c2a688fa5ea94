//! Classifies the errors of predictions: a sentence, which may end with a code.

use jackfield_plugin_sdk::canonical::Json;
use jackfield_plugin_sdk::{Failure, FailureClass, FailureDetail};

/// Words of a failed prediction, in lower case, and what they mean. Anything else is the model's fault: the next target
/// may do better.
///
/// Sources: `E005` and `E003` are codes of Replicate's own; the first words are those of models' filters, as in
/// `black-forest-labs/flux-schnell` and `stability-ai/sdxl`.
const WORDS: [(&str, FailureClass); 7] = [
    ("nsfw", FailureClass::ContentPolicy),
    ("flagged as sensitive", FailureClass::ContentPolicy),
    ("flagged by safety", FailureClass::ContentPolicy),
    ("content policy", FailureClass::ContentPolicy),
    ("safety filter", FailureClass::ContentPolicy),
    ("input validation", FailureClass::Client),
    ("timed out", FailureClass::Timeout),
];

/// The failure for a prediction that failed with this error.
pub(crate) fn of_prediction(error: Option<&Json>) -> Failure {
    let message = error
        .and_then(Json::as_str)
        .filter(|message| !message.trim().is_empty());
    let message = message.unwrap_or_else(|| "the prediction failed without saying why".to_owned());
    let lower = message.to_ascii_lowercase();
    let known = WORDS.iter().find(|(word, _)| lower.contains(word));
    let class = known.map_or(FailureClass::Overloaded, |(_, class)| *class);
    let code = code(&message).map(str::to_owned);
    Failure::new(class, message).detail(FailureDetail {
        code,
        ..FailureDetail::default()
    })
}

/// The code at the end of an error: `… (E005)`.
fn code(message: &str) -> Option<&str> {
    let (_, last) = message.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    let is_code = last
        .strip_prefix('E')
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    is_code.then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_error_give_its_class_and_its_code() {
        for (error, class, code) in [
            (
                "The input or output was flagged as sensitive. Please try again with different inputs. (E005)",
                FailureClass::ContentPolicy,
                Some("E005"),
            ),
            (
                "NSFW content detected. Try running it again.",
                FailureClass::ContentPolicy,
                None,
            ),
            (
                "Service is currently unavailable due to high demand. (E003)",
                FailureClass::Overloaded,
                Some("E003"),
            ),
            ("CUDA out of memory (Epoch)", FailureClass::Overloaded, None),
        ] {
            let failure = of_prediction(Some(&error.into()));
            assert_eq!(
                (failure.class, failure.detail.code.as_deref()),
                (class, code),
                "{error}"
            );
        }
        let silent = of_prediction(Some(&Json::default()));
        assert_eq!(silent.message, "the prediction failed without saying why");
    }
}
