//! Worked invoices: what eight vendors' models cost, from the usage in a reply and the catalogue's prices to the charge.
//!
//! Each sum is written out as the vendor's price list says it: tokens times dollars per million.

use jackfield_config::catalogue::listed;
use jackfield_dialects::words::name::ServiceTier;
use jackfield_dialects::words::usage::Usage;

use super::*;
use crate::record::{Asked, CountedTokens};
use jackfield_accounting::credits::Served;

/// One invoice.
struct Invoice {
    vendor: &'static str,
    model: &'static str,
    /// The canonical usage of the reply.
    usage: &'static str,
    /// What the request asks for: images, their quality and size, and characters.
    images: u64,
    kind: Option<&'static str>,
    characters: u64,
    /// Quantities, and the dollars per million of each.
    lines: &'static [(f64, f64)],
}

/// An invoice without anything.
const NONE: Invoice = Invoice {
    vendor: "",
    model: "",
    usage: "{}",
    images: 0,
    kind: None,
    characters: 0,
    lines: &[],
};

const INVOICES: [Invoice; 18] = [
    // Cached tokens are within the prompt's.
    Invoice {
        vendor: "openai",
        model: "gpt-5",
        usage: r#"{"prompt_tokens":10000,"completion_tokens":2000,"prompt_tokens_details":{"cached_tokens":8000},
                   "completion_tokens_details":{"reasoning_tokens":1500}}"#,
        lines: &[(2000.0, 1.25), (8000.0, 0.125), (2000.0, 10.0)],
        ..NONE
    },
    Invoice {
        vendor: "openai",
        model: "gpt-5",
        usage: r#"{"prompt_tokens":10000,"completion_tokens":2000,"service_tier":"flex"}"#,
        lines: &[(10000.0, 0.625), (2000.0, 5.0)],
        ..NONE
    },
    // What Anthropic counts beside its `input_tokens` is within the canonical prompt's.
    Invoice {
        vendor: "anthropic",
        model: "claude-sonnet-4-5",
        usage: r#"{"prompt_tokens":9632,"completion_tokens":198,
                   "prompt_tokens_details":{"cached_tokens":6289,"cache_creation_tokens":3337},
                   "cache_creation":{"ephemeral_5m_input_tokens":1337,"ephemeral_1h_input_tokens":2000},
                   "server_tool_use":{"web_search_requests":2}}"#,
        lines: &[
            (6.0, 3.0),
            (6289.0, 0.3),
            (1337.0, 3.75),
            (2000.0, 6.0),
            (198.0, 15.0),
            (2.0, 10_000.0),
        ],
        ..NONE
    },
    // A long prompt makes the whole request dearer.
    Invoice {
        vendor: "gemini",
        model: "gemini-2.5-pro",
        usage: r#"{"prompt_tokens":250000,"completion_tokens":1000,"prompt_tokens_details":{"cached_tokens":50000}}"#,
        lines: &[(200_000.0, 2.5), (50_000.0, 0.25), (1000.0, 15.0)],
        ..NONE
    },
    Invoice {
        vendor: "gemini",
        model: "gemini-2.5-pro",
        usage: r#"{"prompt_tokens":200000,"completion_tokens":1000}"#,
        lines: &[(200_000.0, 1.25), (1000.0, 10.0)],
        ..NONE
    },
    Invoice {
        vendor: "bedrock",
        model: "anthropic.claude-sonnet-4-5-20250929-v1:0",
        usage: r#"{"prompt_tokens":1000,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":900}}"#,
        lines: &[(100.0, 3.0), (900.0, 0.3), (10.0, 15.0)],
        ..NONE
    },
    Invoice {
        vendor: "deepseek",
        model: "deepseek-chat",
        usage: r#"{"prompt_tokens":1000,"completion_tokens":100,"prompt_cache_hit_tokens":600,"prompt_cache_miss_tokens":400}"#,
        lines: &[(400.0, 0.28), (600.0, 0.028), (100.0, 0.42)],
        ..NONE
    },
    Invoice {
        vendor: "mistral",
        model: "mistral-large-latest",
        usage: r#"{"prompt_tokens":2000000,"completion_tokens":1000}"#,
        lines: &[(2_000_000.0, 0.5), (1000.0, 1.5)],
        ..NONE
    },
    Invoice {
        vendor: "minimax",
        model: "MiniMax-M2",
        usage: r#"{"prompt_tokens":10000,"completion_tokens":1000,"prompt_tokens_details":{"cached_tokens":10000}}"#,
        lines: &[(10_000.0, 0.03), (1000.0, 1.2)],
        ..NONE
    },
    // A search among documents is paid by the hundred of them.
    Invoice {
        vendor: "cohere",
        model: "rerank-v3.5",
        usage: r#"{"prompt_tokens":0,"search_units":3}"#,
        lines: &[(3.0, 2000.0)],
        ..NONE
    },
    // Recordings are paid by the second, and by the token where their upstream counts those.
    Invoice {
        vendor: "openai",
        model: "whisper-1",
        usage: r#"{"type":"duration","seconds":61}"#,
        lines: &[(61.0, 100.0)],
        ..NONE
    },
    Invoice {
        vendor: "groq",
        model: "whisper-large-v3",
        usage: r#"{"seconds":3600.5}"#,
        lines: &[(3600.5, 30.83)],
        ..NONE
    },
    Invoice {
        vendor: "azure",
        model: "gpt-4o-transcribe",
        usage: r#"{"type":"tokens","input_tokens":24,"input_token_details":{"text_tokens":10,"audio_tokens":14},
                   "output_tokens":45,"total_tokens":69}"#,
        lines: &[(10.0, 2.5), (14.0, 6.0), (45.0, 10.0)],
        ..NONE
    },
    // Speech is paid by the character.
    Invoice {
        vendor: "openai",
        model: "tts-1-hd",
        characters: 4096,
        lines: &[(4096.0, 30.0)],
        ..NONE
    },
    // Images are paid by quality and size, and by the token where their upstream counts those.
    Invoice {
        vendor: "azure",
        model: "dall-e-3",
        images: 2,
        kind: Some("hd/1024x1792"),
        lines: &[(2.0, 132_000.0)],
        ..NONE
    },
    Invoice {
        vendor: "azure",
        model: "dall-e-3",
        images: 1,
        lines: &[(1.0, 44_000.0)],
        ..NONE
    },
    Invoice {
        vendor: "fal",
        model: "openai/gpt-image-2",
        images: 3,
        kind: Some("low/1024x1536"),
        lines: &[(3.0, 5000.0)],
        ..NONE
    },
    Invoice {
        vendor: "openai",
        model: "gpt-image-1",
        usage: r#"{"input_tokens":50,"input_tokens_details":{"text_tokens":10,"image_tokens":40},"output_tokens":1056,
                   "total_tokens":1106}"#,
        images: 1,
        kind: Some("medium/1024x1024"),
        lines: &[(10.0, 5.0), (40.0, 10.0), (1056.0, 40.0)],
        ..NONE
    },
];

#[test]
fn the_charge_is_the_sum_of_the_vendors_invoice() {
    for invoice in INVOICES {
        let Invoice { vendor, model, .. } = invoice;
        let pricing = listed(vendor, model).and_then(|listed| listed.pricing);
        let price = price(&pricing.unwrap_or_else(|| panic!("{vendor} {model}")), 1.0);
        let usage = Usage::from_canonical(invoice.usage);
        let counted = CountedTokens {
            input: usage.input_tokens.unwrap_or(0),
            output: usage.output_tokens.unwrap_or(0),
            recording_ms: usage.recording_ms.unwrap_or(0),
            estimated: false,
            doubtful: false,
        };
        let tier = usage.service_tier;
        let served = Served {
            tier: tier.as_ref().map(ServiceTier::as_str),
            image: invoice.kind,
        };
        let (images, characters) = (invoice.images, invoice.characters);
        let asked = Asked {
            images,
            characters,
            ..Asked::default()
        };
        let charge = price.charge(&counted.used(&usage, &asked), served);
        let sum: f64 = invoice.lines.iter().map(|(quantity, dollars)| quantity * dollars).sum();
        #[expect(clippy::cast_possible_truncation, reason = "a small sum")]
        let sum = (sum + 1e-6).round() as i64;
        assert_eq!(charge, sum, "{vendor} {model}");
    }
}

#[test]
fn an_estimate_covers_every_class_and_tier() {
    let pricing = listed("anthropic", "claude-sonnet-4-5").and_then(|listed| listed.pricing);
    let dearest = price(&pricing.unwrap(), 1.0);
    let most = jackfield_accounting::credits::Used::tokens(1000, 100);
    // Every token of the prompt written to the cache for an hour.
    assert_eq!(dearest.estimate(&most, None), 6 * 1000 + 15 * 100);
}
