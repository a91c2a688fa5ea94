//! Mistral: OpenAI's signs, but where its API differs.

use std::collections::HashMap;

use jackfield_tests::vendor::mistral;
use jackfield_tests::vendor::scenario::SIGNATURE;
use serde_json::json;

use super::{Adapter, openai};
use crate::feature::Signs;
use crate::requests::{DATA_URL, PDF_DATA_URL, WAV};

pub(super) fn adapter() -> Adapter {
    let mut signs = openai::signs();
    signs.extend(openai::modern());
    signs.extend(own());
    Adapter {
        name: "mistral",
        model: "mistral-medium-2508",
        base: "/v1",
        provider: "api_key: double-key",
        speaks: None,
        unsaid: &[
            "pages that a search found",
            "ended at a stop sequence",
            "ended by the filter",
        ],
        say: mistral::say,
        signs,
    }
}

fn own() -> HashMap<&'static str, Signs> {
    let document = "/messages/0/content/0/document_url";
    HashMap::from([
        ("sound, inline", vec![("/messages/0/content/0/input_audio", json!(WAV))]),
        (
            "earlier reasoning, the vendor's own",
            vec![
                ("/messages/1/content/0/thinking/0/text", json!("let me see")),
                ("/messages/1/content/0/signature", json!(SIGNATURE)),
            ],
        ),
        ("seed", vec![("/random_seed", json!(7))]),
        ("document, PDF inline", vec![(document, json!(PDF_DATA_URL))]),
        (
            "document, PDF by URL",
            vec![(document, json!("https://example.com/a.pdf"))],
        ),
        // A result may hold none, so it stands in the user's next turn.
        ("image in a tool's result", vec![("*", json!(DATA_URL))]),
        ("any tool", vec![("/tool_choice", json!("any"))]),
        // Ids have nine characters there.
        (
            "parallel calls and their results",
            vec![
                ("/messages/1/tool_calls/1/function/name", json!("look_up")),
                ("/messages/2/content", json!("one")),
                ("/messages/3/content", json!("two")),
            ],
        ),
        // The text, without another vendor's signature.
        (
            "earlier reasoning, signed",
            vec![
                ("/messages/1/content/0/thinking/0/text", json!("hm")),
                ("/messages/1/content/0/signature", json!(null)),
            ],
        ),
        (
            "earlier reasoning, unsigned",
            vec![("/messages/1/content/0/thinking/0/text", json!("hm"))],
        ),
        ("top_k", vec![("/top_k", json!(5))]),
    ])
}
