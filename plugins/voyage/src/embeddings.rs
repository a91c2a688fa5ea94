//! Embeddings, by the endpoint that has the model.

use jackfield_plugin_sdk::canonical::{
    Embedding, Embeddings, EmbeddingsRequest, EncodingFormat, Extra, InputType, InputUsage, Json,
};
use jackfield_plugin_sdk::{Call, Draft, Exchange, Failure, Reply, Step};
use serde::Deserialize;

use crate::input::Endpoint;
use crate::settings::Settings;

/// The part of a reply that is read.
#[derive(Deserialize)]
struct Said {
    data: Vec<Entry>,
    #[serde(default)]
    usage: Option<Extra>,
}

/// A vector, or those of one document.
#[derive(Deserialize)]
#[serde(transparent)]
struct Entry(Json);

#[derive(Deserialize)]
struct Document {
    data: Vec<Embedding>,
}

/// The form of vectors that the client asked for.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    encoding_format: Option<EncodingFormat>,
}

/// The request.
///
/// # Errors
/// Of class unsupported, if the input is tokens.
pub(crate) fn prepare(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let mut request: EmbeddingsRequest = call.body()?;
    let tokens = || Failure::unsupported("input: this provider takes texts, and no tokens");
    let texts = request.input.texts().ok_or_else(tokens)?;
    let model = call.settings.upstream_model(&call.model);
    let endpoint = Endpoint::of(model);
    let mut draft = Draft::new(model);
    let asked = request.extra.remove("input_type").and_then(|kind| kind.as_str());
    let purpose = set_input_type(asked, call, &mut draft);
    if let Some(dimensions) = request.dimensions {
        draft.members.insert("output_dimension", u64::from(dimensions));
    }
    if request.encoding_format == Some(EncodingFormat::Base64) {
        draft.members.insert("encoding_format", "base64");
    }
    if request.user.is_some() {
        draft.leave_out("user");
    }
    draft.pass(request.extra, endpoint.own());
    call.settings.apply(&call.operation, &mut draft);
    draft.exchange(endpoint.path(), &endpoint.input(texts, purpose))
}

/// Sets what the embeddings are for. Of all purposes the API knows two.
fn set_input_type(asked: Option<String>, call: &Call<Settings>, draft: &mut Draft) -> Option<InputType> {
    let is_asked = asked.is_some();
    let word = asked.or_else(|| call.settings.input_type.clone())?;
    let purpose = InputType::named(&word);
    match purpose {
        Some(InputType::Query) => draft.members.insert("input_type", "query"),
        Some(InputType::Document) => draft.members.insert("input_type", "document"),
        Some(_) if is_asked => draft.leave_out("input_type"),
        Some(_) => {}
        // A word of tomorrow, perhaps.
        None => draft.members.insert("input_type", word),
    }
    purpose
}

/// The embeddings. The vectors of a document's chunks come in a list of their own, and those of all documents become one
/// list.
///
/// # Errors
/// If the reply has no vectors.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let asked: Asked = call.parameters()?;
    let format = asked.encoding_format.unwrap_or_default();
    let said: Said = reply.json()?;
    let mut data = Vec::with_capacity(said.data.len());
    for Entry(entry) in said.data {
        match entry.read::<Document>() {
            Some(document) => data.extend(document.data.into_iter().zip(data.len()..).map(renumbered)),
            None => data.push(entry.read::<Embedding>().ok_or_else(no_vector)?),
        }
    }
    for embedding in &mut data {
        embedding.embedding = std::mem::take(&mut embedding.embedding).in_format(&format);
        embedding.extra.retain(|_, value| !value.is_null());
    }
    Step::done(&Embeddings {
        data,
        model: call.model.clone(),
        usage: said.usage.map(usage),
        ..Embeddings::default()
    })
}

/// A chunk's vector with its place among those of all documents.
fn renumbered((mut embedding, place): (Embedding, usize)) -> Embedding {
    embedding.index = u32::try_from(place).unwrap_or(u32::MAX);
    embedding
}

fn no_vector() -> Failure {
    Failure::malformed("the reply has an entry without a vector")
}

/// The tokens, of which the API tells only the total; and what it tells of images.
pub(crate) fn usage(mut usage: Extra) -> InputUsage {
    let total = usage.remove("total_tokens").and_then(|tokens| tokens.as_count());
    let mut counted = InputUsage::of(total.unwrap_or_default());
    usage.remove("prompt_tokens");
    counted.extra = usage;
    counted
}
