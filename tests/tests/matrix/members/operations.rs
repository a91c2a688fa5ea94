//! The members of requests for embeddings, rankings and images: OpenAI's and Cohere's own, those that other vendors have
//! added, and one that nobody knows.

use serde_json::{Value, json};

use super::Member;

/// The name that nobody knows.
const UNKNOWN: &str = "of_tomorrow";

fn at_top(members: impl IntoIterator<Item = (&'static str, Value)>) -> Vec<Member> {
    let members = members.into_iter();
    members.map(|(name, value)| Member::at_top(name, value)).collect()
}

/// Those of embeddings.
pub(crate) fn of_embeddings() -> Vec<Member> {
    let mut members = at_top([
        ("dimensions", json!(1)),
        ("input_type", json!("query")),
        ("late_chunking", json!(true)),
        ("metadata", json!({ "a": "b" })),
        ("normalized", json!(true)),
        (UNKNOWN, json!({ "a": 1 })),
        ("output_dtype", json!("int8")),
        ("task", json!("retrieval.query")),
        ("truncate", json!("START")),
        ("truncation", json!(true)),
        ("user", json!("u-1")),
    ]);
    members.push(Member::at_top("encoding_format", json!("base64")).shown_in_reply());
    members
}

/// Those of rankings.
pub(crate) fn of_rankings() -> Vec<Member> {
    let mut members = at_top([
        ("max_chunks_per_doc", json!(3)),
        ("max_tokens_per_doc", json!(99)),
        (UNKNOWN, json!({ "a": 1 })),
        ("priority", json!(3)),
        ("rank_fields", json!(["text"])),
        ("truncation", json!(true)),
        ("user", json!("u-1")),
    ]);
    let documents = json!({ "documents": [{ "text": "a" }, { "text": "b" }] });
    members.push(Member::within(&documents, "/documents/0", UNKNOWN, json!("x")));
    members.push(Member::within(&documents, "/documents/1", "title", json!("B")));
    members.push(Member::at_top("return_documents", json!(true)).shown_in_reply());
    members.push(Member::at_top("top_n", json!(1)).shown_in_reply());
    members
}

/// Those of images.
pub(crate) fn of_images() -> Vec<Member> {
    // In which form a reply has its image, the gateway itself sees to (stories `jobs`).
    at_top([
        ("aspect_ratio", json!("16:9")),
        ("background", json!("transparent")),
        ("moderation", json!("low")),
        ("n", json!(2)),
        ("negative_prompt", json!("dogs")),
        (UNKNOWN, json!({ "a": 1 })),
        ("output_compression", json!(50)),
        ("output_format", json!("webp")),
        ("quality", json!("high")),
        ("seed", json!(7)),
        ("size", json!("1024x1536")),
        ("style", json!("vivid")),
        ("user", json!("u-1")),
    ])
}
