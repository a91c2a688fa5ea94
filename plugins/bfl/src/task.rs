//! Follows a task to its end.
//!
//! Source: `AsyncResponse`, `ResultResponse` and `StatusResponse` in the API's description. The URL to poll may be on the
//! host of another region, and has to be used as it is.

use jackfield_plugin_sdk::canonical::{Extra, Image, ImageFormat, Images, Json};
use jackfield_plugin_sdk::{Call, Exchange, Failure, Pace, Reply, Step};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

/// The API's own address. Below it, paths are relative, so that they hold for another `base_url` too.
pub(crate) const API: &str = "https://api.bfl.ai/v1";

/// A task between two exchanges.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Job {
    /// Where its state is; empty until it is known.
    place: String,
    /// How often it was asked for.
    polls: u32,
}

#[derive(Deserialize)]
struct Submitted {
    polling_url: String,
}

#[derive(Deserialize)]
struct State {
    status: String,
    result: Option<Produced>,
    details: Option<Json>,
}

#[derive(Deserialize)]
struct Produced {
    sample: Option<String>,
    seed: Option<Json>,
    /// The prompt, which the model may have written anew.
    prompt: Option<String>,
}

/// Of the request, what the reply needs.
#[derive(Deserialize)]
struct Wanted {
    prompt: Option<String>,
    response_format: Option<ImageFormat>,
}

/// The next step of a task after this reply.
///
/// # Errors
/// If it failed, or was not done in time.
pub(crate) fn advance(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let mut job: Job = reply.state()?;
    let is_submitted = !job.place.is_empty();
    if is_submitted && Pace::is_hiccup(reply) {
        return job.ask_again(&call.settings.polling);
    }
    if !reply.is_success() {
        return Err(Failure::from_reply(reply));
    }
    if !is_submitted {
        let submitted: Submitted = reply.json()?;
        job.place = path(&submitted.polling_url);
        return job.ask_again(&call.settings.polling);
    }
    let state: State = reply.json()?;
    match state.status.as_str() {
        "Ready" => image(call, state.result),
        "Request Moderated" => Err(Failure::content_policy("the provider's filter refused the request")),
        "Content Moderated" => Err(Failure::content_policy("the provider's filter held back the image")),
        "Error" | "Failed" | "Task not found" => Err(failed(&state)),
        // Pending, and states of tomorrow.
        _ => job.ask_again(&call.settings.polling),
    }
}

fn failed(state: &State) -> Failure {
    let details = state.details.as_ref().filter(|details| !details.is_null());
    let details = details
        .map(|details| format!(": {}", details.text()))
        .unwrap_or_default();
    Failure::overloaded(format!("the task ended as {:?}{details}", state.status))
}

fn image(call: &Call<Settings>, result: Option<Produced>) -> Result<Step, Failure> {
    let lacking = || Failure::malformed("the task is ready, but has no image");
    let result = result.ok_or_else(lacking)?;
    let url = result.sample.ok_or_else(lacking)?;
    let wanted: Wanted = call.parameters()?;
    let mut image = Image::at(&url, wanted.response_format.as_ref());
    image.revised_prompt = result.prompt.filter(|prompt| wanted.prompt.as_ref() != Some(prompt));
    let mut extra = Extra::new();
    extra.extend(
        result
            .seed
            .filter(|seed| !seed.is_null())
            .map(|seed| ("seed".to_owned(), seed)),
    );
    Step::done(&Images {
        data: vec![image],
        extra,
        ..Images::default()
    })
}

/// The URL below the API as a path, and any other as it is: the operator's list decides about it.
fn path(url: &str) -> String {
    let below = url.strip_prefix(API).filter(|path| path.starts_with('/'));
    below.unwrap_or(url).to_owned()
}

// === impl Job ===

impl Job {
    fn ask_again(mut self, pace: &Pace) -> Result<Step, Failure> {
        let exchange = pace.poll(Exchange::get(self.place.clone()), self.polls)?;
        self.polls = self.polls.saturating_add(1);
        Ok(Step::Again(exchange.state(&self)?))
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn only_what_is_below_the_api_becomes_a_path() {
        for (url, expected) in [
            ("https://api.bfl.ai/v1/get_result?id=1", "/get_result?id=1"),
            (
                "https://api.us1.bfl.ai/v1/get_result?id=1",
                "https://api.us1.bfl.ai/v1/get_result?id=1",
            ),
            ("https://api.bfl.ai.example/v1/a", "https://api.bfl.ai.example/v1/a"),
        ] {
            assert_eq!(path(url), expected);
        }
    }
}
