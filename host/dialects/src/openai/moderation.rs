//! Moderation: the client's request, and the reply on its way to it.
//!
//! Source: <https://platform.openai.com/docs/api-reference/moderations>.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bounds::long_list;
use crate::facts::ReplyFacts;
use crate::fault::{RequestFault, StreamFault};
use crate::json::{Members, fields, set_members};
use crate::openai::envelope::{Envelope, Stamp};
use crate::operation::Operation;
use crate::request::ParsedRequest;
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

/// The model of a request that names none, as OpenAI's API has it.
const USUAL_MODEL: &str = "omni-moderation-latest";

#[derive(Deserialize)]
struct Results<'a> {
    #[serde(borrow)]
    results: Option<&'a RawValue>,
}

/// Reads the body of `POST /v1/moderations`, which is canonical as it is.
///
/// # Errors
/// If `input` is missing or empty, or `model` is no text.
pub(super) fn read(members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    let model = match fields::given(&members, "model") {
        None => USUAL_MODEL.to_owned(),
        Some(_) => fields::model(&members)?,
    };
    match fields::given(&members, "input") {
        Some(input) if input.starts_with('[') => {
            fields::required_list(&members, "input", "text or image")?;
        }
        Some(input) if !input.starts_with('"') => {
            return Err(RequestFault::new(
                "input",
                "must be a string or a list of texts and images",
            ));
        }
        _ => {
            fields::required_text(&members, "input", "what is to be judged")?;
        }
    }
    fields::no_stream(&members, "moderations")?;
    Ok(ParsedRequest {
        operation: Operation::Moderation,
        model,
        stream: false,
        include_usage: false,
        pinned: false,
        members,
        bulk: &["input"],
    })
}

/// Checks a reply, and sets `model` and `provider`. All else stays byte for byte.
///
/// # Errors
/// `Malformed` if `body` has no list of results, or one is no object; `Upstream` if it reports an error, whatever the
/// status was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, envelope) = Envelope::<serde::de::IgnoredAny>::read(body)?;
    let results = serde_json::from_str::<Results<'_>>(text)?.results;
    let results = long_list(results.ok_or_else(|| envelope.without(text, "results"))?)?;
    if results.is_empty() || results.iter().any(|result| !result.get().starts_with('{')) {
        return Err(StreamFault::malformed("results: must be a list of objects"));
    }
    let stamp = Stamp::new(facts.model, facts.provider, 0);
    let places = envelope.places(text);
    let mut out = Vec::with_capacity(text.len() + 128);
    set_members(text, &[stamp.set_model(&places), stamp.set_provider(&places)], &mut out);
    let usage = envelope.usage().map(Usage::of_input).unwrap_or_default();
    Ok((out, ReplySummary::of_usage(&envelope.served(&usage))))
}

#[cfg(test)]
mod tests {
    use super::{ParsedRequest, fields, read};
    use crate::client::{ClientDialect, Form};
    use crate::fault::StreamFault;
    use crate::openai::OpenaiChat;
    use crate::operation::Operation;
    use crate::tests::facts;

    #[test]
    fn the_model_may_be_left_out_and_the_input_may_not() {
        let model = |body: &'static str| {
            fields::body(body.as_bytes())
                .and_then(read)
                .map(|ParsedRequest { model, .. }| model)
        };
        assert_eq!(model(r#"{"input":"a"}"#).unwrap(), "omni-moderation-latest");
        assert_eq!(model(r#"{"input":["a"],"model":"m"}"#).unwrap(), "m");
        let image = r#"{"input":[{"type":"image_url","image_url":{"url":"https://x.example/a.png"}}]}"#;
        assert!(model(image).is_ok());
        for (body, fault) in [
            ("{}", "input: is missing; give what is to be judged"),
            (r#"{"input":""}"#, "input: is empty; give what is to be judged"),
            (
                r#"{"input":[]}"#,
                "input: is empty; give a list of at least one text or image",
            ),
            (
                r#"{"input":7}"#,
                "input: must be a string or a list of texts and images",
            ),
            (
                r#"{"input":"a","model":7}"#,
                "model: must be a string, the id of a model",
            ),
        ] {
            assert_eq!(model(body).unwrap_err().to_string(), fault);
        }
    }

    #[test]
    fn a_reply_has_results_and_the_clients_name_of_the_model() {
        let facts = facts(Operation::Moderation, "route/m");
        let body = br#"{"id":"modr-1","model":"omni","results":[{"flagged":false,"category_scores":{"hate":1.0e-7}}]}"#;
        let (reply, _) = OpenaiChat.reply(body, Form::Canonical, &facts).unwrap();
        let reply = String::from_utf8(reply).unwrap();
        assert!(
            reply.contains(r#""model":"route/m""#) && reply.contains("1.0e-7"),
            "{reply}"
        );
        for malformed in ["{}", r#"{"results":[]}"#, r#"{"results":[7]}"#, r#"{"results":{}}"#] {
            let fault = OpenaiChat
                .reply(malformed.as_bytes(), Form::Canonical, &facts)
                .unwrap_err();
            assert!(matches!(fault, StreamFault::Malformed(_)), "{malformed}");
        }
        let fault = OpenaiChat
            .reply(br#"{"error":{"message":"no"}}"#, Form::Canonical, &facts)
            .unwrap_err();
        assert!(matches!(fault, StreamFault::Upstream { .. }));
    }
}
