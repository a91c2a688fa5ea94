//! Token counts in the words of this API, both ways.
//!
//! Source: <https://ai.google.dev/api/generate-content#UsageMetadata>.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::Object;
use crate::words::name::ServiceTier;
use crate::words::usage::{Count, Usage};

/// The vendor's object, as far as the host counts.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata<'a> {
    prompt_token_count: Count,
    tool_use_prompt_token_count: Count,
    candidates_token_count: Count,
    thoughts_token_count: Count,
    cached_content_token_count: Count,
    total_token_count: Count,
    #[serde(borrow)]
    service_tier: Option<&'a RawValue>,
}

/// Writes `usageMetadata`, unless nothing is known. What was thought is counted beside the answer here.
pub(super) fn write(usage: &Usage, reply: &mut Object<'_>) {
    if !usage.is_told() {
        return;
    }
    let (input, output) = (usage.input_tokens.unwrap_or(0), usage.output_tokens.unwrap_or(0));
    let thoughts = usage.reasoning_tokens.unwrap_or(0).min(output);
    reply.object("usageMetadata", |metadata| {
        metadata.raw("promptTokenCount", input.to_string());
        metadata.raw("candidatesTokenCount", (output - thoughts).to_string());
        if thoughts > 0 {
            metadata.raw("thoughtsTokenCount", thoughts.to_string());
        }
        if let Some(cached) = usage.cached_tokens.filter(|cached| *cached > 0) {
            metadata.raw("cachedContentTokenCount", cached.to_string());
        }
        metadata.raw("totalTokenCount", input.saturating_add(output).to_string());
    });
}

/// Reads the vendor's object. What tools put into the prompt comes on top of it, and so do the thoughts on top of the
/// answer, unless the total says otherwise.
pub(super) fn read(metadata: &RawValue) -> Usage {
    let text = metadata.get();
    let read = text.starts_with('{').then(|| serde_json::from_str(text).ok()).flatten();
    let told: Metadata<'_> = read.unwrap_or_default();
    let (prompt, tools) = (told.prompt_token_count.value, told.tool_use_prompt_token_count.value);
    let (answer, thoughts) = (told.candidates_token_count.value, told.thoughts_token_count.value);
    let input = sum(prompt, tools);
    let total = told.total_token_count.value;
    let within = |answer: u64| {
        let both = input.unwrap_or(0).saturating_add(answer);
        thoughts.is_some_and(|thoughts| thoughts <= answer) && total == Some(both)
    };
    let output = match answer {
        Some(answer) if within(answer) => Some(answer),
        answer => sum(answer, thoughts),
    };
    let counts = [
        told.prompt_token_count,
        told.candidates_token_count,
        told.total_token_count,
    ];
    Usage {
        input_tokens: input,
        output_tokens: output.or_else(|| total?.checked_sub(input?)),
        cached_tokens: told.cached_content_token_count.value,
        reasoning_tokens: thoughts,
        total_tokens: total,
        service_tier: told.service_tier.and_then(|tier| ServiceTier::of_json(tier.get())),
        unreadable: counts.iter().any(|count| count.unreadable),
        ..Usage::default()
    }
}

fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    [one, other].into_iter().flatten().reduce(u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;
    use serde_json::{Value, json};

    use super::{Usage, read, write};
    use crate::json::Object;

    fn of(metadata: &str) -> Usage {
        read(serde_json::from_str::<&RawValue>(metadata).unwrap())
    }

    #[test]
    fn thoughts_are_beside_the_answer_here_and_in_it_elsewhere() {
        let told = Usage::from_canonical(
            r#"{"prompt_tokens":9,"completion_tokens":14,"prompt_tokens_details":{"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":10}}"#,
        );
        let written: Value = serde_json::from_slice(&Object::text(|reply| write(&told, reply))).unwrap();
        let expected = json!({"usageMetadata": {
            "promptTokenCount": 9, "candidatesTokenCount": 4, "thoughtsTokenCount": 10, "cachedContentTokenCount": 6,
            "totalTokenCount": 23,
        }});
        assert_eq!(written, expected);
        let back = of(&expected["usageMetadata"].to_string());
        assert_eq!((back.input_tokens, back.output_tokens), (Some(9), Some(14)));
        assert_eq!((back.cached_tokens, back.reasoning_tokens), (Some(6), Some(10)));
        assert_eq!(Object::text(|reply| write(&Usage::default(), reply)), b"{}");
    }

    #[test]
    fn tools_add_to_the_prompt_and_the_total_may_say_that_thoughts_are_within() {
        let usage =
            of(r#"{"promptTokenCount":9,"toolUsePromptTokenCount":3,"candidatesTokenCount":5,"totalTokenCount":17}"#);
        assert_eq!((usage.input_tokens, usage.output_tokens), (Some(12), Some(5)));
        let usage =
            of(r#"{"promptTokenCount":9,"candidatesTokenCount":300,"thoughtsTokenCount":200,"totalTokenCount":309}"#);
        assert_eq!(usage.output_tokens, Some(300));
        let usage = of(r#"{"promptTokenCount":9,"totalTokenCount":9}"#);
        assert_eq!(usage.output_tokens, Some(0));
        assert!(of(r#"{"promptTokenCount":-1}"#).unreadable);
        assert_eq!(of("[1,2]"), Usage::default());
    }
}
