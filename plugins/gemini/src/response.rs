//! A reply as it arrives, in one piece or in many: what both forms have in common.
//!
//! Every event of a stream has the form of a buffered reply, with a part of its content. So both are read here, and a
//! buffered reply is what the chunks of a stream with one event add up to.
//!
//! `candidate` is one alternative; `arguments`, `grounding`, `logprobs` and `thoughts` are parts of it.
//!
//! Source: <https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse>.

mod arguments;
mod candidate;
mod grounding;
mod logprobs;
mod thoughts;

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::{ChunkChoice, Extra, Usage};
use jackfield_plugin_sdk::{Failure, FailureDetail};
use serde::{Deserialize, Serialize};

use crate::{error, usage};
use candidate::Candidate;

/// The most candidates that a reply may have.
const MOST_CANDIDATES: u32 = 128;

/// What is known of a reply so far; opaque outside this adapter.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Whether the reply may cite what a search found, so that its text has to be kept.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) cites: bool,
    /// The upstream's id for the reply.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) id: String,
    /// The upstream's name for the model.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) model: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    candidates: BTreeMap<u32, Candidate>,
    #[serde(skip_serializing_if = "Extra::is_empty")]
    usage: Extra,
    /// Members without a counterpart, verbatim.
    #[serde(skip_serializing_if = "Extra::is_empty")]
    rest: Extra,
}

/// How a reply ended.
pub(crate) struct Ending {
    /// The last choices: one or more for each candidate, the last with its finish reason.
    pub(crate) choices: Vec<ChunkChoice>,
    /// The tokens used, if the upstream told.
    pub(crate) usage: Option<Usage>,
    /// Other members of the reply, and OpenAI's `service_tier`.
    pub(crate) rest: Extra,
}

// === impl State ===

impl State {
    /// The state for a reply that may cite what a search found.
    pub(crate) fn citing() -> Self {
        Self {
            cites: true,
            ..Self::default()
        }
    }

    /// Takes in a reply or a part of it, and adds what it says to `out`.
    ///
    /// # Errors
    /// If it reports an error, the prompt was blocked, or it makes no sense.
    pub(crate) fn read(&mut self, mut body: Extra, origin: &str, out: &mut Vec<ChunkChoice>) -> Result<(), Failure> {
        if let Some(failure) = error::reported(&body) {
            return Err(failure);
        }
        self.id = body.take("responseId").unwrap_or(std::mem::take(&mut self.id));
        self.model = body.take("modelVersion").unwrap_or(std::mem::take(&mut self.model));
        let counts: Extra = body.take("usageMetadata").unwrap_or_default();
        self.usage
            .extend(counts.into_iter().filter(|(_, value)| !value.is_null()));
        let candidates: Vec<Extra> = body.take("candidates").unwrap_or_default();
        if candidates.is_empty()
            && let Some(blocked) = blocked(&body)
        {
            return Err(blocked);
        }
        for mut candidate in candidates {
            let index = candidate.take("index").unwrap_or_default();
            if index >= MOST_CANDIDATES {
                return Err(Failure::malformed("the reply has too many candidates"));
            }
            let known = self.candidates.entry(index).or_default();
            let mut turn = known.go_on(index, origin, &self.id, self.cites, out);
            turn.read(candidate)?;
        }
        body.remove("createTime");
        self.rest.extend(body.into_iter().filter(|(_, value)| !value.is_null()));
        Ok(())
    }

    /// Ends the reply.
    ///
    /// # Errors
    /// If it is not complete: no candidate, or one without a finish reason. If its end is a failure.
    pub(crate) fn finish(&mut self, origin: &str) -> Result<Ending, Failure> {
        if self.candidates.is_empty() {
            return Err(Failure::malformed("the reply has no candidates"));
        }
        let mut choices = Vec::new();
        for (index, candidate) in std::mem::take(&mut self.candidates) {
            candidate.finish(index, origin, &self.id, self.cites, &mut choices)?;
        }
        let counts = std::mem::take(&mut self.usage);
        let mut rest = std::mem::take(&mut self.rest);
        if let Some(tier) = usage::service_tier(&counts) {
            rest.insert("service_tier", tier);
        }
        let usage = (!counts.is_empty()).then(|| usage::canonical(counts));
        Ok(Ending { choices, usage, rest })
    }
}

/// The failure for a prompt that the API did not answer.
fn blocked(body: &Extra) -> Option<Failure> {
    let feedback: Extra = body.read("promptFeedback")?;
    let reason = feedback.text("blockReason")?;
    let told = feedback.text("blockReasonMessage").map(|told| format!(": {told}"));
    let message = format!("the prompt was blocked ({reason}){}", told.unwrap_or_default());
    let detail = FailureDetail {
        code: Some(reason),
        ..FailureDetail::default()
    };
    Some(Failure::content_policy(message).detail(detail))
}
