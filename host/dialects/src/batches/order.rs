//! What a client orders.

/// The order of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchOrder {
    /// The path at which all lines ask.
    pub endpoint: String,
    /// Where the lines are.
    pub lines: OrderedLines,
    /// What the client attached to the batch: a JSON object.
    pub metadata: Option<String>,
    /// How many seconds the files of results are kept; `None` if the client leaves that to the host.
    pub keep_results: Option<u64>,
}

/// The lines of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderedLines {
    /// They are in the file with this id.
    File(String),
    /// They came with the order: this text, one line each.
    Here(Vec<u8>),
}
