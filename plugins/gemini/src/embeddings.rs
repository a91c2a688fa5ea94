//! Embeddings: the endpoints' requests and their replies.
//!
//! AI Studio takes a batch (`:batchEmbedContents`). Vertex AI takes one for its Gemini models too, and instances
//! (`:predict`) for the older ones.
//!
//! Sources: <https://ai.google.dev/api/embeddings>;
//! <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api>; `embed_content` in the SDK.

use jackfield_plugin_sdk::canonical::{
    Embedding, Embeddings, EmbeddingsRequest, EncodingFormat, Extra, InputUsage, Json,
};
use jackfield_plugin_sdk::{Call, Exchange, Failure, Reply, Step};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::settings::Settings;
use crate::{endpoint, error};

/// What is needed to decode the reply.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Asked {
    base64: bool,
}

/// A vector in any of the replies' forms.
#[derive(Deserialize)]
struct Vector {
    values: Vec<f32>,
    #[serde(default)]
    statistics: Extra,
}

/// The exchange for the client's texts.
///
/// # Errors
/// If the input is not text, or the model's name cannot be part of a path.
pub(crate) fn exchange(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let request: EmbeddingsRequest = call.body()?;
    let texts = request.input.texts();
    let texts = texts.ok_or_else(|| Failure::unsupported("input: only texts are supported"))?;
    let format = request.encoding_format.unwrap_or_default();
    let base64 = match format {
        EncodingFormat::Float => false,
        EncodingFormat::Base64 => true,
        EncodingFormat::Other(other) => {
            return Err(Failure::unsupported(format!(
                "encoding_format: \"{other}\" is not supported"
            )));
        }
    };
    let mut extra = request.extra;
    let task = ["task_type", "input_type"]
        .into_iter()
        .find_map(|name| extra.take::<String>(name));
    let task = task.map(|task| task_type(&task));
    let model = &call.model;
    let is_instances = call.settings.vertex.is_some() && !(model.contains("gemini") || model.contains("maas"));
    let (method, body) = if is_instances {
        ("predict", instances(texts, task.as_deref(), request.dimensions))
    } else {
        let config = config(task.as_deref(), request.dimensions);
        let name = match &call.settings.vertex {
            None => Some(endpoint::resource(&call.settings, model)?),
            Some(_) => None,
        };
        ("batchEmbedContents", batch(texts, name.as_deref(), &config))
    };
    let path = endpoint::path(&call.settings, model, method)?;
    let mut exchange = Exchange::post(path).json(&body)?.state(&Asked { base64 })?;
    for (name, _) in extra.iter() {
        exchange = exchange.dropped(name);
    }
    Ok(if request.user.is_some() {
        exchange.dropped("user")
    } else {
        exchange
    })
}

fn config(task: Option<&str>, dimensions: Option<u32>) -> Extra {
    let mut config = Extra::new();
    config.extend(task.map(|task| ("taskType".to_owned(), Json::from(task))));
    config.extend(dimensions.map(|count| ("outputDimensionality".to_owned(), Json::of(&count))));
    config
}

/// A request for each text. AI Studio wants the model's name in each; Vertex AI, whose path has it, an object for the
/// rest.
fn batch(texts: &[String], model: Option<&str>, config: &Extra) -> Extra {
    let request = |text: &String| {
        let mut request = Extra::new();
        request.extend(model.map(|model| ("model".to_owned(), Json::from(model))));
        request.set("content", &json!({ "parts": [{ "text": text }] }));
        if model.is_some() {
            request.extend(config.clone());
        } else if !config.is_empty() {
            request.set("embedContentConfig", config);
        }
        request
    };
    let mut body = Extra::new();
    body.set("requests", &texts.iter().map(request).collect::<Vec<_>>());
    body
}

fn instances(texts: &[String], task: Option<&str>, dimensions: Option<u32>) -> Extra {
    let instance = |text: &String| {
        let mut instance = Extra::new();
        instance.insert("content", text.as_str());
        instance.extend(task.map(|task| ("task_type".to_owned(), Json::from(task))));
        instance
    };
    let mut body = Extra::new();
    body.set("instances", &texts.iter().map(instance).collect::<Vec<_>>());
    if let Some(dimensions) = dimensions {
        body.set("parameters", &json!({ "outputDimensionality": dimensions }));
    }
    body
}

/// The API's task type; other vendors call those of a search by other names.
fn task_type(word: &str) -> String {
    match word {
        "query" | "search_query" => "RETRIEVAL_QUERY".to_owned(),
        "document" | "passage" | "search_document" => "RETRIEVAL_DOCUMENT".to_owned(),
        other => other.to_ascii_uppercase(),
    }
}

/// Decodes the reply.
///
/// # Errors
/// If it is an error despite its status, or has no vectors.
pub(crate) fn read(model: &str, reply: &Reply) -> Result<Step, Failure> {
    let mut body: Extra = reply.json()?;
    if let Some(failure) = error::reported(&body) {
        return Err(failure);
    }
    let asked: Asked = reply.state()?;
    let format = if asked.base64 {
        EncodingFormat::Base64
    } else {
        EncodingFormat::Float
    };
    let vectors: Option<Vec<Vector>> = match body.take::<Vec<Extra>>("predictions") {
        Some(predictions) => predictions.iter().map(|entry| entry.read("embeddings")).collect(),
        None => body.take("embeddings"),
    };
    let vectors = vectors.ok_or_else(|| Failure::malformed("the reply has no embeddings"))?;
    let counted = vectors.iter().filter_map(|vector| count(&vector.statistics));
    let told = body
        .read::<Extra>("usageMetadata")
        .and_then(|usage| usage.read("promptTokenCount"));
    let tokens: Option<u64> = told.or_else(|| counted.reduce(u64::saturating_add));
    let data = vectors.into_iter().enumerate();
    Step::done(&Embeddings {
        data: data
            .map(|(index, vector)| Embedding::new(index, vector.values, &format))
            .collect(),
        model: model.to_owned(),
        usage: tokens.map(InputUsage::of),
        ..Embeddings::default()
    })
}

/// The tokens of a text, which Vertex AI writes as `4` or `4.0`.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from f64 saturates"
)]
fn count(statistics: &Extra) -> Option<u64> {
    let count: Value = statistics
        .read("token_count")
        .or_else(|| statistics.read("tokenCount"))?;
    count.as_u64().or_else(|| count.as_f64().map(|count| count as u64))
}
