//! Turns a request for images into a prediction.

use jackfield_plugin_sdk::canonical::{Extra, ImagesRequest, Json};
use jackfield_plugin_sdk::{Call, Failure, path};

use crate::settings::{Settings, SizeForm};

/// A prediction to create.
pub(crate) struct Created {
    pub(crate) path: String,
    pub(crate) body: Extra,
    /// What the input leaves out.
    pub(crate) dropped: Vec<String>,
}

/// The prediction for a request.
///
/// # Errors
/// If the size makes no sense, or the client wants a stream.
pub(crate) fn create(call: &Call<Settings>) -> Result<Created, Failure> {
    if call.stream {
        return Err(Failure::unsupported("stream: this provider does not stream images"));
    }
    let mut request: ImagesRequest = call.body()?;
    let dropped = request.take_openais();
    let (path, version) = place(&call.model)?;
    let mut body = Extra::new();
    body.extend(version.map(|version| ("version".to_owned(), Json::from(version))));
    body.insert("input", input(request, call)?);
    Ok(Created { path, body, dropped })
}

/// Where predictions of a model are created, and the version to name: `owner/name`, `owner/name:version`, a version alone,
/// or `deployments/owner/name`.
fn place(model: &str) -> Result<(String, Option<&str>), Failure> {
    let version = match model.rsplit_once(':') {
        Some((_, version)) => Some(version),
        None if !model.contains('/') => Some(model),
        None => None,
    };
    if version.is_some() {
        return Ok(("/predictions".to_owned(), version));
    }
    let segments = path::segments(model)?;
    let place = if model.starts_with("deployments/") {
        ""
    } else {
        "models/"
    };
    Ok((format!("/{place}{segments}/predictions"), None))
}

/// The model's input. Members that OpenAI does not have are the model's own.
fn input(mut request: ImagesRequest, call: &Call<Settings>) -> Result<Extra, Failure> {
    let settings = &call.settings;
    let mut input = Extra::new();
    input.insert("prompt", request.prompt.clone());
    if let Some(n) = request.n.filter(|n| *n != 1) {
        input.insert(settings.count.as_str(), u64::from(n));
    }
    let own = ["aspect_ratio", "width", "height"];
    let has_own = own.iter().any(|name| request.extra.contains_key(name));
    if let Some(size) = request.size.as_deref().filter(|size| *size != "auto" && !has_own) {
        let unclear = || Failure::client(format!("size: {size:?} is not a width and a height, such as 1024x1024"));
        match settings.size_form(&call.model) {
            SizeForm::AspectRatio => {
                let (across, down) = request.ratio().ok_or_else(unclear)?;
                input.insert("aspect_ratio", format!("{across}:{down}"));
            }
            SizeForm::Pixels => {
                let (width, height) = request.pixels().ok_or_else(unclear)?;
                input.insert("width", u64::from(width));
                input.insert("height", u64::from(height));
            }
            SizeForm::Size => input.insert("size", size),
        }
    }
    // Models on Replicate call it by the ending of the file.
    if request.extra.text("output_format").as_deref() == Some("jpeg") {
        request.extra.insert("output_format", "jpg");
    }
    request.extra.remove("stream");
    input.extend(request.extra.into_iter().filter(|(_, value)| !value.is_null()));
    for (name, value) in &settings.extra_parameters {
        input.set(name.as_str(), value);
    }
    Ok(input)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_model_is_named_in_four_ways() {
        for (model, path, version) in [
            (
                "black-forest-labs/flux-schnell",
                "/models/black-forest-labs/flux-schnell/predictions",
                None,
            ),
            ("stability-ai/sdxl:39ed52f2", "/predictions", Some("39ed52f2")),
            ("39ed52f2", "/predictions", Some("39ed52f2")),
            (
                "deployments/acme/painter",
                "/deployments/acme/painter/predictions",
                None,
            ),
        ] {
            assert_eq!(place(model), Ok((path.to_owned(), version)), "{model}");
        }
    }
}
