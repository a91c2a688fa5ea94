//! Embeddings, by `InvokeModel`: Amazon's Titan, which takes one text at a time, and Cohere's models.
//!
//! Sources: <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html>.

use jackfield_plugin_sdk::canonical::{
    Embedding, EmbeddingInput, Embeddings, EmbeddingsRequest, EncodingFormat, Extra, InputType, InputUsage, Vector,
};
use jackfield_plugin_sdk::{Call, Exchange, Failure, Reply, Step, path};
use serde::{Deserialize, Serialize};

use crate::model::Model;
use crate::settings::Settings;

/// The header with the tokens that a request had.
const TOKENS: &str = "x-amzn-bedrock-input-token-count";

/// The most texts that Titan is asked for, one after the other.
const MOST: usize = 32;

/// What the texts are embedded for if the client does not say: Cohere's models require it.
const INPUT_TYPE: &str = "search_document";

/// What Titan has said so far.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct SoFar {
    vectors: Vec<Vector>,
    tokens: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Titan {
    embedding: Vec<f32>,
    #[serde(default)]
    input_text_token_count: u64,
}

#[derive(Deserialize)]
struct Cohere {
    embeddings: Vectors,
}

/// The first models answer with a list, the later ones by the type of the numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Vectors {
    Floats(Vec<Vec<f32>>),
    Typed { float: Vec<Vec<f32>> },
}

/// The first request.
///
/// # Errors
/// Of class unsupported, if the input is tokens or too many texts, or the model is another maker's.
pub(crate) fn prepare(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let request: EmbeddingsRequest = call.body()?;
    let texts = texts(&request.input)?;
    let model = Model::of(&call.model, &call.settings);
    let exchange = match model.maker {
        "cohere" => cohere(call, &model, &request, texts),
        "amazon" if texts.len() <= MOST => titan(call, &request, texts, &SoFar::default()),
        "amazon" => {
            let message = format!("input: this model takes one text at a time; send at most {MOST}");
            Err(Failure::unsupported(message))
        }
        maker => Err(Failure::unsupported(format!(
            "embeddings of models of \"{maker}\" are not known"
        ))),
    };
    let mut exchange = exchange?;
    let known: &[&str] = if model.maker == "cohere" {
        &["input_type", "truncate"]
    } else {
        &["normalize"]
    };
    let others = request
        .extra
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !known.contains(name));
    for name in others.chain(request.user.as_ref().map(|_| "user")) {
        exchange = exchange.dropped(name);
    }
    Ok(exchange)
}

/// Reads a reply, and asks for the next text if there is one.
///
/// # Errors
/// If the reply has no vectors of numbers.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let request: EmbeddingsRequest = call.body()?;
    let format = request.encoding_format.clone().unwrap_or_default();
    if Model::of(&call.model, &call.settings).maker == "cohere" {
        let said: Cohere = reply.json()?;
        let (Vectors::Floats(vectors) | Vectors::Typed { float: vectors }) = said.embeddings;
        let tokens = reply.header(TOKENS).and_then(|count| count.parse().ok());
        let data = vectors
            .into_iter()
            .enumerate()
            .map(|(index, floats)| Embedding::new(index, floats, &format));
        return done(call, data.collect(), tokens);
    }
    let said: Titan = reply.json()?;
    let mut so_far: SoFar = reply.state()?;
    so_far.tokens = so_far.tokens.saturating_add(said.input_text_token_count);
    so_far
        .vectors
        .push(Embedding::new(0, said.embedding, &EncodingFormat::Base64).embedding);
    let texts = texts(&request.input)?;
    if so_far.vectors.len() < texts.len() {
        return Ok(Step::Again(titan(call, &request, texts, &so_far)?));
    }
    let floats = so_far
        .vectors
        .iter()
        .map(|vector| vector.to_floats().unwrap_or_default());
    let data = floats
        .enumerate()
        .map(|(index, floats)| Embedding::new(index, floats, &format));
    done(call, data.collect(), Some(so_far.tokens))
}

fn done(call: &Call<Settings>, data: Vec<Embedding>, tokens: Option<u64>) -> Result<Step, Failure> {
    Step::done(&Embeddings {
        data,
        model: call.model.clone(),
        usage: tokens.map(InputUsage::of),
        ..Embeddings::default()
    })
}

fn texts(input: &EmbeddingInput) -> Result<&[String], Failure> {
    let texts = input.texts().filter(|texts| !texts.is_empty());
    texts.ok_or_else(|| Failure::unsupported("input: this provider takes texts, and no tokens"))
}

/// The path to a model that is invoked in its own words.
pub(crate) fn invoke(call: &Call<Settings>) -> Result<Exchange, Failure> {
    Ok(Exchange::post(format!("/model/{}/invoke", path::segment(&call.model)?)))
}

/// The request for the next text.
fn titan(
    call: &Call<Settings>,
    request: &EmbeddingsRequest,
    texts: &[String],
    so_far: &SoFar,
) -> Result<Exchange, Failure> {
    let mut body = Extra::new();
    body.set("inputText", &texts.get(so_far.vectors.len()));
    // The first model refuses these.
    if let Some(dimensions) = request.dimensions {
        body.insert("dimensions", u64::from(dimensions));
    }
    if let Some(normalize) = request.extra.get("normalize") {
        body.insert("normalize", normalize.clone());
    }
    invoke(call)?.json(&body)?.state(so_far)
}

fn cohere(
    call: &Call<Settings>,
    model: &Model<'_>,
    request: &EmbeddingsRequest,
    texts: &[String],
) -> Result<Exchange, Failure> {
    let mut body = Extra::new();
    body.set("texts", texts);
    let asked = request.extra.text("input_type");
    body.insert("input_type", asked.map_or_else(|| INPUT_TYPE.to_owned(), input_type));
    body.set("embedding_types", &["float"]);
    if let Some(truncate) = request.extra.get("truncate") {
        body.insert("truncate", truncate.clone());
    }
    let mut exchange = invoke(call)?;
    match request.dimensions {
        Some(dimensions) if model.base.contains("embed-v4") => {
            body.insert("output_dimension", u64::from(dimensions));
        }
        Some(_) => exchange = exchange.dropped("dimensions"),
        None => {}
    }
    exchange.json(&body)
}

/// Cohere's word for what an embedding is for; the words of other vendors are known too.
fn input_type(asked: String) -> String {
    let own = match InputType::named(&asked) {
        Some(InputType::Query) => "search_query",
        Some(InputType::Document) => "search_document",
        Some(InputType::Classification) => "classification",
        Some(InputType::Clustering | InputType::Similarity) => "clustering",
        Some(InputType::Image) | None => return asked,
    };
    own.to_owned()
}
