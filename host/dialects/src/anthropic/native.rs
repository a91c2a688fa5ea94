//! A buffered reply that is in Anthropic's dialect already.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::tokens::Tokens;
use crate::bounds::{self, ENTRIES};
use crate::calls::object_in;
use crate::facts::ReplyFacts;
use crate::fault::StreamFault;
use crate::json::raw::{even_null, is_given, object_text};
use crate::json::{Edit, json_string, place_of, set_members};
use crate::produced::{json_bytes, text_bytes};
use crate::summary::ReplySummary;
use crate::words::name::ServedModel;
use crate::words::stop_reason::is_broken;

/// A message, as far as the host reads it.
#[derive(Deserialize)]
pub(super) struct Message<'a> {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) id: Option<String>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    model: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "bounds::list::<_, _, ENTRIES>")]
    pub(super) content: Option<Vec<&'a RawValue>>,
    pub(super) stop_reason: Option<String>,
    #[serde(borrow)]
    pub(super) stop_sequence: Option<&'a RawValue>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// A block or a delta, as far as it is the model's text.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Said<'a> {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(borrow)]
    pub(super) text: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) thinking: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) partial_json: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

/// Checks a message and sets its `model`, the name that the client gave. All else stays byte for byte.
///
/// # Errors
/// `Malformed` if `body` is not a message with content and a stop reason; `Upstream` if it reports an error, whatever the status was.
pub(super) fn finish_reply(body: &[u8], facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault> {
    let (text, message) = Message::read(body)?;
    let content = message
        .content
        .as_deref()
        .ok_or_else(|| StreamFault::malformed("it has no content"))?;
    if !content.iter().all(|block| block.get().starts_with('{')) {
        return Err(StreamFault::malformed("its content is not a list of blocks"));
    }
    check_end(message.stop_reason.as_deref())?
        .then_some(())
        .ok_or_else(|| StreamFault::malformed("it has no stop_reason"))?;
    let summary = ReplySummary {
        usage: message.tokens().usage(),
        produced_bytes: content.iter().map(|block| produced_bytes(block)).sum(),
        ..ReplySummary::default()
    };
    let inputs: Vec<Option<(&str, String)>> = content
        .iter()
        .map(|block| input_object(block))
        .collect::<Result<_, _>>()?;
    let model = json_string(facts.model);
    let objects = inputs.iter().flatten().map(|(given, object)| Edit {
        key: "",
        at: Some(place_of(text, given)),
        value: object,
    });
    let edits: Vec<Edit<'_>> = objects.chain([message.rename(text, &model)]).collect();
    let mut out = Vec::with_capacity(text.len() + facts.model.len() + 16);
    set_members(text, &edits, &mut out);
    Ok((out, summary))
}

/// The input of a call that is not written as the object that it must be: its text, and the object. Some upstreams
/// write the object into a string.
///
/// # Errors
/// If it is something else.
pub(super) fn input_object(block: &RawValue) -> Result<Option<(&str, String)>, StreamFault> {
    let said: Said<'_> = serde_json::from_str(block.get()).unwrap_or_default();
    let calls = matches!(
        said.kind.as_deref(),
        Some("tool_use" | "server_tool_use" | "mcp_tool_use")
    );
    let Some(input) = said.input.filter(|input| calls && !input.get().starts_with('{')) else {
        return Ok(None);
    };
    let object = match input.get() {
        "\"\"" => Some("{}".to_owned()),
        text => object_in(text),
    };
    let object = object.ok_or_else(|| StreamFault::malformed("the input of a tool call is not a JSON object"))?;
    Ok(Some((input.get(), object)))
}

/// Checks that a message did not break off. Returns whether it has ended, for which it needs a stop reason.
///
/// # Errors
/// If the stop reason is no end.
pub(super) fn check_end(stop_reason: Option<&str>) -> Result<bool, StreamFault> {
    match stop_reason {
        Some(reason) if is_broken(reason) => Err(StreamFault::broken_off(reason)),
        reason => Ok(reason.is_some_and(|reason| !reason.is_empty())),
    }
}

/// Bytes of text, thinking or input in a whole block.
pub(super) fn produced_bytes(block: &RawValue) -> u64 {
    let said: Said<'_> = serde_json::from_str(block.get()).unwrap_or_default();
    // The results of the vendor's own tools are not the model's words.
    let input = match said.kind.as_deref() {
        Some("tool_use" | "server_tool_use" | "mcp_tool_use") => said.input.filter(|input| is_given(input)),
        _ => None,
    };
    said.produced_bytes() + input.map_or(0, json_bytes)
}

// === impl Message ===

impl<'a> Message<'a> {
    /// Reads a message. Returns its text, without white space around it, and what was seen.
    ///
    /// # Errors
    /// If it is an error, or something else.
    pub(super) fn read(data: &'a [u8]) -> Result<(&'a str, Self), StreamFault> {
        let text = object_text(data)?;
        let message: Self = serde_json::from_str(text)?;
        if let Some(error) = message.error.filter(|error| is_given(error)) {
            return Err(StreamFault::from_error(error.get()));
        }
        match message.kind.as_deref() {
            Some("message") => Ok((text, message)),
            Some(kind) => Err(StreamFault::malformed(format!("it is of type `{kind}`, not `message`"))),
            None => Err(StreamFault::malformed("it has no type")),
        }
    }

    pub(super) fn tokens(&self) -> Tokens {
        let told = self.usage.map(|usage| Tokens::from_native(usage.get()));
        let mut tokens = told.unwrap_or_default();
        tokens.served_model = self.model.and_then(|model| ServedModel::of_json(model.get()));
        tokens
    }

    /// Writes the message, whose text is `text`, with another model's name. `model` is JSON.
    pub(super) fn write_renamed(&self, text: &str, model: &str, out: &mut Vec<u8>) {
        set_members(text, &[self.rename(text, model)], out);
    }

    fn rename<'t>(&self, text: &str, model: &'t str) -> Edit<'t> {
        Edit {
            key: "model",
            at: self.model.map(|model| place_of(text, model.get())),
            value: model,
        }
    }
}

// === impl Said ===

impl Said<'_> {
    /// Bytes of text, thinking and pieces of input.
    pub(super) fn produced_bytes(&self) -> u64 {
        [self.text, self.thinking, self.partial_json]
            .into_iter()
            .flatten()
            .map(text_bytes)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::finish_reply;
    use crate::fault::StreamFault;
    use crate::operation::Operation;
    use crate::tests::facts;
    use crate::words::name::ServedModel;
    use crate::words::usage::Usage;

    const MESSAGE: &str = " {\"id\":\"msg_1\", \"type\":\"message\",\"role\":\"assistant\",\"model\" : \"up\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"s\"},{\"type\":\"text\",\"text\":\"h\\u00e9\",\"x\":1.0},{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{\"a\":1}},{\"type\":\"web_search_tool_result\",\"content\":[]}],\n\"stop_reason\":\"tool_use\",\"usage\":{\"input_tokens\":3,\"cache_read_input_tokens\":4,\"output_tokens\":5},\"of_tomorrow\":[1.0] }\n";

    #[test]
    fn a_message_goes_through_but_for_its_model() {
        let (reply, summary) = finish_reply(MESSAGE.as_bytes(), &facts(Operation::Chat, "route/m")).unwrap();
        assert_eq!(
            String::from_utf8(reply).unwrap(),
            MESSAGE.trim().replace("\"up\"", "\"route/m\"")
        );
        let usage = Usage {
            input_tokens: Some(7),
            output_tokens: Some(5),
            cached_tokens: Some(4),
            served_model: ServedModel::new("up"),
            ..Usage::default()
        };
        assert_eq!(summary.usage, usage);
        assert_eq!(summary.produced_bytes, 2 + 3 + 7);
    }

    #[test]
    fn a_missing_model_is_added() {
        let (reply, _) = finish_reply(
            br#"{"type":"message","content":[],"stop_reason":"end_turn"}"#,
            &facts(Operation::Chat, "m"),
        )
        .unwrap();
        assert_eq!(
            reply,
            br#"{"type":"message","content":[],"stop_reason":"end_turn","model":"m"}"#
        );
    }

    #[test]
    fn an_error_in_a_successful_reply_is_the_upstreams_fault() {
        let body = br#"{"type":"error","error":{"type":"overloaded_error","message":"slow"}}"#;
        let fault = StreamFault::Upstream {
            message: "slow".to_owned(),
            detail: Box::new(crate::ErrorDetail::read(br#"{"type":"overloaded_error"}"#)),
        };
        assert_eq!(finish_reply(body, &facts(Operation::Chat, "m")), Err(fault));
    }

    #[test]
    fn an_input_in_a_string_becomes_an_object() {
        let body = |input: &str| {
            format!(
                r#"{{"type":"message","model":"m","content":[{{"type":"tool_use","id":"t","name":"f","input":{input}}}],"stop_reason":"tool_use"}}"#
            )
        };
        let facts = facts(Operation::Chat, "m");
        for (given, told) in [
            (
                r#""{\"n\":123456789012345678901234567890}""#,
                r#"{"n":123456789012345678901234567890}"#,
            ),
            (r#"{"n":10.10}"#, r#"{"n":10.10}"#),
            ("\"\"", "{}"),
        ] {
            let (reply, _) = finish_reply(body(given).as_bytes(), &facts).unwrap();
            assert_eq!(String::from_utf8(reply).unwrap(), body(told));
        }
        for input in ["\"x\"", "7", "[1]"] {
            let fault = finish_reply(body(input).as_bytes(), &facts);
            assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{input}");
        }
    }

    #[test]
    fn a_message_that_broke_off_is_the_upstreams_fault() {
        let body = br#"{"type":"message","content":[{"type":"text","text":"half"}],"stop_reason":"error"}"#;
        let fault = finish_reply(body, &facts(Operation::Chat, "m"));
        assert!(matches!(fault, Err(StreamFault::Upstream { .. })), "{fault:?}");
    }

    #[test]
    fn what_is_no_message_is_malformed() {
        for body in [
            "",
            "[]",
            "{",
            "{}",
            r#"{"type":"completion","content":[]}"#,
            r#"{"type":"message"}"#,
            r#"{"type":"message","content":"hi","stop_reason":"end_turn"}"#,
            r#"{"type":"message","content":["hi"],"stop_reason":"end_turn"}"#,
            r#"{"type":"message","content":null,"stop_reason":"end_turn"}"#,
            r#"{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":null}"#,
            r#"{"type":"message","content":[{"type":"text","text":"hi"}]}"#,
            r#"{"choices":[{}]}"#,
        ] {
            let fault = finish_reply(body.as_bytes(), &facts(Operation::Chat, "m"));
            assert!(matches!(fault, Err(StreamFault::Malformed(_))), "{body}");
        }
    }
}
