//! Who calls, what they may use, what it cost, and where that is kept.
//!
//! In reading order: [`callers`] knows who holds which key, [`limits`] counts what they ask for, [`credits`] is what it
//! costs and what they have left, the [`ledger`] records each request, and the [`store`] is the database under all.
//! [`clock`] turns times into the numbers that are kept.

pub mod callers;
pub mod clock;
pub mod credits;
pub mod ledger;
pub mod limits;
pub mod store;
