//! What the host knows of a model and tells a dialect that has a form of its own for lists of models.

/// A model as clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCard<'a> {
    /// What clients ask for.
    pub id: &'a str,
    /// Its name for people.
    pub name: &'a str,
    /// Since when there is such a model, in UTC (RFC 3339); the start of 1970 if that is unknown.
    pub created_at: String,
    /// How many tokens a request and its answer may have together; `None` if that is unknown.
    pub context: Option<u64>,
    /// How many tokens an answer may have; `None` if that is unknown.
    pub max_output: Option<u64>,
}

/// The parameters of a request's query, decoded, in order.
pub type Query = [(String, String)];
