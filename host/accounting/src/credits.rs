//! Credits: what a request costs, and what its user has left. All amounts are micro-credits.
//!
//! In reading order: `price` is the arithmetic, [`balance`] tracks what users may still spend while charges are on
//! their way into the store.

pub mod balance;
mod price;

pub use price::{Price, Rates, Served, SteppedRates, Used, as_credits};
