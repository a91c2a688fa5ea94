//! The probabilities of tokens, in OpenAI's form.
//!
//! Source: <https://ai.google.dev/api/generate-content#LogprobsResult>.

use jackfield_plugin_sdk::canonical::{Extra, Json};

/// OpenAI's `logprobs` of a choice; none if there are no tokens.
pub(super) fn canonical(result: &Extra) -> Option<Json> {
    let chosen: Vec<Extra> = result.read("chosenCandidates")?;
    let top: Vec<Extra> = result.read("topCandidates").unwrap_or_default();
    let alternatives = |place: usize| {
        let candidates: Vec<Extra> = top
            .get(place)
            .and_then(|step| step.read("candidates"))
            .unwrap_or_default();
        candidates.iter().map(token).collect::<Vec<_>>()
    };
    let tokens = chosen.iter().enumerate().map(|(place, chosen)| {
        let mut entry = token(chosen);
        entry.set("top_logprobs", &alternatives(place));
        entry
    });
    let tokens: Vec<Extra> = tokens.collect();
    let mut logprobs = Extra::new();
    logprobs.set("content", &tokens);
    logprobs.insert("refusal", Json::default());
    (!tokens.is_empty()).then(|| logprobs.into())
}

fn token(candidate: &Extra) -> Extra {
    let mut entry = Extra::new();
    let token = candidate.text("token").unwrap_or_default();
    entry.set("bytes", token.as_bytes());
    entry.insert("token", token);
    entry.insert("logprob", candidate.get("logProbability").cloned().unwrap_or_default());
    entry
}
