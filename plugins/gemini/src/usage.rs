//! Translates the API's token counts to OpenAI's.

use jackfield_plugin_sdk::canonical::{self, Extra, Json};

/// The usage in OpenAI's words. `usageMetadata` comes with every event of a stream, as a running total.
///
/// `promptTokenCount` includes what came from a cache. What tools put into the prompt comes on top of it, and so do the
/// thoughts on top of the reply, unless the total says otherwise.
///
/// Source: <https://ai.google.dev/api/generate-content#UsageMetadata>.
pub(crate) fn canonical(mut usage: Extra) -> canonical::Usage {
    let mut count = |name: &str| usage.take::<u64>(name);
    let (prompt, tools) = (count("promptTokenCount"), count("toolUsePromptTokenCount"));
    let (answer, thoughts) = (count("candidatesTokenCount"), count("thoughtsTokenCount"));
    let (cached, total) = (count("cachedContentTokenCount"), count("totalTokenCount"));
    let [prompt, tools_used, answer, thought] = [prompt, tools, answer, thoughts].map(Option::unwrap_or_default);
    let input = prompt.saturating_add(tools_used);
    let includes = total.is_some_and(|total| total == input.saturating_add(answer) && thought <= answer);
    let output = if includes {
        answer
    } else {
        answer.saturating_add(thought)
    };
    let mut canonical = canonical::Usage::of(input, output).cached(cached).reasoning(thoughts);
    let details = |usage: &mut Extra, name: &str| usage.take::<Vec<Extra>>(name).unwrap_or_default();
    let of_prompt = by_modality(&details(&mut usage, "promptTokensDetails"));
    let of_answer = by_modality(&details(&mut usage, "candidatesTokensDetails"));
    if !of_prompt.is_empty() || tools.is_some() {
        let details = canonical.prompt_tokens_details.get_or_insert_default();
        details.extra.extend(of_prompt);
        details
            .extra
            .extend(tools.map(|tokens| ("tool_use_tokens".to_owned(), Json::from(tokens))));
    }
    if !of_answer.is_empty() {
        let details = canonical.completion_tokens_details.get_or_insert_default();
        details.extra.extend(of_answer);
    }
    canonical.extra = usage;
    canonical
}

/// OpenAI's `service_tier` for the tier that served the request; none if it is not told, or has been paid in advance.
pub(crate) fn service_tier(usage: &Extra) -> Option<String> {
    let told = usage.text("serviceTier").or_else(|| usage.text("trafficType"))?;
    match told.to_ascii_lowercase().as_str() {
        "standard" | "on_demand" => Some("default".to_owned()),
        "unspecified" | "traffic_type_unspecified" | "provisioned_throughput" => None,
        tier => Some(tier.trim_start_matches("on_demand_").to_owned()),
    }
}

/// The counts of what is not text, under OpenAI's names: `audio_tokens`, `image_tokens`, …
fn by_modality(details: &[Extra]) -> Vec<(String, Json)> {
    let entry = |detail: &Extra| {
        let modality = detail.text("modality")?.to_ascii_lowercase();
        let count: u64 = detail.read("tokenCount")?;
        (modality != "text").then(|| (format!("{modality}_tokens"), Json::from(count)))
    };
    details.iter().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn canonical(usage: &Value) -> Value {
        let usage = serde_json::from_value(usage.clone()).unwrap();
        serde_json::to_value(super::canonical(usage)).unwrap()
    }

    #[test]
    fn thoughts_and_tools_come_on_top_and_the_cache_does_not() {
        let usage = canonical(&json!({
            "promptTokenCount": 1200, "cachedContentTokenCount": 1000, "toolUsePromptTokenCount": 30,
            "candidatesTokenCount": 40, "thoughtsTokenCount": 100, "totalTokenCount": 1370,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 942}, {"modality": "IMAGE", "tokenCount": 258}],
            "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 25}, {"modality": "TEXT"}],
            "trafficType": "ON_DEMAND",
        }));
        assert_eq!(
            usage,
            json!({
                "prompt_tokens": 1230, "completion_tokens": 140, "total_tokens": 1370,
                "prompt_tokens_details": {"cached_tokens": 1000, "image_tokens": 258, "tool_use_tokens": 30},
                "completion_tokens_details": {"reasoning_tokens": 100, "audio_tokens": 25},
                "trafficType": "ON_DEMAND",
            })
        );
    }

    #[test]
    fn the_total_may_say_that_the_thoughts_are_within() {
        let usage = canonical(&json!({
            "promptTokenCount": 9, "candidatesTokenCount": 300, "thoughtsTokenCount": 200, "totalTokenCount": 309,
        }));
        assert_eq!(usage["completion_tokens"], 300);
        assert_eq!(usage["completion_tokens_details"], json!({"reasoning_tokens": 200}));
    }

    #[test]
    fn a_usage_without_counts_is_none() {
        let usage = canonical(&json!({"promptTokenCount": null, "candidatesTokenCount": "many"}));
        assert_eq!(
            usage,
            json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0})
        );
    }
}
