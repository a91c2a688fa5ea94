//! Support for the end-to-end tests, in reading order: clients, upstreams, vendors, and the gateway in between.
//!
//! 1. [`client`] talks to the gateway as a user's program does.
//! 2. [`upstream`] is a provider whose every reply a test has scripted.
//! 3. [`vendor`] holds providers that check requests as strictly as the real ones.
//! 4. [`gateway`] is the gateway under test, with its own files.
//! 5. [`postgres`] and [`redis`] are throwaway servers for what several gateways share.
//! 6. [`registry`] is where plugins are fetched from and pushed to.
//! 7. [`prometheus`] scrapes it.
//! 9. [`bench`] measures it next to nginx.
//! 10. [`large_ledger`] measures its ledger as that grows.
//! 11. [`attack`] attacks it, with a bystander beside.
//! 12. [`patience`] turns a test that would hang into one that fails.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "this crate is test code: a broken expectation fails the test where it broke"
)]
#![allow(
    clippy::needless_pass_by_value,
    reason = "a story writes its JSON where it is used, and is easier to read without borrowing it"
)]

pub mod attack;
pub mod bench;
pub mod client;
pub mod collector;
pub mod gateway;
pub mod large_ledger;
pub mod patience;
pub mod postgres;
pub mod prometheus;
pub mod redis;
pub mod registry;
pub mod upstream;
pub mod vendor;
