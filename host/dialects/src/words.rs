//! What the dialects have in common under other names: one table for each.

pub mod usage;
