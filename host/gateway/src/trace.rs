//! A request's place in a trace, and what is noted for its spans while it goes through.
//!
//! Reading order: [`Tracer`] decides on a trace and takes its spans, `queue` keeps them for a while, `context` reads and writes the headers of W3C's Trace
//! Context, [`Trace`] is what a request carries.

mod context;
mod notes;
mod queue;
mod tracer;

pub(crate) use context::{Parent, new_span_id, new_trace_id};
pub(crate) use notes::{AttemptNote, CallNote, Callee, Notes, Server, Trace};
pub(crate) use queue::{Queue, Spans};
pub(crate) use tracer::{Counts, Tracer};
