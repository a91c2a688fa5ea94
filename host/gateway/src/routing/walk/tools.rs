//! Conversations that hold a tool's result: how much of the chain they may use.

use jackfield_config::ToolConversations;
use tokio::time::{Instant, sleep_until};

use super::Walk;
use crate::attempt::Provider;
use crate::error::{Class, GatewayError};
use crate::routing::answer::Answer;

// === impl Walk ===

impl<P: Provider> Walk<'_, P> {
    /// How the conversation is routed, if it holds a tool's result.
    pub(super) fn tools(&self) -> Option<ToolConversations> {
        self.request.pinned.then_some(self.policy.tool_conversations)
    }

    /// True for the first target of a conversation with a tool's result. It is tried once more before any other: its
    /// upstream may hold what belongs to the conversation, such as cached prompts and signed thinking.
    pub(super) fn deserves_another(&self, index: usize) -> bool {
        let sent = self.attempts.records().iter();
        let sent = sent.filter(|record| record.failed != Some(Class::Unsupported)).count();
        let retries = self.tools() == Some(ToolConversations::Chain) && self.policy.retry_count > 0;
        retries && sent == 1 && !self.standings.at(index).given_up
    }

    /// Tries the target again after the usual wait, unless its upstream asked for a longer one.
    pub(super) async fn again(&mut self, index: usize) -> Result<Option<Answer<P::Stream>>, GatewayError> {
        let until = Instant::now() + self.backoff(1);
        let not_before = self.standings.at(index).not_before;
        if until >= self.deadline || not_before.is_some_and(|not_before| until < not_before) {
            return Ok(None);
        }
        sleep_until(until).await;
        match self.admit(index) {
            Some((provider, permit)) => self.attempt(index, provider, permit).await,
            None => Ok(None),
        }
    }

    /// True if the target that is sent the request first is the only one that may be.
    pub(super) fn binds(&self) -> bool {
        let ways = [ToolConversations::SameTarget, ToolConversations::FirstOnly];
        self.tools().is_some_and(|way| ways.contains(&way))
    }
}
