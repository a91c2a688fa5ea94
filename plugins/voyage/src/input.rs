//! What is embedded, in the form of the endpoint that has the model.

use jackfield_plugin_sdk::DataUrl;
use jackfield_plugin_sdk::canonical::InputType;
use serde::Serialize;

/// The endpoint that has a model, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// <https://docs.voyageai.com/reference/embeddings-api>.
    Texts,
    /// <https://docs.voyageai.com/reference/multimodal-embeddings-api>.
    Multimodal,
    /// <https://docs.voyageai.com/reference/contextualized-embeddings-api>.
    Contextualized,
}

/// The input, under its name.
#[derive(Serialize)]
pub(crate) enum Input<'a> {
    #[serde(rename = "input")]
    Texts(&'a [String]),
    #[serde(rename = "inputs")]
    Contents(Vec<Content<'a>>),
    #[serde(rename = "inputs")]
    Documents(Vec<&'a [String]>),
}

/// Texts and images that become one vector.
#[derive(Serialize)]
pub(crate) struct Content<'a> {
    content: [Part<'a>; 1],
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    Text { text: &'a str },
    ImageBase64 { image_base64: &'a str },
}

// === impl Endpoint ===

impl Endpoint {
    pub(crate) fn of(model: &str) -> Self {
        if model.starts_with("voyage-multimodal") {
            Self::Multimodal
        } else if model.starts_with("voyage-context") {
            Self::Contextualized
        } else {
            Self::Texts
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Texts => "/embeddings",
            Self::Multimodal => "/multimodalembeddings",
            Self::Contextualized => "/contextualizedembeddings",
        }
    }

    /// The API's own members, beside those that the translation sets.
    pub(crate) fn own(self) -> &'static [&'static str] {
        match self {
            Self::Texts | Self::Multimodal => &["output_dimension", "output_dtype", "truncation"],
            Self::Contextualized => &["output_dimension", "output_dtype"],
        }
    }

    /// The input. With a model that takes images, the `data:` URL of one is an image. With a contextualised model, the
    /// texts of a request are the chunks of one document, in their order; queries are each on their own.
    pub(crate) fn input(self, texts: &[String], purpose: Option<InputType>) -> Input<'_> {
        match self {
            Self::Texts => Input::Texts(texts),
            Self::Multimodal => Input::Contents(texts.iter().map(|text| Content::of(text)).collect()),
            Self::Contextualized if purpose == Some(InputType::Query) => Input::Documents(texts.chunks(1).collect()),
            Self::Contextualized => Input::Documents(vec![texts]),
        }
    }
}

// === impl Content ===

impl<'a> Content<'a> {
    fn of(text: &'a str) -> Self {
        let part = if DataUrl::of_image(text).is_some() {
            Part::ImageBase64 { image_base64: text }
        } else {
            Part::Text { text }
        };
        Self { content: [part] }
    }
}
