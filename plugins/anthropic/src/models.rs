//! What the upstream offers: its list of models, page by page.
//!
//! Source: <https://platform.claude.com/docs/en/api/models/list>.

use jackfield_plugin_sdk::canonical::{Extra, ListedModel, ModelList};
use jackfield_plugin_sdk::{Call, Exchange, Failure, Reply, Step, path};
use serde::Deserialize;

use crate::{Settings, error};

/// The endpoint's path below the base URL, with the largest page that the API gives.
const PATH: &str = "/models?limit=1000";

/// Whose models they are.
const OWNER: &str = "anthropic";

/// One page.
#[derive(Deserialize)]
struct Page {
    data: Vec<Model>,
    #[serde(default)]
    has_more: bool,
    #[serde(default)]
    last_id: Option<String>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    max_input_tokens: Option<u64>,
}

/// Asks for the first page.
pub(crate) fn first(call: &Call<Settings>) -> Exchange {
    asking(PATH.to_owned(), call)
}

/// Reads one page, and asks for the next one if there is one.
///
/// # Errors
/// If the body is an error despite its status, or no page.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let page: Page = reply
        .json()
        .map_err(|failure| error::reported(reply).unwrap_or(failure))?;
    let mut list: ModelList = reply.state()?;
    list.data.extend(page.data.into_iter().map(Model::listed));
    match page.last_id.filter(|_| page.has_more) {
        None => Step::done(&list),
        Some(end) => {
            let path = format!("{PATH}&after_id={}", path::segment(&end)?);
            Ok(Step::Again(asking(path, call).state(&list)?))
        }
    }
}

fn asking(path: String, call: &Call<Settings>) -> Exchange {
    Exchange::get(path).header("anthropic-version", call.settings.version(None).to_owned())
}

// === impl Model ===

impl Model {
    fn listed(self) -> ListedModel {
        let mut extra = Extra::new();
        if let Some(name) = self.display_name {
            extra.insert("display_name", name);
        }
        if let Some(created) = self.created_at {
            extra.insert("created_at", created);
        }
        ListedModel {
            context_length: self.max_input_tokens,
            extra,
            ..ListedModel::of(self.id).owned_by(OWNER)
        }
    }
}
