//! Embeddings that depend only on the input: equal texts get equal vectors, without any meaning beyond that.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{Embedding, EmbeddingInput, Embeddings, EmbeddingsRequest, InputUsage, Json};
use serde::Serialize;

use crate::{digest, words};

/// The default number of dimensions of a vector.
const DIMENSIONS: u32 = 8;

/// The maximum number of dimensions, as in OpenAI's largest model.
const MOST_DIMENSIONS: u32 = 3072;

/// The complete reply.
///
/// # Errors
/// Of class client, if the vectors would have too many dimensions.
pub fn answer(request: &EmbeddingsRequest, model: &str) -> Result<Embeddings, Failure> {
    let texts = texts(&request.input);
    let dimensions = request.dimensions.unwrap_or(DIMENSIONS);
    if dimensions > MOST_DIMENSIONS {
        return Err(Failure::client(format!(
            "dimensions: must be at most {MOST_DIMENSIONS}"
        )));
    }
    let format = request.encoding_format.clone().unwrap_or_default();
    let vectors = texts.iter().map(|text| vector(text, dimensions)).enumerate();
    Ok(Embeddings {
        data: vectors
            .map(|(index, vector)| Embedding::new(index, vector, &format))
            .collect(),
        model: model.to_owned(),
        usage: Some(InputUsage::of(texts.iter().map(|text| words::count(text)).sum())),
        ..Embeddings::default()
    })
}

/// The inputs, one text each. A list of numbers holds the tokens of one text.
fn texts(input: &EmbeddingInput) -> Vec<String> {
    fn json<T: Serialize>(value: &T) -> String {
        Json::of(value).text().to_owned()
    }
    let single = |item: &Json| item.as_str().unwrap_or_else(|| item.text().to_owned());
    match input {
        EmbeddingInput::Text(text) => vec![text.clone()],
        EmbeddingInput::Texts(texts) => texts.clone(),
        EmbeddingInput::Tokens(tokens) => vec![json(tokens)],
        EmbeddingInput::TokenLists(lists) => lists.iter().map(json).collect(),
        EmbeddingInput::Other(other) => match other.read::<Vec<Json>>() {
            Some(items) => items.iter().map(single).collect(),
            None => vec![single(other)],
        },
    }
}

/// A vector of length one, in numbers with six decimals: few enough to survive any parser unchanged.
fn vector(text: &str, dimensions: u32) -> Vec<f32> {
    let number = |place: u32| {
        // Only 16 bits of the digest, so that the number is exact as an `f32` and reads well.
        let bits = (digest::of([place.to_string().as_str(), text]) >> 32) as u16;
        f32::from(bits) / f32::from(u16::MAX) - 0.5
    };
    let raw: Vec<f32> = (0..dimensions).map(number).collect();
    let length = raw.iter().map(|number| number * number).sum::<f32>().sqrt();
    let short = |number: f32| ((f64::from(number) * 1e6).round() / 1e6) as f32;
    raw.into_iter()
        .map(|number| if length > 0.0 { short(number / length) } else { 0.0 })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_vector_has_length_one_and_the_dimensions_that_were_asked_for() {
        let vector = vector("Hello", 5);
        let length: f32 = vector.iter().map(|number| number * number).sum();
        assert_eq!(vector.len(), 5);
        assert!((length - 1.0).abs() < 1e-4, "{length}");
    }

    #[test]
    fn texts_and_tokens_are_told_apart() {
        for (input, expected) in [
            (json!("a b"), vec!["a b"]),
            (json!(["a", "b"]), vec!["a", "b"]),
            (json!([1, 2]), vec!["[1,2]"]),
            (json!([[1, 2], [3]]), vec!["[1,2]", "[3]"]),
            (json!(["a", [3]]), vec!["a", "[3]"]),
        ] {
            let read: EmbeddingInput = serde_json::from_value(input).unwrap();
            assert_eq!(texts(&read), expected);
        }
    }
}
