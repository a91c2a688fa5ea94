//! What the upstream offers: its list of models, page by page.
//!
//! Source: <https://docs.cohere.com/reference/list-models>.

use jackfield_plugin_sdk::canonical::{Extra, Json, ListedModel, ModelList};
use jackfield_plugin_sdk::{Exchange, Failure, Reply, Step, path};
use serde::Deserialize;

/// The endpoint's path, with the largest page that the API gives.
const PATH: &str = "/v1/models?page_size=1000";

/// Whose models they are.
const OWNER: &str = "cohere";

/// One page.
#[derive(Deserialize)]
struct Page {
    models: Vec<Model>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Model {
    name: String,
    #[serde(default)]
    context_length: Option<Json>,
    #[serde(default)]
    endpoints: Option<Json>,
    #[serde(default)]
    is_deprecated: Option<bool>,
}

/// Asks for the first page.
pub(crate) fn first() -> Exchange {
    Exchange::get(PATH)
}

/// Reads one page, and asks for the next one if there is one.
///
/// # Errors
/// If the body is no page.
pub(crate) fn read(reply: &Reply) -> Result<Step, Failure> {
    let page: Page = reply.json()?;
    let mut list: ModelList = reply.state()?;
    list.data.extend(page.models.into_iter().map(Model::listed));
    match page.next_page_token.filter(|token| !token.is_empty()) {
        None => Step::done(&list),
        Some(token) => {
            let path = format!("{PATH}&page_token={}", path::segment(&token)?);
            Ok(Step::Again(Exchange::get(path).state(&list)?))
        }
    }
}

// === impl Model ===

impl Model {
    fn listed(self) -> ListedModel {
        let mut extra = Extra::new();
        // What a model is for: `chat`, `embed`, `rerank`, …
        if let Some(endpoints) = self.endpoints.filter(|endpoints| !endpoints.is_null()) {
            extra.insert("endpoints", endpoints);
        }
        if self.is_deprecated == Some(true) {
            extra.insert("is_deprecated", true);
        }
        let context = self.context_length.and_then(|length| length.as_count());
        ListedModel {
            context_length: context.filter(|length| *length > 0),
            extra,
            ..ListedModel::of(self.name).owned_by(OWNER)
        }
    }
}
