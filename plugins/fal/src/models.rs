//! What the upstream offers: the models of one category, page by page. Their list is on a host of its own.
//!
//! Source: "Model search", <https://docs.fal.ai/platform-apis/v1/models>.

use jackfield_plugin_sdk::canonical::{Extra, ListedModel, ModelList};
use jackfield_plugin_sdk::{Exchange, Failure, Reply, Step, path};
use serde::Deserialize;

use crate::error;
use crate::settings::Settings;

/// Where the list is. The host reaches it only if the operator lists its host.
pub(crate) const LIST: &str = "https://api.fal.ai/v1/models";

/// What all models are asked for by: what makes images of texts, and can be called.
const QUERY: &str = "category=text-to-image&status=active";

/// One page.
#[derive(Deserialize)]
struct Page {
    models: Vec<Extra>,
    #[serde(default)]
    has_more: bool,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// Asks for the first page.
pub(crate) fn first(settings: &Settings) -> Exchange {
    Exchange::get(format!("{}?{QUERY}", settings.models_url))
}

/// Reads one page, and asks for the next one if there is one.
///
/// # Errors
/// If the upstream refuses it, or the body is no page.
pub(crate) fn read(settings: &Settings, reply: &Reply) -> Result<Step, Failure> {
    if !reply.is_success() {
        return Err(error::of_reply(reply));
    }
    let page: Page = reply.json()?;
    let mut list: ModelList = reply.state()?;
    list.data.extend(page.models.iter().filter_map(listed));
    match page.next_cursor.filter(|cursor| page.has_more && !cursor.is_empty()) {
        None => Step::done(&list),
        Some(cursor) => {
            let cursor = path::segment(&cursor)?;
            let next = Exchange::get(format!("{}?{QUERY}&cursor={cursor}", settings.models_url));
            Ok(Step::Again(next.state(&list)?))
        }
    }
}

/// One model, called by its endpoint's name, whose first part is its owner's.
fn listed(model: &Extra) -> Option<ListedModel> {
    let id = model.text("endpoint_id")?;
    let owner = id.split('/').next().unwrap_or_default().to_owned();
    let mut listed = ListedModel::of(id).owned_by(owner);
    let about: Extra = model.read("metadata").unwrap_or_default();
    if let Some(name) = about.text("display_name") {
        listed.extra.insert("display_name", name);
    }
    Some(listed)
}
