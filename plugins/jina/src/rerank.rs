//! Reranking.
//!
//! Source: `/v1/rerank` in <https://api.jina.ai/redoc>.

use jackfield_plugin_sdk::canonical::{Extra, RankedDocument, Ranking, RerankRequest};
use jackfield_plugin_sdk::{Call, Draft, Exchange, Failure, Reply, Step};
use serde::{Deserialize, Serialize};

use crate::input::{self, Input};
use crate::settings::Settings;
use crate::usage;

/// The API's own members, beside those that are canonical.
const OWN: [&str; 2] = ["max_doc_length", "truncation"];

#[derive(Serialize)]
struct Documents<'a> {
    documents: Vec<Input<'a>>,
}

/// The part of a reply that is read.
#[derive(Deserialize)]
struct Said {
    results: Vec<RankedDocument>,
    #[serde(default)]
    usage: Option<Extra>,
}

/// The request. A document that is the `data:` URL of an image is an image. The API would send all documents back, so it
/// is asked not to: the host adds them for a client that wants them.
///
/// # Errors
/// Of class client, if a document has no text.
pub(crate) fn prepare(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let request: RerankRequest = call.body()?;
    let mut draft = Draft::new(call.settings.upstream_model(&call.model));
    let texts = draft.texts(&request)?;
    draft.members.insert("query", request.query);
    if let Some(top_n) = request.top_n {
        draft.members.insert("top_n", u64::from(top_n));
    }
    draft.members.insert("return_documents", false);
    draft.pass(request.extra, &OWN);
    call.settings.apply(&call.operation, &mut draft);
    draft.exchange(
        "/rerank",
        &Documents {
            documents: input::of(&texts),
        },
    )
}

/// The ranking.
///
/// # Errors
/// If the reply has no results, or one of them has no index or score.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let said: Said = reply.json()?;
    Step::done(&Ranking {
        results: said.results,
        model: Some(call.model.clone()),
        usage: said.usage.map(usage::of),
        ..Ranking::default()
    })
}
