//! Follows a prediction to its end. Most are there with the first answer, for which Replicate waits.
//!
//! Source: `Prediction` in `replicate/prediction.py`; a prediction with a deadline may also be `aborted`.

use jackfield_plugin_sdk::canonical::{Image, ImageFormat, Images, Json};
use jackfield_plugin_sdk::{Call, Exchange, Failure, Method, Pace, Payload, Reply, Step, path};
use serde::{Deserialize, Serialize};

use crate::error;
use crate::settings::Settings;

/// A prediction between two exchanges.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Job {
    /// Its id; empty until it is known.
    id: String,
    /// How often it was asked for.
    polls: u32,
}

#[derive(Deserialize)]
struct Prediction {
    id: String,
    status: String,
    output: Option<Json>,
    error: Option<Json>,
}

/// Of the request, what the reply needs.
#[derive(Deserialize)]
struct Wanted {
    n: Option<usize>,
    response_format: Option<ImageFormat>,
}

/// The next step of a prediction after this reply.
///
/// # Errors
/// If it failed, or was not done in time.
pub(crate) fn advance(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let mut job: Job = reply.state()?;
    if !job.id.is_empty() && Pace::is_hiccup(reply) {
        return job.ask_again(&call.settings.polling);
    }
    if !reply.is_success() {
        return Err(Failure::from_reply(reply));
    }
    let prediction: Prediction = reply.json()?;
    match prediction.status.as_str() {
        "succeeded" | "successful" => images(call, prediction.output),
        "failed" => Err(error::of_prediction(prediction.error.as_ref())),
        "canceled" => Err(Failure::overloaded("the prediction was canceled")),
        "aborted" => Err(Failure::timeout("the prediction was aborted before it began")),
        _ => {
            job.id = prediction.id;
            job.ask_again(&call.settings.polling)
        }
    }
}

/// The images: a list of URLs, or one.
fn images(call: &Call<Settings>, output: Option<Json>) -> Result<Step, Failure> {
    let wanted: Wanted = call.parameters()?;
    let output = output.unwrap_or_default();
    let urls: Option<Vec<String>> = output.as_str().map(|url| vec![url]).or_else(|| output.read());
    let urls = urls.filter(|urls| !urls.is_empty());
    let urls = urls.ok_or_else(|| Failure::malformed("the output is no list of URLs"))?;
    let lacks = wanted.n.is_some_and(|n| n > urls.len());
    let images = Images {
        data: urls
            .iter()
            .map(|url| Image::at(url, wanted.response_format.as_ref()))
            .collect(),
        ..Images::default()
    };
    let payload = Payload::json(&images)?;
    Ok(Step::Done(if lacks { payload.dropped("n") } else { payload }))
}

// === impl Job ===

impl Job {
    fn ask_again(mut self, pace: &Pace) -> Result<Step, Failure> {
        let prediction = format!("/predictions/{}", path::segment(&self.id)?);
        let cancel = format!("{prediction}/cancel");
        let exchange = pace
            .poll(Exchange::get(prediction), self.polls)?
            .cancel(Method::Post, cancel);
        self.polls = self.polls.saturating_add(1);
        Ok(Step::Again(exchange.state(&self)?))
    }
}
