//! Classifies Ollama's errors: a sentence under `error`, in a reply or as a line of a stream.
//!
//! Source: <https://docs.ollama.com/api/errors>, and the messages in `server/routes.go`.

use jackfield_plugin_sdk::canonical::{Extra, Json};
use jackfield_plugin_sdk::{Failure, FailureClass, Reply};

/// What a model of this server lacks; another target may have it.
const LACKING: &str = "does not support";

/// The failure for an error reply.
pub(crate) fn of_reply(reply: &Reply) -> Failure {
    let mut failure = Failure::from_reply(reply);
    failure.class = class(&failure.message).unwrap_or(failure.class);
    failure
}

/// The failure for the value of `error`, where no status tells its class.
pub(crate) fn of_line(error: &Json) -> Failure {
    let words = error.as_str().or_else(|| error.read::<Extra>()?.text("message"));
    let words = words.filter(|words| !words.trim().is_empty());
    let message = words.unwrap_or_else(|| "the upstream reported an error without a message".to_owned());
    Failure::new(class(&message).unwrap_or(FailureClass::Overloaded), message)
}

fn class(message: &str) -> Option<FailureClass> {
    let lacking = message.contains(LACKING).then_some(FailureClass::Refused);
    lacking.or_else(|| FailureClass::of_phrase(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_error_give_its_class() {
        for (error, class, message) in [
            (
                "\"an error was encountered while running the model\"",
                FailureClass::Overloaded,
                "an error was encountered while running the model",
            ),
            (
                "\"the input length exceeds the context length\"",
                FailureClass::ContextLength,
                "the input length exceeds the context length",
            ),
            (
                "{\"message\": \"\\\"m\\\" does not support tools\"}",
                FailureClass::Refused,
                "\"m\" does not support tools",
            ),
            (
                "{}",
                FailureClass::Overloaded,
                "the upstream reported an error without a message",
            ),
        ] {
            let failure = of_line(&Json::parse(error).unwrap());
            assert_eq!((failure.class, failure.message.as_str()), (class, message));
        }
    }

    #[test]
    fn a_status_counts_where_the_words_say_nothing() {
        for (status, error, class) in [
            (400, "invalid options: top_p", FailureClass::Client),
            (400, "\"llama3\" does not support thinking", FailureClass::Refused),
            (404, "model 'm' not found", FailureClass::Refused),
            (500, "llama runner process has terminated", FailureClass::Overloaded),
            (503, "server busy, please try again", FailureClass::Overloaded),
            (
                500,
                "the input length exceeds the context length",
                FailureClass::ContextLength,
            ),
        ] {
            let mut reply = Reply::default();
            reply.status = status;
            reply.body = serde_json::to_vec(&serde_json::json!({ "error": error })).unwrap();
            let failure = of_reply(&reply);
            assert_eq!((failure.class, failure.message.as_str()), (class, error));
        }
    }
}
