//! Batches: many requests in one order, worked off later. How each vendor's API writes them.
//!
//! In reading order: [`BatchApi`] is the trait of such an API, which [`batch_apis`](crate::batch_apis) lists. A client's [`BatchOrder`] names
//! or holds the lines, each of which is read as a [`BatchLine`] and ends as a [`LineReport`]; the batch itself is shown as
//! its [`BatchCard`]. [`files`] are the objects of the files that lines come from and results go to.

mod card;
pub mod files;
mod line;
mod order;
#[cfg(test)]
mod tests;

use std::fmt;

pub use self::card::{BatchCard, BatchState, BatchTimes, LineCounts, Moment};
pub use self::line::{BatchLine, LineEnd, LineFate, LineFault, LineReport, LineSpent, RecordedLine, Shelf};
pub use self::order::{BatchOrder, OrderedLines};

use crate::fault::RequestFault;
use crate::model_card::Query;
use crate::page::Page;

/// An API of batches, which lives as long as the process.
pub type Batching = &'static dyn BatchApi;

/// How a vendor's clients order batches and read what became of them.
pub trait BatchApi: fmt::Debug + Send + Sync {
    /// The name under which batches remember their API.
    fn name(&self) -> &'static str;

    /// Where batches are ordered and listed; one of them is below it, by its id.
    fn path(&self) -> &'static str;

    /// What the id of a batch begins with.
    fn id_prefix(&self) -> &'static str;

    /// The paths at which its lines may ask.
    fn endpoints(&self) -> &'static [&'static str];

    /// True if results are read at the batch, and the batch can be deleted; false if they are files.
    fn keeps_results(&self) -> bool;

    /// Reads an order.
    ///
    /// # Errors
    /// If a member is missing or of the wrong type. The fault names it.
    fn order(&self, body: &[u8]) -> Result<BatchOrder, RequestFault>;

    /// Reads one line of an order's input.
    ///
    /// # Errors
    /// If it is none that can be answered. The fault says why, for the client.
    fn line<'a>(&self, text: &'a [u8]) -> Result<BatchLine<'a>, LineFault>;

    /// What became of a line, as one line of JSON without its break.
    fn report(&self, report: &LineReport<'_>) -> Vec<u8>;

    /// Where a report belongs.
    fn shelf(&self, end: &LineEnd<'_>) -> Shelf;

    /// Reads a report that [`Self::report`] wrote; `None` if it is none.
    fn recorded(&self, text: &[u8]) -> Option<RecordedLine>;

    /// A batch as its clients see it.
    fn batch(&self, batch: &BatchCard<'_>) -> Vec<u8>;

    /// The part of the list that the query asks for.
    ///
    /// # Errors
    /// If the query makes no sense. The fault names its parameter.
    fn page<'q>(&self, query: &'q Query) -> Result<Page<'q>, RequestFault>;

    /// The list of these batches.
    fn list(&self, batches: &[BatchCard<'_>], has_more: bool) -> Vec<u8>;

    /// The confirmation that a batch is deleted.
    fn deleted(&self, id: &str) -> Vec<u8>;
}
