//! Embeddings: vectors that stand for texts.
//!
//! Source: <https://platform.openai.com/docs/api-reference/embeddings>.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use super::members::object;
use super::{Extra, InputUsage, Json, Vector};
use crate::open_enum::open_enum;

/// A request for embeddings.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct EmbeddingsRequest {
    /// The client's name for the model; the upstream's is in [`Call::model`](crate::Call::model).
    pub model: String,
    /// The texts.
    pub input: EmbeddingInput,
    /// The number of dimensions of the vectors, for models that can be asked for fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u32>,
    /// The form in which the client wants the vectors; [`EncodingFormat::Float`] if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding_format: Option<EncodingFormat>,
    /// The end user's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Unknown fields, such as `input_type`.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What is to be embedded.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum EmbeddingInput {
    /// One text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// One text, as tokens of the model.
    Tokens(Vec<u32>),
    /// Several texts, as tokens of the model.
    TokenLists(Vec<Vec<u32>>),
    /// A form this SDK does not know, preserved verbatim.
    Other(Json),
}

open_enum! {
    /// The form of a vector.
    #[derive(Default)]
    pub enum EncodingFormat {
        /// A list of numbers.
        #[default]
        Float = "float",
        /// Base64 of little-endian 32-bit floats.
        Base64 = "base64",
    }
}

/// The reply to a request for embeddings.
///
/// ```
/// use jackfield_plugin_sdk::canonical::{Embedding, Embeddings, EncodingFormat, InputUsage, Vector};
///
/// let vectors = [vec![0.5, -1.0], vec![0.25, 0.0]];
/// let format = EncodingFormat::Base64;
/// let reply = Embeddings {
///     data: vectors.into_iter().enumerate().map(|(index, floats)| Embedding::new(index, floats, &format)).collect(),
///     usage: Some(InputUsage::of(7)),
///     ..Embeddings::default()
/// };
/// assert_eq!(reply.data[0].embedding, Vector::Base64("AAAAPwAAgL8=".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Embeddings {
    /// Always `list`.
    pub object: Cow<'static, str>,
    /// The vectors, one for each input.
    pub data: Vec<Embedding>,
    /// The upstream's name for the model.
    pub model: String,
    /// The tokens used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<InputUsage>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One vector of a reply.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Embedding {
    /// Always `embedding`.
    pub object: Cow<'static, str>,
    /// The index of the input, from 0.
    pub index: u32,
    /// The vector.
    pub embedding: Vector,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

object! {
    EmbeddingsRequest {
        "model" => model,
        "input" => input,
        "dimensions" => dimensions,
        "encoding_format" => encoding_format,
        "user" => user,
    } requires "input"
}

object! {
    Embeddings {
        "object" => object,
        "data" => data,
        "model" => model,
        "usage" => usage,
    } requires "data"
}

object! {
    Embedding {
        "object" => object,
        "index" => index,
        "embedding" => embedding,
    } requires "embedding"
}

// === impl EmbeddingInput ===

impl EmbeddingInput {
    /// The texts, one or several; `None` if they are tokens or in a form this SDK does not know.
    pub fn texts(&self) -> Option<&[String]> {
        match self {
            Self::Text(text) => Some(std::slice::from_ref(text)),
            Self::Texts(texts) => Some(texts),
            _ => None,
        }
    }
}

impl Default for EmbeddingInput {
    fn default() -> Self {
        Self::Texts(Vec::new())
    }
}

impl<'de> Deserialize<'de> for EmbeddingInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let input = Json::deserialize(deserializer)?;
        // Each attempt ends at the first item of another kind, so all together read a long list once.
        let known = || {
            let text = input.as_str().map(Self::Text);
            text.or_else(|| input.read().map(Self::Texts))
                .or_else(|| input.read().map(Self::Tokens))
                .or_else(|| input.read().map(Self::TokenLists))
        };
        Ok(known().unwrap_or(Self::Other(input)))
    }
}

// === impl Embeddings ===

impl Default for Embeddings {
    fn default() -> Self {
        Self {
            object: Cow::Borrowed("list"),
            data: Vec::new(),
            model: String::new(),
            usage: None,
            extra: Extra::new(),
        }
    }
}

// === impl Embedding ===

impl Embedding {
    /// The vector of an input, in the form that the client asked for.
    pub fn new(index: usize, floats: Vec<f32>, format: &EncodingFormat) -> Self {
        Self {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            embedding: Vector::Floats(floats).in_format(format),
            ..Self::default()
        }
    }
}

impl Default for Embedding {
    fn default() -> Self {
        Self {
            object: Cow::Borrowed("embedding"),
            index: 0,
            embedding: Vector::default(),
            extra: Extra::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn input(input: &Value) -> EmbeddingInput {
        serde_json::from_value::<EmbeddingsRequest>(json!({ "input": input }))
            .unwrap()
            .input
    }

    #[test]
    fn texts_and_tokens_are_told_apart() {
        let text = || "a".to_owned();
        for (json, read) in [
            (json!("a"), EmbeddingInput::Text(text())),
            (json!(["a"]), EmbeddingInput::Texts(vec![text()])),
            (json!([1, 2]), EmbeddingInput::Tokens(vec![1, 2])),
            (json!([[1], [2]]), EmbeddingInput::TokenLists(vec![vec![1], vec![2]])),
            (
                json!([{"image": "x"}]),
                EmbeddingInput::Other(Json::of(&json!([{"image": "x"}]))),
            ),
        ] {
            assert_eq!(input(&json), read, "{json}");
            assert_eq!(serde_json::to_value(&read).unwrap(), json);
        }
        assert_eq!(input(&json!("a")).texts(), Some(&[text()][..]));
        assert_eq!(input(&json!([1])).texts(), None);
    }

    #[test]
    fn a_request_and_a_reply_keep_what_they_do_not_know() {
        let request = json!({"model": "m", "input": ["a"], "encoding_format": "ubinary", "input_type": "query"});
        let read: EmbeddingsRequest = serde_json::from_value(request.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), request);
        let reply = json!({
            "object": "list", "model": "m", "id": "x",
            "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -1.0], "truncated": true}],
            "usage": {"prompt_tokens": 1, "total_tokens": 1, "images": 0},
        });
        let read: Embeddings = serde_json::from_value(reply.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), reply);
        assert!(serde_json::from_str::<EmbeddingsRequest>("{}").is_err());
    }
}
