//! Embeddings.
//!
//! Source: `/v1/embeddings` in <https://api.jina.ai/redoc>.

use jackfield_plugin_sdk::canonical::{Embedding, Embeddings, EmbeddingsRequest, EncodingFormat, Extra, InputType};
use jackfield_plugin_sdk::{Call, Draft, Exchange, Failure, Reply, Step};
use serde::{Deserialize, Serialize};

use crate::input::{self, Input};
use crate::settings::Settings;
use crate::usage;

/// The API's own members, beside those that the translation sets.
const OWN: [&str; 5] = ["dimensions", "late_chunking", "normalized", "task", "truncate"];

#[derive(Serialize)]
struct Inputs<'a> {
    input: Vec<Input<'a>>,
}

/// The part of a reply that is read.
#[derive(Deserialize)]
struct Said {
    data: Vec<Embedding>,
    #[serde(default)]
    usage: Option<Extra>,
}

/// The form of vectors that the client asked for.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    encoding_format: Option<EncodingFormat>,
}

/// The request. An input that is the `data:` URL of an image is an image.
///
/// # Errors
/// Of class unsupported, if the input is tokens.
pub(crate) fn prepare(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let mut request: EmbeddingsRequest = call.body()?;
    let tokens = || Failure::unsupported("input: this provider takes texts, and no tokens");
    let texts = request.input.texts().ok_or_else(tokens)?;
    let mut draft = Draft::new(call.settings.upstream_model(&call.model));
    set_task(&mut request.extra, call, &mut draft);
    if let Some(dimensions) = request.dimensions {
        draft.members.insert("dimensions", u64::from(dimensions));
    }
    if let Some(format) = &request.encoding_format {
        draft.members.insert("embedding_type", format.as_str());
    }
    if request.user.is_some() {
        draft.leave_out("user");
    }
    draft.pass(request.extra, &OWN);
    call.settings.apply(&call.operation, &mut draft);
    draft.exchange(
        "/embeddings",
        &Inputs {
            input: input::of(texts),
        },
    )
}

/// Sets what the embeddings are for: the client's `task`, or its `input_type` in this vendor's words, or the operator's
/// choice.
fn set_task(extra: &mut Extra, call: &Call<Settings>, draft: &mut Draft) {
    let input_type = extra.remove("input_type").and_then(|kind| kind.as_str());
    if extra.get("task").is_some_and(|task| !task.is_null()) {
        return;
    }
    let task = match input_type.as_deref() {
        None => call.settings.task.as_deref(),
        Some(word) => match InputType::named(word) {
            Some(InputType::Query) => Some("retrieval.query"),
            Some(InputType::Document) => Some("retrieval.passage"),
            Some(InputType::Classification) => Some("classification"),
            Some(InputType::Clustering) => Some("separation"),
            Some(InputType::Similarity) => Some("text-matching"),
            Some(InputType::Image) => None,
            None => Some(word),
        },
    };
    if let Some(task) = task {
        draft.members.insert("task", task);
    }
}

/// The embeddings.
///
/// # Errors
/// If the reply has no vectors.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let asked: Asked = call.parameters()?;
    let format = asked.encoding_format.unwrap_or_default();
    let mut said: Said = reply.json()?;
    for embedding in &mut said.data {
        embedding.embedding = std::mem::take(&mut embedding.embedding).in_format(&format);
    }
    Step::done(&Embeddings {
        data: said.data,
        model: call.model.clone(),
        usage: said.usage.map(usage::of),
        ..Embeddings::default()
    })
}
