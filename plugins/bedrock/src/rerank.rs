//! Reranking, by `InvokeModel`: Cohere's and Amazon's models, which share their words.
//!
//! Sources: <https://docs.aws.amazon.com/bedrock/latest/userguide/rerank-supported.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-rerank.html>.

use jackfield_plugin_sdk::canonical::{Extra, Ranking, RerankRequest};
use jackfield_plugin_sdk::{Call, Dropped, Exchange, Failure, Reply, Step};

use crate::embeddings;
use crate::model::Model;
use crate::settings::Settings;

/// The version of Cohere's API whose words these are.
const VERSION: u64 = 2;

/// Cohere's own member, beside those that are canonical.
const OWN: &str = "max_tokens_per_doc";

/// The request. The models do not return documents; the host adds them for a client that wants them.
///
/// # Errors
/// Of class client, if a document has no text.
pub(crate) fn prepare(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let request: RerankRequest = call.body()?;
    let is_cohere = Model::of(&call.model, &call.settings).maker == "cohere";
    let mut body = Extra::new();
    let mut dropped = Dropped::default();
    let documents = request.texts(&mut dropped)?;
    body.insert("query", request.query);
    body.set("documents", &documents);
    if let Some(top_n) = request.top_n {
        body.insert("top_n", u64::from(top_n));
    }
    if is_cohere {
        body.insert("api_version", VERSION);
    }
    for (name, value) in request.extra {
        if is_cohere && name == OWN {
            body.insert(name, value);
        } else {
            dropped.add_said(name, &value);
        }
    }
    dropped.note(embeddings::invoke(call)?).json(&body)
}

/// The ranking.
///
/// # Errors
/// If the reply has no results.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let mut ranking: Ranking = reply.json()?;
    ranking.model = Some(call.model.clone());
    Step::done(&ranking)
}
