//! Turns a request for images into a model's input.
//!
//! Source: the models' pages; <https://fal.ai/models/fal-ai/flux/dev/api> is typical.

use jackfield_plugin_sdk::canonical::{Extra, ImagesRequest};
use jackfield_plugin_sdk::{Call, Failure};
use serde_json::json;

use crate::settings::Settings;

/// The input, and the names of what it leaves out. Members that OpenAI does not have are the model's own.
///
/// # Errors
/// If the size makes no sense, or the client wants a stream.
pub(crate) fn input(call: &Call<Settings>) -> Result<(Extra, Vec<String>), Failure> {
    if call.stream {
        return Err(Failure::unsupported("stream: this provider does not stream images"));
    }
    let mut request: ImagesRequest = call.body()?;
    let dropped = request.take_openais();
    let mut input = Extra::new();
    input.insert("prompt", request.prompt.clone());
    if let Some(n) = request.n {
        input.insert("num_images", u64::from(n));
    }
    let has_own = request.extra.contains_key("image_size") || request.extra.contains_key("aspect_ratio");
    if let Some(size) = request.size.as_deref().filter(|size| *size != "auto" && !has_own) {
        let unclear = || Failure::client(format!("size: {size:?} is not a width and a height, such as 1024x1024"));
        let (across, down) = request.ratio().ok_or_else(unclear)?;
        if call.settings.takes_ratio(&call.model) {
            input.insert("aspect_ratio", format!("{across}:{down}"));
        } else {
            let (width, height) = request.pixels().ok_or_else(unclear)?;
            input.set("image_size", &json!({ "width": width, "height": height }));
        }
    }
    request.extra.remove("stream");
    input.extend(request.extra.into_iter().filter(|(_, value)| !value.is_null()));
    for (name, value) in &call.settings.extra_parameters {
        input.set(name.as_str(), value);
    }
    Ok((input, dropped))
}
