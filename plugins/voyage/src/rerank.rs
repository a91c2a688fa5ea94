//! Reranking.
//!
//! Source: <https://docs.voyageai.com/reference/reranker-api>.

use jackfield_plugin_sdk::canonical::{Extra, RankedDocument, Ranking, RerankRequest};
use jackfield_plugin_sdk::{Call, Draft, Exchange, Failure, Reply, Step};
use serde::{Deserialize, Serialize};

use crate::embeddings::usage;
use crate::settings::Settings;

/// The API's own members, beside those that are canonical.
const OWN: [&str; 1] = ["truncation"];

#[derive(Serialize)]
struct Documents {
    documents: Vec<String>,
}

/// The part of a reply that is read.
#[derive(Deserialize)]
struct Said {
    data: Vec<RankedDocument>,
    #[serde(default)]
    usage: Option<Extra>,
}

/// The request: `top_n` is `top_k` here, and documents are texts. The host adds them to the reply for a client that wants
/// them.
///
/// # Errors
/// Of class client, if a document has no text.
pub(crate) fn prepare(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let request: RerankRequest = call.body()?;
    let mut draft = Draft::new(call.settings.upstream_model(&call.model));
    let documents = draft.texts(&request)?;
    draft.members.insert("query", request.query);
    if let Some(top_n) = request.top_n {
        draft.members.insert("top_k", u64::from(top_n));
    }
    draft.pass(request.extra, &OWN);
    call.settings.apply(&call.operation, &mut draft);
    draft.exchange("/rerank", &Documents { documents })
}

/// The ranking, whose results are `data` here.
///
/// # Errors
/// If the reply has no results, or one of them has no index or score.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let said: Said = reply.json()?;
    Step::done(&Ranking {
        results: said.data,
        model: Some(call.model.clone()),
        usage: said.usage.map(usage),
        ..Ranking::default()
    })
}
