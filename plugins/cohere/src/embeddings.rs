//! Embeddings.
//!
//! Source: <https://docs.cohere.com/reference/embed>.

use jackfield_plugin_sdk::canonical::{
    Embedding, EmbeddingInput, Embeddings, EmbeddingsRequest, EncodingFormat, Extra, InputType, InputUsage,
};
use jackfield_plugin_sdk::{Call, DataUrl, Draft, Exchange, Failure, Reply, Step};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;
use crate::usage;

/// The API's own members, beside those that the translation sets.
const OWN: [&str; 3] = ["max_tokens", "priority", "truncate"];

/// What is to be embedded. The API's first models take one image and nothing else; `inputs` are for those that take
/// both.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Input<'a> {
    Texts(&'a [String]),
    Images(&'a [String]),
    Inputs(Vec<Mixed<'a>>),
}

#[derive(Serialize)]
struct Mixed<'a> {
    content: [Part<'a>; 1],
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    Text { text: &'a str },
    ImageUrl { image_url: Address<'a> },
}

#[derive(Serialize)]
struct Address<'a> {
    url: &'a str,
}

/// The part of a reply that is read.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    id: Option<String>,
    embeddings: Vectors,
    #[serde(default)]
    meta: Option<Extra>,
}

#[derive(Deserialize)]
struct Vectors {
    float: Vec<Vec<f32>>,
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
    let texts = texts(&request.input)?;
    let input = Input::of(texts);
    let mut draft = Draft::new(call.settings.upstream_model(&call.model));
    let asked = request.extra.remove("input_type").and_then(|kind| kind.as_str());
    let input_type = match asked {
        Some(asked) => input_type(asked),
        None if matches!(input, Input::Images(_)) => "image".to_owned(),
        None => call.settings.input_type.clone(),
    };
    draft.members.insert("input_type", input_type);
    draft.members.set("embedding_types", &["float"]);
    let asked = request
        .extra
        .remove("output_dimension")
        .and_then(|number| number.read());
    if let Some(dimensions) = request.dimensions.or(asked) {
        draft.members.insert("output_dimension", u64::from(dimensions));
    }
    if request.user.is_some() {
        draft.leave_out("user");
    }
    draft.pass(request.extra, &OWN);
    call.settings.apply(&call.operation, &mut draft);
    draft.exchange("/v2/embed", &input)
}

fn texts(input: &EmbeddingInput) -> Result<&[String], Failure> {
    input
        .texts()
        .ok_or_else(|| Failure::unsupported("input: this provider takes texts, and no tokens"))
}

/// The API's word for what an embedding is for; the words of other vendors are known too.
fn input_type(asked: String) -> String {
    let own = match InputType::named(&asked) {
        Some(InputType::Query) => "search_query",
        Some(InputType::Document) => "search_document",
        Some(InputType::Classification) => "classification",
        Some(InputType::Clustering | InputType::Similarity) => "clustering",
        Some(InputType::Image) => "image",
        None => return asked,
    };
    own.to_owned()
}

/// The embeddings in the form that the client asked for.
///
/// # Errors
/// If the reply has no vectors of numbers.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let asked: Asked = call.parameters()?;
    let format = asked.encoding_format.unwrap_or_default();
    let said: Said = reply.json()?;
    let vectors = said.embeddings.float.into_iter().enumerate();
    let mut embeddings = Embeddings {
        data: vectors
            .map(|(index, floats)| Embedding::new(index, floats, &format))
            .collect(),
        model: call.model.clone(),
        ..Embeddings::default()
    };
    if let Some(id) = said.id {
        embeddings.extra.insert("id", id);
    }
    let meta = said.meta.unwrap_or_default();
    let billed: Extra = meta.read("billed_units").unwrap_or_default();
    let mut usage = InputUsage::of(usage::input_of_meta(&meta).unwrap_or_default());
    // Images are billed by number with the first models, and by tokens with the later ones.
    for name in ["images", "image_tokens"] {
        if let Some(count) = billed.get(name) {
            usage.extra.insert(name, count.clone());
        }
    }
    embeddings.usage = Some(usage);
    Step::done(&embeddings)
}

// === impl Input ===

impl<'a> Input<'a> {
    fn of(texts: &'a [String]) -> Self {
        let images = texts.iter().filter(|text| is_image(text)).count();
        if images == 0 {
            Self::Texts(texts)
        } else if images == texts.len() {
            Self::Images(texts)
        } else {
            Self::Inputs(texts.iter().map(|text| Mixed::of(text)).collect())
        }
    }
}

fn is_image(text: &str) -> bool {
    DataUrl::of_image(text).is_some()
}

// === impl Mixed ===

impl<'a> Mixed<'a> {
    fn of(text: &'a str) -> Self {
        let part = if is_image(text) {
            Part::ImageUrl {
                image_url: Address { url: text },
            }
        } else {
            Part::Text { text }
        };
        Self { content: [part] }
    }
}
