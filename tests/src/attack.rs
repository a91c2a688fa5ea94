//! An attack on the gateway as operators run it, with a bystander who must not notice, and an audit of what is left.
//!
//! In reading order: [`stage`] is the gateway with its users and upstreams, [`bystander`] asks all the time,
//! [`clients`] and [`upstreams`] are the attackers ([`frames`] speaks HTTP/2 for them), [`campaign`] runs one attack
//! after another and then all at once, and [`audit`] counts what is left. [`plain`] is a server beside it that does nothing,
//! under the same attacks, and [`alone`] gives the bystander a thread. [`foreign`] has the same bystander beside plugins in
//! other languages.

pub mod alone;
pub mod audit;
pub mod bystander;
pub mod campaign;
pub mod clients;
pub mod foreign;
pub mod frames;
pub mod plain;
pub mod stage;
pub mod upstreams;
