//! Turns a request for images into a task.

use jackfield_plugin_sdk::canonical::{Extra, ImagesRequest};
use jackfield_plugin_sdk::{Call, Failure};

use crate::settings::Settings;

/// Members that would send the result to somebody else.
const WEBHOOKS: [&str; 2] = ["webhook_url", "webhook_secret"];

/// The body, and the names of what it leaves out. Members that OpenAI does not have are the model's own.
///
/// # Errors
/// If the client wants more than one image or a stream, or the size makes no sense.
pub(crate) fn body(call: &Call<Settings>) -> Result<(Extra, Vec<String>), Failure> {
    if call.stream {
        return Err(Failure::unsupported("stream: this provider does not stream images"));
    }
    let mut request: ImagesRequest = call.body()?;
    if request.n.is_some_and(|n| n > 1) {
        return Err(Failure::unsupported(
            "n: this provider makes one image for each request",
        ));
    }
    let mut dropped = request.take_openais();
    let webhooks = WEBHOOKS.into_iter().filter(|name| request.extra.remove(name).is_some());
    dropped.extend(webhooks.map(str::to_owned).collect::<Vec<_>>());
    let mut body = Extra::new();
    body.insert("prompt", request.prompt.clone());
    let own = ["aspect_ratio", "width", "height"];
    let has_own = own.iter().any(|name| request.extra.contains_key(name));
    if let Some(size) = request.size.as_deref().filter(|size| *size != "auto" && !has_own) {
        let unclear = || Failure::client(format!("size: {size:?} is not a width and a height, such as 1024x1024"));
        let (across, down) = request.ratio().ok_or_else(unclear)?;
        if call.settings.takes_ratio(&call.model) {
            body.insert("aspect_ratio", format!("{across}:{down}"));
        } else {
            let (width, height) = request.pixels().ok_or_else(unclear)?;
            body.insert("width", u64::from(width));
            body.insert("height", u64::from(height));
        }
    }
    request.extra.remove("stream");
    body.extend(request.extra.into_iter().filter(|(_, value)| !value.is_null()));
    for (name, value) in &call.settings.extra_parameters {
        body.set(name.as_str(), value);
    }
    Ok((body, dropped))
}
