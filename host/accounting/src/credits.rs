//! Credits: what a request costs, and what its user has left. All amounts are micro-credits.
//!
//! In reading order: `price` is the arithmetic, [`balance`] tracks what users may still spend while charges are on
//! their way into the store, and [`budget`] what their keys have spent.

pub mod balance;
pub mod budget;
mod price;

pub use price::{Price, Rates, Served, SteppedRates, Used, as_credits};
