//! Follows a job through the queue: submitted, polled, fetched.
//!
//! Source: <https://fal.ai/docs/api-reference/inference-api>: a job's URLs come with the answer to its submission, and
//! are not to be built, because only the owner and the app of the model's name are in them.

use jackfield_plugin_sdk::{Call, Exchange, Failure, Method, Pace, Reply, Step};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;
use crate::{error, reply};

/// The queue's own address. Below it, paths are relative, so that they hold for another `base_url` too.
pub(crate) const QUEUE: &str = "https://queue.fal.run";

/// A job between two exchanges.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Job {
    stage: Stage,
    /// Where its state is.
    status: String,
    /// Where its result is.
    response: String,
    /// How often it was asked for.
    polls: u32,
}

/// What the next reply answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    #[default]
    Submitted,
    Polled,
    Fetched,
}

#[derive(Deserialize)]
struct Queued {
    #[serde(rename = "status_url")]
    status: String,
    #[serde(rename = "response_url")]
    response: String,
    #[serde(rename = "cancel_url")]
    cancel: Option<String>,
}

#[derive(Deserialize)]
struct State {
    status: String,
}

/// The next step of a job after this reply.
///
/// # Errors
/// If the job failed, or was not done in time.
pub(crate) fn advance(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let mut job: Job = reply.state()?;
    if job.is_hiccup(reply) {
        return job.ask_again(&call.settings.polling);
    }
    if !reply.is_success() {
        return Err(error::of_reply(reply));
    }
    match job.stage {
        Stage::Submitted => {
            let queued: Queued = reply.json()?;
            job = Job {
                stage: Stage::Polled,
                status: path(&queued.status),
                response: path(&queued.response),
                polls: 0,
            };
            let exchange = job.next(&call.settings.polling)?;
            let cancel = queued.cancel.as_deref().map(path);
            Ok(Step::Again(match cancel {
                Some(cancel) => exchange.cancel(Method::Put, cancel),
                None => exchange,
            }))
        }
        Stage::Polled => job.polled(&reply.json()?, &call.settings.polling),
        Stage::Fetched => reply::images(call, reply),
    }
}

/// The URL below the queue as a path, and any other as it is: the operator's list decides about it.
fn path(url: &str) -> String {
    let below = url.strip_prefix(QUEUE).filter(|path| path.starts_with('/'));
    below.unwrap_or(url).to_owned()
}

// === impl Job ===

impl Job {
    /// Whether the queue could not be asked for a moment. A result that is an error of the job has a status of its own:
    /// it would be the same the next time.
    fn is_hiccup(&self, reply: &Reply) -> bool {
        match self.stage {
            Stage::Submitted => false,
            Stage::Polled => Pace::is_hiccup(reply),
            Stage::Fetched => matches!(reply.status, 429 | 502 | 503) && !error::is_final(reply),
        }
    }

    fn polled(mut self, state: &State, pace: &Pace) -> Result<Step, Failure> {
        match state.status.as_str() {
            // The result says whether the job failed.
            "COMPLETED" => {
                self.stage = Stage::Fetched;
                Ok(Step::Again(Exchange::get(self.response.clone()).state(&self)?))
            }
            "FAILED" | "CANCELED" | "CANCELLED" => {
                Err(Failure::overloaded(format!("the job ended as {}", state.status)))
            }
            _ => self.ask_again(pace),
        }
    }

    fn ask_again(self, pace: &Pace) -> Result<Step, Failure> {
        Ok(Step::Again(self.next(pace)?))
    }

    /// Asks for the state once more, or for the result if that was asked for.
    fn next(mut self, pace: &Pace) -> Result<Exchange, Failure> {
        let url = if self.stage == Stage::Fetched {
            &self.response
        } else {
            &self.status
        };
        let exchange = pace.poll(Exchange::get(url.clone()), self.polls)?;
        self.polls = self.polls.saturating_add(1);
        exchange.state(&self)
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn only_what_is_below_the_queue_becomes_a_path() {
        for (url, expected) in [
            (
                "https://queue.fal.run/fal-ai/flux/requests/1/status",
                "/fal-ai/flux/requests/1/status",
            ),
            (
                "https://queue.fal.run.evil.example/a",
                "https://queue.fal.run.evil.example/a",
            ),
            ("https://queue.falrun.com/a", "https://queue.falrun.com/a"),
        ] {
            assert_eq!(path(url), expected);
        }
    }
}
