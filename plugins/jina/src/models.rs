//! What the upstream offers: its list of models, in OpenAI's form.
//!
//! Its ids may have the vendor's name before them, which requests do not.

use jackfield_plugin_sdk::canonical::{Extra, Json, ListedModel, ModelList};
use jackfield_plugin_sdk::{Exchange, Failure, Reply, Step};

/// Whose models they are, also before a `/` in ids.
const OWNER: &str = "jina-ai";

/// Asks for the list.
pub(crate) fn ask() -> Exchange {
    Exchange::get("/models")
}

/// Reads it.
///
/// # Errors
/// If the body is no list of models with ids.
pub(crate) fn read(reply: &Reply) -> Result<Step, Failure> {
    let mut body: Extra = reply.json()?;
    let models: Option<Vec<Extra>> = body.take("data");
    let models = models.ok_or_else(|| Failure::malformed("the reply has no list of models"))?;
    let listed = models.into_iter().map(listed).collect::<Option<Vec<_>>>();
    let listed = listed.ok_or_else(|| Failure::malformed("a model of the list has no id"))?;
    Step::done(&ModelList::of(listed))
}

/// One model with what the API says about its size and its use; none if it has no id.
fn listed(mut model: Extra) -> Option<ListedModel> {
    let id: String = model.take("id")?;
    let name = id.strip_prefix(OWNER).and_then(|rest| rest.strip_prefix('/'));
    let mut listed = ListedModel::of(name.unwrap_or(&id)).owned_by(OWNER);
    listed.context_length = model.get("context_length").and_then(Json::as_count);
    for member in ["input_modalities", "output_modalities"] {
        listed
            .extra
            .extend(model.remove(member).map(|value| (member.to_owned(), value)));
    }
    Some(listed)
}
