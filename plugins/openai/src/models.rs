//! What the upstream offers: OpenAI's list, with the vendors' names for the context window.
//!
//! Sources: <https://platform.openai.com/docs/api-reference/models/list>, <https://docs.together.ai/reference/models-1>
//! (a bare list), <https://console.groq.com/docs/models> (`context_window`),
//! <https://docs.mistral.ai/api/endpoint/models> (`max_context_length`), vLLM's `max_model_len`.

use jackfield_plugin_sdk::canonical::{Extra, Json, ListedModel, ModelList};
use jackfield_plugin_sdk::{Failure, Reply, Step};

/// The vendors' names for the context window, besides the canonical one.
const WINDOWS: [&str; 4] = [
    "context_window",
    "max_context_length",
    "max_model_len",
    "max_input_tokens",
];

/// The reply as a canonical list.
///
/// # Errors
/// If the body is an error despite its status, or no list of models with ids.
pub fn read(reply: &Reply) -> Result<Step, Failure> {
    let body: Json = reply.json()?;
    let no_list = || Failure::malformed("the reply has no list of models");
    let models: Vec<Json> = if body.is_array() {
        body.read().ok_or_else(no_list)?
    } else {
        let object: Extra = body.read().ok_or_else(no_list)?;
        let error = object.get("error");
        if error.is_some_and(|error| error.is_object() || error.is_string()) {
            return Err(Failure::from_reply(reply));
        }
        object.read("data").ok_or_else(no_list)?
    };
    let listed = models.iter().enumerate().map(|(place, model)| {
        listed(model).ok_or_else(|| Failure::malformed(format!("model {place} of the list has no id")))
    });
    Step::done(&ModelList::of(listed.collect::<Result<Vec<_>, _>>()?))
}

/// One model in canonical form, with everything else that the upstream says about it; none if it has no id.
fn listed(model: &Json) -> Option<ListedModel> {
    let mut extra: Extra = model.read()?;
    let id: String = extra.take("id")?;
    extra.remove("object");
    let own: Option<u64> = extra.take("context_length");
    let window = own.or_else(|| WINDOWS.into_iter().find_map(|name| extra.read(name)));
    Some(ListedModel {
        created: extra.take("created"),
        owned_by: extra.take("owned_by"),
        context_length: window,
        extra,
        ..ListedModel::of(id)
    })
}
