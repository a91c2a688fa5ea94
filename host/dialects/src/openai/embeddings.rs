//! Embeddings: the client's request, and the reply on its way to it.
//!
//! Source: <https://platform.openai.com/docs/api-reference/embeddings>.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::envelope::{Envelope, Stamp};
use crate::facts::ReplyFacts;
use crate::fault::{RequestFault, StreamFault};
use crate::json::raw::even_null;
use crate::json::{Edit, fields, place_of, set_members};
use crate::operation::Operation;
use crate::request::ParsedRequest;
use crate::summary::ReplySummary;
use crate::words::usage::Usage;

/// The part of a reply that must be there.
#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    data: Option<Vec<&'a RawValue>>,
}

/// The count that OpenAI's clients expect in a reply's usage.
#[derive(Default, Deserialize)]
struct Prompt<'a> {
    #[serde(borrow, default, deserialize_with = "even_null")]
    prompt_tokens: Option<&'a RawValue>,
}

/// Reads the body of `POST /v1/embeddings`, which is canonical as it is.
///
/// # Errors
/// If the body is not a JSON object, or `model`, `input`, `encoding_format` or `dimensions` is missing or of the wrong
/// type.
pub(super) fn parse(body: &[u8]) -> Result<ParsedRequest<'_>, RequestFault> {
    let members = fields::body(body)?;
    let model = fields::model(&members)?;
    check_input(fields::given(&members, "input"))?;
    fields::word(&members, "encoding_format", &["float", "base64"])?;
    fields::count(&members, "dimensions")?;
    Ok(ParsedRequest {
        operation: Operation::Embeddings,
        model,
        stream: false,
        include_usage: false,
        pinned: false,
        members,
        bulk: &["input"],
    })
}

/// A string, or a list of strings, of tokens, or of lists of tokens.
fn check_input(input: Option<&str>) -> Result<(), RequestFault> {
    let fault = |message: &str| Err(RequestFault::new("input", message));
    let Some(input) = input else {
        return fault("is missing; give a string or a list of strings");
    };
    if input.starts_with('"') {
        return Ok(());
    }
    let starts =
        |entries: &[&RawValue], with: fn(char) -> bool| entries.iter().all(|entry| entry.get().starts_with(with));
    match fields::entries(input) {
        Some(entries) if entries.is_empty() => fault("is empty; give a string or a list of strings"),
        Some(entries)
            if starts(&entries, |c| c == '"')
                || starts(&entries, |c| c.is_ascii_digit())
                || starts(&entries, |c| c == '[') =>
        {
            Ok(())
        }
        _ => fault("must be a string, a list of strings, or lists of tokens"),
    }
}

/// Checks a reply, sets `model` and `provider`, and adds `prompt_tokens` to a usage that holds only the total. All else
/// stays byte for byte.
///
/// # Errors
/// `Malformed` if `body` has no list of embeddings; `Upstream` if it reports an error, whatever the status was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, reply) = Envelope::<serde::de::IgnoredAny>::read(body)?;
    let data = serde_json::from_str::<Data<'_>>(text)?.data;
    let has_all = |data: Vec<&RawValue>| data.iter().all(|it| it.get().starts_with('{'));
    if !data.is_some_and(has_all) {
        return Err(StreamFault::malformed("it has no list of embeddings"));
    }
    let stamp = Stamp::new(facts.model, facts.provider, 0);
    let places = reply.places(text);
    let mut out = Vec::with_capacity(text.len() + facts.model.len() + facts.provider.len() + 64);
    let mut edits = vec![stamp.set_model(&places), stamp.set_provider(&places)];
    let usage = reply.usage().map(Usage::of_input).unwrap_or_default();
    let completed = reply.usage().and_then(|text| with_prompt(text, usage));
    if let (Some(given), Some(completed)) = (reply.usage(), &completed) {
        edits.push(Edit {
            key: "usage",
            at: Some(place_of(text, given)),
            value: completed,
        });
    }
    set_members(text, &edits, &mut out);
    Ok((out, ReplySummary::of_usage(usage)))
}

/// The usage object with `prompt_tokens`, if it lacks them and they are known.
fn with_prompt(object: &str, usage: Usage) -> Option<String> {
    let tokens = usage.input_tokens?.to_string();
    let given = serde_json::from_str::<Prompt<'_>>(object).ok()?;
    let given = given.prompt_tokens.map(RawValue::get);
    if given.is_some_and(|given| given != "null") {
        return None;
    }
    let edit = Edit {
        key: "prompt_tokens",
        at: given.map(|given| place_of(object, given)),
        value: &tokens,
    };
    let mut out = Vec::with_capacity(object.len() + 40);
    set_members(object, &[edit], &mut out);
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::{Operation, finish_reply, parse};
    use crate::fault::StreamFault;
    use crate::tests::facts;

    #[test]
    fn a_fault_names_the_field_and_the_remedy() {
        for (members, sentence) in [
            ("", "input: is missing; give a string or a list of strings"),
            (r#","input":[]"#, "input: is empty; give a string or a list of strings"),
            (
                r#","input":[1,"a"]"#,
                "input: must be a string, a list of strings, or lists of tokens",
            ),
            (
                r#","input":{}"#,
                "input: must be a string, a list of strings, or lists of tokens",
            ),
            (
                r#","input":"a","encoding_format":"int8""#,
                "encoding_format: must be float or base64",
            ),
            (
                r#","input":"a","dimensions":0"#,
                "dimensions: must be a whole number of at least 1",
            ),
        ] {
            let body = format!("{{\"model\":\"m\"{members}}}");
            let fault = parse(body.as_bytes()).unwrap_err();
            assert_eq!(fault.to_string(), sentence, "{body}");
        }
    }

    #[test]
    fn every_form_of_input_is_taken() {
        for input in ["\"a\"", "[\"a\",\"b\"]", "[1,2]", "[[1],[2]]"] {
            let body = format!("{{\"model\":\"m\",\"input\":{input},\"dimensions\":5}}");
            let request = parse(body.as_bytes()).unwrap();
            assert_eq!(request.parameters(), br#"{"model":"m","dimensions":5}"#);
        }
    }

    #[test]
    fn the_model_and_the_provider_are_set() {
        let body = br#"{"data":[{"embedding":[1.0]}],"model":"up","usage":{"prompt_tokens":3}}"#;
        let (reply, summary) = finish_reply(body, &facts(Operation::Embeddings, "route/e")).unwrap();
        assert_eq!(
            String::from_utf8(reply).unwrap(),
            r#"{"data":[{"embedding":[1.0]}],"model":"route/e","usage":{"prompt_tokens":3},"provider":"p"}"#
        );
        assert_eq!(summary.usage.input_tokens, Some(3));
    }

    #[test]
    fn a_total_alone_is_also_given_as_the_prompts() {
        for (given, told) in [
            (r#"{"total_tokens":7}"#, r#"{"total_tokens":7,"prompt_tokens":7}"#),
            (
                r#"{"prompt_tokens":null, "total_tokens":7}"#,
                r#"{"prompt_tokens":7, "total_tokens":7}"#,
            ),
            (r#"{"prompt_tokens":5}"#, r#"{"prompt_tokens":5}"#),
            ("{}", "{}"),
            ("null", "null"),
            ("[7]", "[7]"),
        ] {
            let body = format!(r#"{{"data":[],"usage":{given},"model":"up"}}"#);
            let (reply, _) = finish_reply(body.as_bytes(), &facts(Operation::Embeddings, "e")).unwrap();
            assert_eq!(
                String::from_utf8(reply).unwrap(),
                format!(r#"{{"data":[],"usage":{told},"model":"e","provider":"p"}}"#)
            );
        }
    }

    #[test]
    fn what_has_no_embeddings_is_malformed() {
        for body in ["{}", "[]", r#"{"data":[1]}"#, r#"{"data":"x"}"#] {
            let fault = finish_reply(body.as_bytes(), &facts(Operation::Embeddings, "m"));
            assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{body}");
        }
        let fault = finish_reply(br#"{"error":{"message":"slow"}}"#, &facts(Operation::Embeddings, "m"));
        assert!(matches!(fault, Err(StreamFault::Upstream { .. })));
    }
}
