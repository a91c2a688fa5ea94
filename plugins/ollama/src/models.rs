//! What a server has: its list of local models.
//!
//! Source: `ListResponse` in `api/types.go`; <https://docs.ollama.com/api/tags>.

use jackfield_plugin_sdk::canonical::{Extra, ListedModel, ModelList};
use jackfield_plugin_sdk::{Failure, Reply, Step};
use serde::Deserialize;

/// The endpoint's path below the base URL.
pub(crate) const PATH: &str = "/api/tags";

#[derive(Deserialize)]
struct Tags {
    models: Option<Vec<Extra>>,
}

/// The reply as a canonical list. What Ollama says of a model besides its name is kept: its size, digest and details.
///
/// # Errors
/// If the body is no list of models.
pub(crate) fn read(reply: &Reply) -> Result<Step, Failure> {
    let tags: Tags = reply.json()?;
    let models = tags
        .models
        .ok_or_else(|| Failure::malformed("the reply has no list of models"))?;
    let models: Result<Vec<ListedModel>, Failure> = models.into_iter().map(listed).collect();
    Step::done(&ModelList::of(models?))
}

fn listed(mut members: Extra) -> Result<ListedModel, Failure> {
    let (model, name) = (members.take_text("model"), members.take_text("name"));
    // Older servers have the name alone.
    let id = if model.is_empty() { name } else { model };
    if id.is_empty() {
        return Err(Failure::malformed("a model of the list has no name"));
    }
    let details: Extra = members.read("details").unwrap_or_default();
    let mut listed = ListedModel::of(id);
    listed.context_length = details.read("context_length");
    listed.extra = members;
    Ok(listed)
}
