//! `MiniMax`: OpenAI's signs, but where its API differs.

use jackfield_tests::vendor::minimax;
use serde_json::json;

use super::{Adapter, openai};
use crate::client::Dialect;

pub(super) fn adapter() -> Adapter {
    let mut signs = openai::signs();
    signs.extend(openai::modern());
    signs.insert("effort", vec![("/thinking/type", json!("adaptive"))]);
    signs.insert(
        "earlier reasoning, signed",
        vec![("/messages/1/reasoning_details/0/text", json!("hm"))],
    );
    signs.insert(
        "earlier reasoning, unsigned",
        vec![("/messages/1/reasoning_details/0/text", json!("hm"))],
    );
    signs.insert(
        "earlier reasoning, the vendor's own",
        vec![("/messages/1/reasoning_details/0/text", json!("let me see"))],
    );
    for refused in ["forced tool", "any tool"] {
        signs.remove(refused);
    }
    Adapter {
        name: "minimax",
        model: "MiniMax-M2",
        base: "/v1",
        provider: "api_key: double-key",
        speaks: Some(Dialect::Chat),
        unsaid: &["ended at a stop sequence"],
        say: minimax::say,
        signs,
    }
}
