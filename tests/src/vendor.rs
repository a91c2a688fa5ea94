//! Doubles of two vendors: they reject what the vendor would reject and play the same scenarios in two dialects.
//!
//! The user's last message selects what happens; [`scenario`] lists the words. Both doubles build their reply from the
//! same [`Turn`], so whatever a client sees differently through a gateway is the gateway's doing.

pub mod anthropic;
pub mod openai;
pub mod scenario;

mod fault;
mod schema;
mod turn;

pub use self::fault::{Fault, FaultKind};
pub use self::turn::{Call, Finish, Thinking, Turn, Usage};

use crate::upstream::Upstream;

/// The credential that both doubles require.
pub const API_KEY: &str = "double-key";

/// Start the OpenAI-shaped double on `port` of the loopback; 0 takes a free one.
pub async fn openai(port: u16) -> Upstream {
    let upstream = Upstream::start_on(port).await;
    upstream.answer(openai::answer);
    upstream
}

/// Start the Anthropic-shaped double on `port` of the loopback; 0 takes a free one.
pub async fn anthropic(port: u16) -> Upstream {
    let upstream = Upstream::start_on(port).await;
    upstream.answer(anthropic::answer);
    upstream
}
