//! Credits: what a request costs, and what its user has left.
//!
//! In reading order: [`price`] is the arithmetic, [`balance`] what users may still spend while charges are on their way
//! into the store. All amounts are micro-credits.

pub mod balance;
pub mod price;

pub use price::{MAX_CHARGE, Price, as_credits, estimate_tokens};
