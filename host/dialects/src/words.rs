//! What the dialects have in common under different names: one table for each vocabulary.

pub(crate) mod effort;
pub mod failures;
pub mod name;
pub(crate) mod place;
pub(crate) mod signature;
pub(crate) mod stop_reason;
pub mod tokens;
pub mod usage;
