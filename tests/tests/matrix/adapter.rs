//! An adapter and its upstream: one column of the matrix, and one file in this folder.

mod anthropic;
mod azure_openai;
mod bedrock;
mod cohere;
mod gemini;
mod minimax;
mod mistral;
mod ollama;
mod openai;

use std::collections::HashMap;

use jackfield_tests::upstream::{Reply, Request};
use jackfield_tests::vendor::Turn;

use crate::client::Dialect;
use crate::feature::Signs;

/// An adapter, how it is configured, and how its vendor shows what arrived.
pub(crate) struct Adapter {
    /// The plugin's name, which is also the column's, the provider's and the model's.
    pub(crate) name: &'static str,
    /// The model at the vendor, on which it depends what an adapter translates.
    pub(crate) model: &'static str,
    /// The path that ends the provider's base URL.
    pub(crate) base: &'static str,
    /// The provider's further members, as YAML in one line.
    pub(crate) provider: &'static str,
    /// The dialect of clients that the vendor speaks itself, if it does.
    pub(crate) speaks: Option<Dialect>,
    /// The features of replies that the vendor has no words for.
    pub(crate) unsaid: &'static [&'static str],
    /// The vendor's double: checks the request as the vendor does, and says the turn.
    pub(crate) say: fn(&Request, &Turn) -> Reply,
    /// What shows in the vendor's request that a feature arrived. A feature that is missing has no words there.
    pub(crate) signs: HashMap<&'static str, Signs>,
}

/// All adapters that chat, in the order of the columns.
pub(crate) fn all() -> Vec<Adapter> {
    vec![
        openai::adapter(),
        azure_openai::adapter(),
        anthropic::adapter(),
        bedrock::adapter(),
        gemini::adapter(),
        mistral::adapter(),
        cohere::adapter(),
        minimax::adapter(),
        ollama::adapter(),
    ]
}
