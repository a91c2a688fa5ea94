//! Reranking. The canonical form is an older one of this API, so only little differs.
//!
//! Source: <https://docs.cohere.com/reference/rerank>.

use jackfield_plugin_sdk::canonical::{Extra, InputUsage, Ranking, RerankRequest};
use jackfield_plugin_sdk::{Call, Draft, Exchange, Failure, Reply, Step};
use serde::Serialize;

use crate::settings::Settings;
use crate::usage;

/// The API's own members, beside those that are canonical.
const OWN: [&str; 3] = ["max_tokens_per_doc", "priority", "relevant_spans"];

#[derive(Serialize)]
struct Documents {
    documents: Vec<String>,
}

/// The request: the API's second version takes documents only as texts. It does not return them either; the host adds
/// them for a client that wants them.
///
/// # Errors
/// Of class client, if a document has no text.
pub(crate) fn prepare(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let request: RerankRequest = call.body()?;
    let mut draft = Draft::new(call.settings.upstream_model(&call.model));
    let documents = draft.texts(&request)?;
    draft.members.insert("query", request.query);
    if let Some(top_n) = request.top_n {
        draft.members.insert("top_n", u64::from(top_n));
    }
    draft.pass(request.extra, &OWN);
    call.settings.apply(&call.operation, &mut draft);
    draft.exchange("/v2/rerank", &Documents { documents })
}

/// The ranking, with the searches that it is billed as.
///
/// # Errors
/// If the reply has no results.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let mut ranking: Ranking = reply.json()?;
    ranking.model = Some(call.model.clone());
    let meta: Extra = ranking.extra.read("meta").unwrap_or_default();
    let mut usage = InputUsage::of(usage::input_of_meta(&meta).unwrap_or_default());
    let billed: Extra = meta.read("billed_units").unwrap_or_default();
    if let Some(searches) = billed.get("search_units") {
        usage.extra.insert("search_units", searches.clone());
    }
    ranking.usage = Some(usage);
    Step::done(&ranking)
}
