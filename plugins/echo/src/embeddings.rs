//! Embeddings that depend on the input alone: equal texts get equal vectors, which is all they can do.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{digest, words};

/// How many dimensions a vector has unless the client says otherwise.
const DIMENSIONS: usize = 8;

/// The most dimensions that are given: OpenAI's largest model has as many.
const MOST_DIMENSIONS: usize = 3072;

/// A request for embeddings, as far as it matters here.
///
/// Source: <https://platform.openai.com/docs/api-reference/embeddings/create>.
#[derive(Debug, Deserialize)]
pub struct EmbeddingsRequest {
    /// A text, several texts, the tokens of one, or the tokens of several.
    pub input: Value,
    /// How many dimensions the vectors shall have.
    #[serde(default)]
    pub dimensions: Option<usize>,
    /// `float` or `base64`.
    #[serde(default)]
    pub encoding_format: Option<String>,
}

/// The whole reply.
pub fn answer(request: &EmbeddingsRequest, model: &str) -> Value {
    let texts = texts(&request.input);
    let dimensions = request.dimensions.unwrap_or(DIMENSIONS).min(MOST_DIMENSIONS);
    let base64 = request.encoding_format.as_deref() == Some("base64");
    let embedding = |(index, text): (usize, &String)| {
        let vector = vector(text, dimensions);
        let embedding = if base64 { encoded(&vector) } else { plain(&vector) };
        json!({ "object": "embedding", "index": index, "embedding": embedding })
    };
    let tokens: u64 = texts.iter().map(|text| words::count(text)).sum();
    json!({
        "object": "list",
        "data": texts.iter().enumerate().map(embedding).collect::<Vec<_>>(),
        "model": model,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    })
}

/// The inputs, one text each; a list of numbers is the tokens of one text.
fn texts(input: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match input.as_array() {
        Some(items) if !items.iter().all(Value::is_number) => items.iter().map(text).collect(),
        _ => vec![text(input)],
    }
}

/// A vector of length 1.
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let number = |place: usize| {
        // A few of the digest's bits, so that the number is exact in 32 bits and reads well.
        let bits = (digest::of([place.to_string().as_str(), text]) >> 32) as u16;
        f32::from(bits) / f32::from(u16::MAX) - 0.5
    };
    let raw: Vec<f32> = (0..dimensions).map(number).collect();
    let length = raw.iter().map(|number| number * number).sum::<f32>().sqrt();
    raw.into_iter()
        .map(|number| if length > 0.0 { number / length } else { 0.0 })
        .collect()
}

/// The vector as numbers of six digits: short enough to be the same after any parser has read them.
fn plain(vector: &[f32]) -> Value {
    let short = |number: &f32| (f64::from(*number) * 1e6).round() / 1e6;
    vector.iter().map(short).collect()
}

/// The vector as OpenAI encodes it: 32-bit floats, little end first, in base64.
fn encoded(vector: &[f32]) -> Value {
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    STANDARD.encode(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_has_length_one_and_the_dimensions_that_were_asked_for() {
        let vector = vector("Hello", 5);
        let length: f32 = vector.iter().map(|number| number * number).sum();
        assert_eq!(vector.len(), 5);
        assert!((length - 1.0).abs() < 1e-5, "{length}");
    }

    #[test]
    fn texts_and_tokens_are_told_apart() {
        assert_eq!(texts(&json!("a b")), ["a b"]);
        assert_eq!(texts(&json!(["a", "b"])), ["a", "b"]);
        assert_eq!(texts(&json!([1, 2])), ["[1,2]"]);
        assert_eq!(texts(&json!([[1, 2], [3]])), ["[1,2]", "[3]"]);
    }
}
