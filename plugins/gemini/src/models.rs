//! What the upstream offers: its list of models, page by page.
//!
//! Sources: <https://ai.google.dev/api/models#method:-models.list>; `Models.list` in the SDK for Vertex AI, whose list is
//! that of Google's own models.

use jackfield_plugin_sdk::canonical::{Extra, ListedModel, ModelList};
use jackfield_plugin_sdk::{Exchange, Failure, Reply, Step, path};

use crate::error;
use crate::settings::Settings;

/// Whose models they are.
const OWNER: &str = "google";

/// Asks for the first page.
pub(crate) fn first(settings: &Settings) -> Exchange {
    Exchange::get(collection(settings))
}

/// Reads one page, and asks for the next one if there is one.
///
/// # Errors
/// If the body is an error despite its status, or no page.
pub(crate) fn read(settings: &Settings, reply: &Reply) -> Result<Step, Failure> {
    let page: Extra = reply.json()?;
    if let Some(failure) = error::reported(&page) {
        return Err(failure);
    }
    let models: Option<Vec<Extra>> = page.read("models").or_else(|| page.read("publisherModels"));
    let models = models.ok_or_else(|| Failure::malformed("the reply has no models"))?;
    let mut list: ModelList = reply.state()?;
    list.data.extend(models.iter().filter_map(listed));
    match page.text("nextPageToken").filter(|token| !token.is_empty()) {
        None => Step::done(&list),
        Some(token) => {
            let path = format!("{}&pageToken={}", collection(settings), path::segment(&token)?);
            Ok(Step::Again(Exchange::get(path).state(&list)?))
        }
    }
}

/// The path of the list below the base URL, with the largest page that the API gives.
fn collection(settings: &Settings) -> &'static str {
    if settings.vertex.is_some() {
        "/publishers/google/models?pageSize=1000"
    } else {
        "/models?pageSize=1000"
    }
}

fn listed(model: &Extra) -> Option<ListedModel> {
    let name = model.text("name")?;
    let id = name.strip_prefix("publishers/google/").unwrap_or(&name);
    let id = id.strip_prefix("models/").unwrap_or(id);
    let mut listed = ListedModel::of(id).owned_by(OWNER);
    listed.context_length = model.read("inputTokenLimit");
    for (from, to) in [
        ("displayName", "display_name"),
        ("outputTokenLimit", "max_output_tokens"),
    ] {
        if let Some(value) = model.get(from).filter(|value| !value.is_null()) {
            listed.extra.insert(to, value.clone());
        }
    }
    Some(listed)
}
