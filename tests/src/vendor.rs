//! Doubles of vendors: they reject what the vendor would reject, and say the same in the words of each.
//!
//! All build their replies from the same [`Turn`], so whatever a client sees differently through a gateway is the
//! gateway's doing. `say` says any turn, to a request for any model. The doubles of OpenAI and Anthropic also play
//! scenarios: the user's last message selects what happens, and [`scenario`] lists the words.

pub mod anthropic;
pub mod azure;
pub mod bedrock;
pub mod cohere;
pub mod gemini;
pub mod minimax;
pub mod mistral;
pub mod ollama;
pub mod openai;
pub mod scenario;

mod door;
mod fault;
mod schema;
mod turn;

pub use self::fault::{Fault, FaultKind};
pub use self::turn::{Call, Finish, Thinking, Turn, Usage};

use crate::upstream::Upstream;

/// The credential that the doubles require.
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
