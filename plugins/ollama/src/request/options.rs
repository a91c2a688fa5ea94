//! Ollama's `options`: how a model samples, and how it is loaded.
//!
//! Source: `Options` and `Runner` in `api/types.go`; <https://docs.ollama.com/modelfile#parameter>.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{ChatRequest, Extra, Json};

use crate::settings::Settings;
use jackfield_plugin_sdk::Dropped;

/// What a client may set, at the top of its request or in `options`. All other options belong to the operator: they decide
/// how a model is loaded, for everybody who uses it.
const SAMPLING: [&str; 13] = [
    "frequency_penalty",
    "min_p",
    "num_keep",
    "num_predict",
    "presence_penalty",
    "repeat_last_n",
    "repeat_penalty",
    "seed",
    "stop",
    "temperature",
    "top_k",
    "top_p",
    "typical_p",
];

/// The options of a request: the operator's, then the client's.
///
/// # Errors
/// If the client's `options` are no object.
pub(super) fn options(request: &mut ChatRequest, settings: &Settings, dropped: &mut Dropped) -> Result<Extra, Failure> {
    let mut options = Extra::new();
    if settings.num_ctx > 0 {
        options.insert("num_ctx", u64::from(settings.num_ctx));
    }
    for (name, value) in &settings.options {
        options.set(name.as_str(), value);
    }
    for (name, value) in own(request)? {
        if SAMPLING.contains(&name.as_str()) {
            options.insert(name, value);
        } else {
            dropped.add(format!("options.{name}"));
        }
    }
    let limit = request.token_limit();
    let stop = request.stop.as_ref().map(|stop| Json::of(stop.sequences()));
    let standard = [
        ("num_predict", limit.map(Json::from)),
        ("temperature", request.temperature.map(|it| Json::of(&it))),
        ("top_p", request.top_p.map(|it| Json::of(&it))),
        ("stop", stop),
    ];
    for (name, value) in standard {
        if let Some(value) = value {
            options.insert(name, value);
        }
    }
    for name in SAMPLING {
        if let Some(value) = request.extra.remove(name).filter(|value| !value.is_null()) {
            options.insert(name, value);
        }
    }
    Ok(options)
}

/// The client's `options`, as clients of Ollama's own API write them.
fn own(request: &mut ChatRequest) -> Result<Extra, Failure> {
    match request.extra.remove("options").filter(|options| !options.is_null()) {
        None => Ok(Extra::new()),
        Some(options) => options
            .read()
            .ok_or_else(|| Failure::client("options: must be an object")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_client_samples_but_does_not_load() {
        let mut request: ChatRequest = serde_json::from_value(json!({
            "temperature": 0.5, "seed": 7, "stop": "x", "max_completion_tokens": 5, "max_tokens": 9,
            "options": {"num_ctx": 1, "num_gpu": 0, "min_p": 0.1, "temperature": 0.1},
        }))
        .unwrap();
        let mut dropped = Dropped::default();
        let settings = serde_json::from_value(json!({"options": {"num_gpu": 9, "min_p": 0.2, "top_k": 3}})).unwrap();
        let options = options(&mut request, &settings, &mut dropped).unwrap();
        assert_eq!(
            serde_json::to_value(options).unwrap(),
            json!({
                "num_ctx": 32_768, "num_gpu": 9, "min_p": 0.1, "top_k": 3, "temperature": 0.5, "num_predict": 5,
                "stop": ["x"], "seed": 7,
            })
        );
        assert_eq!(dropped.names(), ["options.num_ctx", "options.num_gpu"]);
        assert!(request.extra.is_empty());
    }

    #[test]
    fn the_server_decides_on_the_context_if_it_is_told_to() {
        let settings = Settings {
            num_ctx: 0,
            ..Settings::default()
        };
        let options = options(&mut ChatRequest::default(), &settings, &mut Dropped::default()).unwrap();
        assert!(options.is_empty());
    }
}
