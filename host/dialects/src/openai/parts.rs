//! What a message says, in any of the shapes in which vendors write text and thinking.
//!
//! Sources: <https://docs.mistral.ai/capabilities/reasoning>, <https://openrouter.ai/docs/use-cases/reasoning-tokens>,
//! <https://docs.databricks.com/aws/en/machine-learning/model-serving/query-reason-models>.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bounds::entries;
use crate::fault::StreamFault;
use crate::json::raw::ObjectOf;

/// A part of what a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Text, as a JSON string that is not empty.
    Text(&'a str),
    /// Thinking, as a JSON string that is not empty.
    Thinking(&'a str),
    /// Something that is neither, such as an image.
    Other,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Member<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    thinking: Option<&'a RawValue>,
    #[serde(borrow)]
    reasoning: Option<&'a RawValue>,
    #[serde(borrow)]
    summary: Option<&'a RawValue>,
    #[serde(borrow)]
    refusal: Option<&'a RawValue>,
}

/// The parts of a `content`: a string, or a list of parts. `null` has none.
///
/// # Errors
/// If it is something else, such as a number.
pub(crate) fn parts(content: &RawValue) -> Result<Vec<Part<'_>>, StreamFault> {
    let malformed = || StreamFault::malformed("its content is neither a text nor a list of parts");
    match content.get().as_bytes() {
        [b'"', ..] => Ok(string(content).map(Part::Text).into_iter().collect()),
        b"null" | b"{}" | b"false" => Ok(Vec::new()),
        [b'[', ..] => {
            let entries: Vec<&RawValue> = entries(content)?;
            let mut parts = Vec::with_capacity(entries.len());
            for entry in entries {
                match entry.get().as_bytes()[0] {
                    b'"' => parts.extend(string(entry).map(Part::Text)),
                    b'{' => member(entry, &mut parts)?,
                    _ => return Err(malformed()),
                }
            }
            Ok(parts)
        }
        _ => Err(malformed()),
    }
}

/// The texts of a `reasoning` or of its details, as JSON strings that are not empty. Whatever is no text has none.
pub(crate) fn thoughts(reasoning: &RawValue) -> Vec<&str> {
    if let Some(thought) = string(reasoning) {
        return vec![thought];
    }
    let entries: Vec<&RawValue> = entries(reasoning).unwrap_or_default();
    let texts = entries.into_iter().flat_map(|entry| {
        let Ok(ObjectOf(member)) = serde_json::from_str::<ObjectOf<Member<'_>>>(entry.get()) else {
            return string(entry).into_iter().collect();
        };
        let text = member.text.or(member.thinking).or(member.summary);
        text.and_then(string).into_iter().collect::<Vec<_>>()
    });
    texts.collect()
}

fn member<'a>(entry: &'a RawValue, parts: &mut Vec<Part<'a>>) -> Result<(), StreamFault> {
    let ObjectOf(member): ObjectOf<Member<'a>> = serde_json::from_str(entry.get())?;
    let thinking = member.thinking.or(member.reasoning).or(member.summary);
    match (member.kind.as_deref(), thinking) {
        (Some("thinking" | "reasoning"), thinking) => {
            let thinking = thinking.or(member.text).map(thoughts).unwrap_or_default();
            parts.extend(thinking.into_iter().map(Part::Thinking));
        }
        _ => match member.text.or(member.refusal) {
            Some(text) => parts.extend(string(text).map(Part::Text)),
            None => parts.push(Part::Other),
        },
    }
    Ok(())
}

/// A string that is not empty, as JSON.
fn string(value: &RawValue) -> Option<&str> {
    Some(value.get()).filter(|text| text.starts_with('"') && *text != "\"\"")
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::{Part, parts, thoughts};

    fn raw(text: &str) -> &RawValue {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn text_and_thinking_are_told_apart_in_every_shape() {
        let both = [Part::Thinking("\"hm\""), Part::Text("\"a\"")];
        for content in [
            r#"[{"type":"thinking","thinking":[{"type":"text","text":"hm"}],"closed":true},{"type":"text","text":"a"}]"#,
            r#"[{"type":"thinking","thinking":"hm"},"a"]"#,
            r#"[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"type":"text","text":"a"}]"#,
            r#"[{"type":"reasoning","text":"hm"},{"type":"text","text":""},{"type":"refusal","refusal":"a"}]"#,
        ] {
            assert_eq!(parts(raw(content)).unwrap(), both, "{content}");
        }
        assert_eq!(parts(raw("\"a\"")).unwrap(), [Part::Text("\"a\"")]);
        assert_eq!(parts(raw(r#"[{"type":"image_url"}]"#)).unwrap(), [Part::Other]);
        for nothing in ["null", "\"\"", "[]", "{}"] {
            assert_eq!(parts(raw(nothing)).unwrap(), [], "{nothing}");
        }
    }

    #[test]
    fn a_content_of_another_kind_is_malformed() {
        for content in ["5", "true", r#"{"text":"a"}"#, "[5]", "[[\"a\"]]", r#"[{"type":5}]"#] {
            assert!(parts(raw(content)).is_err(), "{content}");
        }
    }

    #[test]
    fn reasoning_is_a_text_or_a_list_of_details() {
        let details = r#"[{"type":"reasoning.text","text":"a","signature":"s"},{"type":"reasoning.encrypted","data":"x"},{"type":"reasoning.summary","summary":"b"}]"#;
        assert_eq!(thoughts(raw(details)), ["\"a\"", "\"b\""]);
        assert_eq!(thoughts(raw("\"a\"")), ["\"a\""]);
        for nothing in ["null", "\"\"", "{}", "7", "[7]"] {
            assert!(thoughts(raw(nothing)).is_empty(), "{nothing}");
        }
    }
}
