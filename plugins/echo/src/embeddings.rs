//! Embeddings that depend only on the input: equal texts get equal vectors, without any meaning beyond that.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jackfield_plugin_sdk::Failure;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{digest, words};

/// The default number of dimensions of a vector.
const DIMENSIONS: usize = 8;

/// The maximum number of dimensions, as in OpenAI's largest model.
const MOST_DIMENSIONS: usize = 3072;

/// The members of an embeddings request that matter here.
///
/// Source: <https://platform.openai.com/docs/api-reference/embeddings/create>.
#[derive(Debug, Deserialize)]
pub struct EmbeddingsRequest {
    /// One text, several texts, the tokens of one, or the tokens of several.
    pub input: Value,
    /// The number of dimensions of the vectors; 8 if absent, at most 3,072.
    #[serde(default)]
    pub dimensions: Option<usize>,
    /// `float` or `base64`; `float` if absent.
    #[serde(default)]
    pub encoding_format: Option<String>,
}

/// The complete reply.
///
/// # Errors
/// Of class client, if the vectors would have too many dimensions.
pub fn answer(request: &EmbeddingsRequest, model: &str) -> Result<Value, Failure> {
    let texts = texts(&request.input);
    let dimensions = request.dimensions.unwrap_or(DIMENSIONS);
    if dimensions > MOST_DIMENSIONS {
        return Err(Failure::client(format!(
            "dimensions: must be at most {MOST_DIMENSIONS}"
        )));
    }
    let base64 = request.encoding_format.as_deref() == Some("base64");
    let embedding = |(index, text): (usize, &String)| {
        let vector = vector(text, dimensions);
        let embedding = if base64 { encoded(&vector) } else { plain(&vector) };
        json!({ "object": "embedding", "index": index, "embedding": embedding })
    };
    let tokens: u64 = texts.iter().map(|text| words::count(text)).sum();
    Ok(json!({
        "object": "list",
        "data": texts.iter().enumerate().map(embedding).collect::<Vec<_>>(),
        "model": model,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    }))
}

/// The inputs, one text each. A list of numbers holds the tokens of one text.
fn texts(input: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match input.as_array() {
        Some(items) if !items.iter().all(Value::is_number) => items.iter().map(text).collect(),
        _ => vec![text(input)],
    }
}

/// A unit vector.
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let number = |place: usize| {
        // Only 16 bits of the digest, so that the number is exact as an `f32` and reads well.
        let bits = (digest::of([place.to_string().as_str(), text]) >> 32) as u16;
        f32::from(bits) / f32::from(u16::MAX) - 0.5
    };
    let raw: Vec<f32> = (0..dimensions).map(number).collect();
    let length = raw.iter().map(|number| number * number).sum::<f32>().sqrt();
    raw.into_iter()
        .map(|number| if length > 0.0 { number / length } else { 0.0 })
        .collect()
}

/// The vector as numbers with six decimals: few enough to survive any parser unchanged.
fn plain(vector: &[f32]) -> Value {
    let short = |number: &f32| (f64::from(*number) * 1e6).round() / 1e6;
    vector.iter().map(short).collect()
}

/// The vector in OpenAI's encoding: little-endian 32-bit floats in base64.
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
