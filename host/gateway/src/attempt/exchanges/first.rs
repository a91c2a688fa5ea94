//! What an attempt begins with: an exchange that was prepared before, or what its adapter prepares now.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use jackfield_sandbox::contract::{Answer, Exchange, Prepared};
use jackfield_sandbox::{Attachment, Made};

use super::Exchanges;
use crate::attempt::attachments;
use crate::attempt::calls::Calls;
use crate::attempt::ready::Ready;
use crate::error::Failure;
use crate::memo::Found;

/// What an attempt begins with.
pub(super) enum First {
    Answer(Answer),
    Exchange(Arc<Ready>),
}

// === impl Exchanges ===

impl<'a> Exchanges<'a> {
    /// The calls of this attempt's plugin.
    pub(super) fn calls(&self) -> Calls<'a> {
        Calls {
            adapter: self.adapter,
            task: self.task,
            model: self.model,
            request: &self.payload.text,
            user: self.user,
        }
    }

    /// What the adapter has prepared for such a request before, or prepares now.
    pub(super) async fn first(&mut self) -> Result<First, Failure> {
        if self.adapter.plugin.takes_attachments() {
            return self.prepared().await.map(|(first, _)| first);
        }
        let key = self.calls().key();
        let ticket = match self.adapter.memo.find(&key) {
            Found::Kept(ready) => return Ok(First::Exchange(ready)),
            Found::New(ticket) => ticket,
        };
        let (first, repeatable) = self.prepared().await?;
        if let (First::Exchange(ready), Some(ticket), true) = (&first, ticket, repeatable) {
            self.adapter.memo.keep(ticket, &key, ready, ready.bytes());
        }
        Ok(first)
    }

    /// What the adapter prepares, and whether it would prepare the same for the same parameters.
    async fn prepared(&mut self) -> Result<(First, bool), Failure> {
        let mut request = Cow::Borrowed(&self.payload.text);
        if self.adapter.plugin.takes_attachments() {
            request.to_mut().attachments = self.attached().await.map_err(Failure::unprepared)?;
        }
        let calls = Calls {
            request: &request,
            ..self.calls()
        };
        // That it waits too long, or has to come back, is not what the adapter made of it.
        let called = self.clocks.until_over(calls.prepare(&self.parking)).await;
        let called = called.map_err(Failure::unprepared)??;
        self.clocks
            .spent()
            .in_plugin("prepare", called.took, called.value.is_err());
        let (made, repeatable) = called.value.map_err(|error| Failure::from(error).unprepared())?;
        let Made { prepared, body } = made.map_err(|failure| Failure::from(failure).unprepared())?;
        let first = match prepared {
            Prepared::Exchange(exchange) => First::Exchange(self.ready(exchange, body)?),
            Prepared::Answer(answer) => First::Answer(answer),
        };
        Ok((first, repeatable))
    }

    /// An exchange, checked. `body` takes the place of its own.
    pub(super) fn ready(&self, exchange: Exchange, body: Option<Vec<Bytes>>) -> Result<Arc<Ready>, Failure> {
        let ready = Ready::new((&self.adapter.reach, self.credential), exchange, body).map_err(Failure::unprepared)?;
        if !ready.delay.is_zero() || self.is_read_by_host(&ready) {
            self.parking.clear();
        }
        Ok(Arc::new(ready))
    }

    /// What the adapter wants fetched.
    async fn attached(&mut self) -> Result<Arc<[Attachment]>, Failure> {
        let listed = self.clocks.until_over(self.calls().list_attachments()).await??;
        self.clocks
            .spent()
            .in_plugin("list-attachments", listed.took, listed.value.is_err());
        let urls = listed.value??;
        attachments::fetch(self.adapter.attachments.as_ref(), urls, &mut self.clocks).await
    }
}
