//! Accounting: who calls, what they may use, what it costs, and where the records are kept.
//!
//! In reading order: [`callers`] identifies the holder of a key or token, [`limits`] counts requests against quotas,
//! [`credits`] prices requests and tracks balances, the [`ledger`] records every request, and the [`store`] is the
//! database beneath them all. [`deed`] is what the audit log says of a change of accounts. [`clock`] converts times to the integers that are stored; [`single_flight`] has equal
//! questions answered once, and `sharded` spreads state over several locks.

pub mod callers;
pub mod clock;
pub mod credits;
pub mod deed;
pub mod ledger;
pub mod limits;
mod sharded;
pub mod single_flight;
pub mod store;
