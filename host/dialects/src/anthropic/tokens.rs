//! Token counts in Anthropic's words.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::Object;
use crate::words::name::{ServedModel, ServiceTier};
use crate::words::usage::{CacheCreation, Count, ServerToolUse, Usage};

/// The counts of a `usage` object. In a stream they come in parts, each counting from the start.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tokens {
    /// Tokens of the prompt that were neither read from a cache nor written to one.
    input: Option<u64>,
    /// Tokens of the prompt that were written to a cache.
    cache_creation: Option<u64>,
    /// Those of them that are kept for an hour.
    cache_creation_long: Option<u64>,
    /// Tokens of the prompt that were read from a cache.
    cache_read: Option<u64>,
    /// Tokens of the reply, including thinking.
    output: Option<u64>,
    thinking: Option<u64>,
    /// Searches that the upstream made.
    searches: Option<u64>,
    service_tier: Option<ServiceTier>,
    /// The model that served, as the upstream names it.
    pub(super) served_model: Option<ServedModel>,
    /// All of these together, where the upstream reports nothing else.
    total: Option<u64>,
    /// Something stands in place of a count that cannot be one.
    unreadable: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NativeUsage<'a> {
    input_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_read_input_tokens: Count,
    output_tokens: Count,
    #[serde(borrow)]
    output_tokens_details: Option<&'a RawValue>,
    cache_creation: CacheCreation,
    server_tool_use: ServerToolUse,
    #[serde(borrow)]
    service_tier: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    thinking_tokens: Count,
}

// === impl Tokens ===

impl Tokens {
    /// Reads Anthropic's usage object. A count that makes no sense is left out.
    pub(super) fn from_native(usage: &str) -> Self {
        let usage: NativeUsage<'_> = object(usage).unwrap_or_default();
        let details = usage.output_tokens_details.map(RawValue::get);
        let details: OutputDetails = details.and_then(object).unwrap_or_default();
        let counts = [
            usage.input_tokens,
            usage.cache_creation_input_tokens,
            usage.cache_read_input_tokens,
            usage.output_tokens,
        ];
        Self {
            input: usage.input_tokens.value,
            cache_creation: usage.cache_creation_input_tokens.value,
            cache_creation_long: usage.cache_creation.0.an_hour.value,
            cache_read: usage.cache_read_input_tokens.value,
            output: usage.output_tokens.value,
            thinking: details.thinking_tokens.value,
            searches: usage.server_tool_use.0.searches.value,
            service_tier: usage.service_tier.and_then(|tier| ServiceTier::of_json(tier.get())),
            served_model: None,
            total: None,
            unreadable: counts.iter().any(|count| count.unreadable),
        }
    }

    /// Takes the counts of the canonical usage, whose `prompt_tokens` include what was read from a cache or written to one;
    /// `input_tokens` do not.
    pub(super) fn from_canonical(usage: &Usage) -> Self {
        let of_cache = [usage.cached_tokens, usage.cache_write_tokens].into_iter().flatten();
        let of_cache = of_cache.fold(0, u64::saturating_add);
        Self {
            input: usage.input_tokens.map(|all| all.saturating_sub(of_cache)),
            cache_creation: usage.cache_write_tokens,
            cache_creation_long: usage.cache_write_long_tokens,
            cache_read: usage.cached_tokens,
            output: usage.output_tokens,
            thinking: usage.reasoning_tokens,
            searches: usage.searches,
            service_tier: usage.service_tier,
            served_model: usage.served_model,
            total: usage.total_tokens,
            unreadable: usage.unreadable,
        }
    }

    /// Takes the counts of a later part; those that it leaves out stay.
    pub(super) fn merge(&mut self, later: Self) {
        *self = Self {
            input: later.input.or(self.input),
            cache_creation: later.cache_creation.or(self.cache_creation),
            cache_creation_long: later.cache_creation_long.or(self.cache_creation_long),
            cache_read: later.cache_read.or(self.cache_read),
            output: later.output.or(self.output),
            thinking: later.thinking.or(self.thinking),
            searches: later.searches.or(self.searches),
            service_tier: later.service_tier.or(self.service_tier),
            served_model: later.served_model.or(self.served_model),
            total: later.total.or(self.total),
            unreadable: self.unreadable || later.unreadable,
        };
    }

    /// All tokens of the prompt.
    pub(super) fn prompt(&self) -> Option<u64> {
        [self.input, self.cache_creation, self.cache_read]
            .into_iter()
            .flatten()
            .reduce(u64::saturating_add)
    }

    /// Tokens of the reply.
    pub(super) fn output(&self) -> Option<u64> {
        self.output
    }

    /// The counts in the host's words.
    pub(super) fn usage(&self) -> Usage {
        Usage {
            input_tokens: self.prompt(),
            output_tokens: self.output,
            cached_tokens: self.cache_read,
            reasoning_tokens: self.thinking,
            cache_write_tokens: self.cache_creation,
            cache_write_long_tokens: self.cache_creation_long,
            searches: self.searches,
            service_tier: self.service_tier,
            served_model: self.served_model,
            total_tokens: self.total,
            unreadable: self.unreadable,
            ..Usage::default()
        }
    }

    /// Writes the counts as members of a usage object. Unknown counts are written as 0: Anthropic's SDKs require
    /// numbers.
    pub(super) fn write(&self, usage: &mut Object<'_>) {
        for (name, count) in [
            ("input_tokens", self.input),
            ("cache_creation_input_tokens", self.cache_creation),
            ("cache_read_input_tokens", self.cache_read),
            ("output_tokens", self.output),
        ] {
            usage.raw(name, count.unwrap_or(0).to_string());
        }
    }
}

/// Reads an object; serde would read an array as the struct's fields in order.
fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    text.starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::Tokens;
    use crate::json::Object;
    use crate::words::usage::Usage;

    const NATIVE: &str =
        r#"{"input_tokens":6,"cache_creation_input_tokens":3337,"cache_read_input_tokens":6289,"output_tokens":198}"#;

    #[test]
    fn the_prompt_counts_what_the_cache_gave_and_took() {
        let canonical = r#"{"prompt_tokens":9632,"completion_tokens":198,"prompt_tokens_details":{"cached_tokens":6289,"cache_creation_tokens":3337},"completion_tokens_details":{"reasoning_tokens":20}}"#;
        let tokens = Tokens::from_canonical(&Usage::from_canonical(canonical));
        let written = Object::text(|usage| tokens.write(usage));
        assert_eq!(String::from_utf8(written).unwrap(), NATIVE);
        let usage = Usage {
            input_tokens: Some(9632),
            output_tokens: Some(198),
            cached_tokens: Some(6289),
            reasoning_tokens: Some(20),
            cache_write_tokens: Some(3337),
            ..Usage::default()
        };
        assert_eq!(tokens.usage(), usage);
        let native = NATIVE.replace("198}", "198,\"output_tokens_details\":{\"thinking_tokens\":20}}");
        assert_eq!(Tokens::from_native(&native).usage(), usage);
    }

    #[test]
    fn a_later_part_wins_and_what_it_leaves_out_stays() {
        let mut tokens = Tokens::from_native(r#"{"input_tokens":43,"output_tokens":1}"#);
        tokens.merge(Tokens::from_native(r#"{"input_tokens":null,"output_tokens":2}"#));
        assert_eq!(tokens.prompt(), Some(43));
        assert_eq!(tokens.output(), Some(2));
    }

    #[test]
    fn no_usage_is_unknown_and_written_as_nothing() {
        let tokens = Tokens::from_native("7");
        assert_eq!(tokens.usage(), Usage::default());
        assert_eq!(Tokens::from_native("[1,2,3,4]"), tokens);
        for absurd in ["-3", "\"3\"", "18446744073709551616", "1e300", "{}", "true"] {
            let tokens = Tokens::from_native(&format!(r#"{{"input_tokens":2,"output_tokens":{absurd}}}"#));
            let usage = tokens.usage();
            assert_eq!((usage.output_tokens, usage.unreadable), (None, true), "{absurd}");
        }
        let odd = Tokens::from_native(r#"{"output_tokens":5,"output_tokens_details":[7]}"#);
        assert_eq!((odd.output, odd.thinking), (Some(5), None));
        let written = String::from_utf8(Object::text(|usage| tokens.write(usage))).unwrap();
        assert_eq!(written.matches(":0").count(), 4);
    }

    #[test]
    fn absurd_counts_do_not_overflow() {
        let max = u64::MAX;
        let tokens = Tokens::from_native(&format!(r#"{{"input_tokens":{max},"cache_read_input_tokens":{max}}}"#));
        assert_eq!(tokens.prompt(), Some(max));
        let tokens = Tokens::from_canonical(&Usage::from_canonical(
            r#"{"prompt_tokens":1,"prompt_tokens_details":{"cached_tokens":5}}"#,
        ));
        assert_eq!(tokens.input, Some(0));
    }
}
