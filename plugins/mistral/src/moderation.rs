//! Whether texts are harmful.
//!
//! Mistral's reply is OpenAI's but for `flagged`, which it leaves to its reader.
//!
//! Source: <https://docs.mistral.ai/api/endpoint/classifiers>, and `moderationresponse` in the SDK `mistralai`.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::{Extra, Json, ModerationRequest};
use jackfield_plugin_sdk::{Call, Failure, Reply, Step};

use crate::error;
use crate::parameters::Patch;
use crate::settings::Settings;

/// The endpoint's path below the base URL.
pub(crate) const PATH: &str = "/moderations";

/// The parameters.
///
/// # Errors
/// Of class unsupported, if images are to be judged.
pub(crate) fn parameters(call: &Call<Settings>) -> Result<Patch, Failure> {
    let request: ModerationRequest = call.body()?;
    let mut patch = Patch::of(call)?;
    patch.lose("user");
    let entries: Vec<Json> = request.input.read().unwrap_or_default();
    if entries.iter().any(|entry| !entry.is_string()) {
        let is_text = |part: &Json| part.read::<Extra>().is_some_and(|part| part.contains_key("text"));
        if !entries.iter().all(is_text) {
            return Err(Failure::unsupported("input: this provider judges texts, and no images"));
        }
        patch.set("input", &request.texts());
    }
    Ok(patch.finish(&call.settings))
}

/// The judgements: a text is harmful if it is of any harmful kind.
///
/// # Errors
/// If the reply has no results, or one of them has no categories.
pub(crate) fn read(reply: &Reply) -> Result<Step, Failure> {
    let mut said: Extra = reply.json()?;
    let results: Option<Vec<Extra>> = said.take("results");
    let mut results = results.ok_or_else(|| error::reported(reply))?;
    for result in &mut results {
        let categories: Option<BTreeMap<String, bool>> = result.read("categories");
        let categories = categories.ok_or_else(|| Failure::malformed("a result has no categories"))?;
        result.insert("flagged", categories.into_values().any(|is_harmful| is_harmful));
    }
    said.set("results", &results);
    Step::done(&said)
}
