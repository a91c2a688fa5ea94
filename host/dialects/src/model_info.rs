//! The models with their limits and prices in the form of `LiteLLM`'s proxy, from which agents and editors fill in what
//! they have to know of a model.
//!
//! Source: <https://docs.litellm.ai/docs/proxy/model_management>, "Get Model Information".

use serde_json::{Value, json};

use crate::model_card::ModelCard;
use crate::operation::Operation;

/// A model as this list shows it.
#[derive(Debug, Clone)]
pub struct ModelInfo<'a> {
    /// What other lists show as well.
    pub card: ModelCard<'a>,
    /// What it is for.
    pub operation: Operation,
    /// Whether it sees images.
    pub sees: bool,
    /// Dollars for a token of a prompt, and for one of an answer; `None` if they are unknown.
    pub price: Option<(f64, f64)>,
}

/// The body of the list.
pub fn model_infos(models: &[ModelInfo<'_>]) -> Vec<u8> {
    let data: Vec<Value> = models.iter().map(info).collect();
    json!({ "data": data }).to_string().into_bytes()
}

fn info(model: &ModelInfo<'_>) -> Value {
    let card = &model.card;
    json!({
        "model_name": card.id,
        "litellm_params": { "model": card.id },
        "model_info": {
            "id": card.id,
            "mode": mode(model.operation),
            "max_tokens": card.max_output,
            "max_input_tokens": card.context,
            "max_output_tokens": card.max_output,
            "input_cost_per_token": model.price.map(|(input, _)| input),
            "output_cost_per_token": model.price.map(|(_, output)| output),
            "supports_vision": model.sees,
        },
    })
}

/// The list's word for what a model is for.
const fn mode(operation: Operation) -> &'static str {
    match operation {
        Operation::Embeddings => "embedding",
        Operation::Images | Operation::ImageEdit | Operation::ImageVariation => "image_generation",
        Operation::Speech => "audio_speech",
        Operation::Transcription | Operation::Translation => "audio_transcription",
        Operation::CountTokens | Operation::Compaction => Operation::Chat.as_str(),
        other => other.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ModelCard, ModelInfo, Operation, model_infos};

    #[test]
    fn a_model_has_its_limits_and_prices() {
        let model = |operation, price| ModelInfo {
            card: ModelCard {
                id: "m",
                name: "M",
                created_at: String::new(),
                context: Some(200),
                max_output: Some(64),
            },
            operation,
            sees: true,
            price,
        };
        let models = [
            model(Operation::Chat, Some((3e-6, 15e-6))),
            model(Operation::Embeddings, None),
        ];
        let list: Value = serde_json::from_slice(&model_infos(&models)).unwrap();
        let expected = json!({
            "model_name": "m",
            "litellm_params": { "model": "m" },
            "model_info": {
                "id": "m", "mode": "chat", "max_tokens": 64, "max_input_tokens": 200, "max_output_tokens": 64,
                "input_cost_per_token": 3e-6, "output_cost_per_token": 15e-6, "supports_vision": true,
            },
        });
        assert_eq!(list["data"][0], expected);
        let embeddings = &list["data"][1]["model_info"];
        assert_eq!(embeddings["mode"], "embedding");
        assert_eq!(embeddings["input_cost_per_token"], Value::Null);
    }
}
