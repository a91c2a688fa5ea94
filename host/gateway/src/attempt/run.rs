//! One attempt: exchanges with the upstream until there is a reply.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::exchange;
use super::stream::{self, ReplyStream};
use super::{Adapter, Clocks, Payload, Reply, Task, plugin_fault};
use crate::error::{Class, Failure};
use crate::upstream::framing::Framing;
use crate::upstream::reply;
use jackfield_dialects::Dialect;
use jackfield_sandbox::contract::{Answer, Exchange, Prepared, Step};

/// Exchanges that one attempt may take: an image job is polled, a loop is not.
const MAX_EXCHANGES: u32 = 100;

/// One attempt: the adapter, what is asked of it, and the clocks that run.
pub(super) struct Attempt<'a> {
    adapter: &'a Arc<Adapter>,
    task: Task,
    payload: &'a Payload<'a>,
    model: &'a str,
    clocks: Clocks,
}

/// What one exchange came to.
enum Outcome {
    Reply(Reply),
    Again(Exchange),
}

// === impl Attempt ===

impl<'a> Attempt<'a> {
    pub(super) fn new(
        adapter: &'a Arc<Adapter>,
        task: Task,
        payload: &'a Payload<'a>,
        model: &'a str,
        clocks: Clocks,
    ) -> Self {
        Self {
            adapter,
            task,
            payload,
            model,
            clocks,
        }
    }

    /// Step 6 of a request's life (ARCHITECTURE.md).
    pub(super) async fn run(&mut self) -> Result<Reply, Failure> {
        let mut exchange = match self.prepare().map_err(Failure::unsent)? {
            Prepared::Exchange(exchange) => exchange,
            Prepared::Answer(answer) => return self.fitting(self.answered(answer)),
        };
        for _ in 0..MAX_EXCHANGES {
            match self.exchange(exchange).await? {
                Outcome::Reply(reply) => return self.fitting(reply),
                Outcome::Again(next) => exchange = next,
            }
        }
        let message = format!("the adapter asked for more than {MAX_EXCHANGES} exchanges");
        Err(Failure::new(Class::Plugin, message))
    }

    fn prepare(&self) -> Result<Prepared, Failure> {
        let call = self.adapter.call(self.task, self.model, &self.payload.parameters);
        let plugin = &self.adapter.plugin;
        Ok(plugin.prepare(call, self.payload.body.clone())??)
    }

    /// What an adapter answers by itself is canonical.
    fn answered(&self, answer: Answer) -> Reply {
        match answer {
            Answer::Whole(body) => Reply::Whole(Dialect::OpenaiChat, body.into()),
            Answer::Chunks(lines) => {
                let stream = ReplyStream::answered(lines.into(), self.clocks);
                Reply::Stream(Dialect::OpenaiChat, Box::new(stream))
            }
        }
    }

    /// Sees to it that the client gets the kind of reply that it asked for.
    fn fitting(&self, reply: Reply) -> Result<Reply, Failure> {
        match (&reply, self.task.stream) {
            (Reply::Whole(..), true) => Err(plugin_fault("gave a whole reply where a stream was asked for")),
            (Reply::Stream(..), false) => Err(plugin_fault("gave a stream that was not asked for")),
            _ => Ok(reply),
        }
    }

    async fn exchange(&mut self, exchange: Exchange) -> Result<Outcome, Failure> {
        self.clocks
            .pause(Duration::from_millis(exchange.delay_ms.into()))
            .await?;
        let framing: Framing = exchange
            .framing
            .parse()
            .map_err(|_| plugin_fault(format!("names an unknown framing {:?}", exchange.framing)))?;
        let outgoing = exchange::build(self.adapter, &exchange.request, self.payload).map_err(Failure::unsent)?;
        let mut reply = self.clocks.head(self.adapter.client.send(outgoing)).await?;
        if reply.status.is_redirection() {
            let message = "the upstream redirects; set base_url to the address it redirects to";
            return Err(Failure::new(Class::Refused, message));
        }
        let native = exchange
            .dialect
            .as_deref()
            .is_some_and(|word| word == self.task.dialect.as_str());
        if reply.status.is_success() && framing != Framing::None {
            return Ok(Outcome::Reply(self.stream(reply, framing, native, exchange.state)));
        }
        let body = self.clocks.body(&mut reply, self.adapter.max_reply_bytes).await?;
        if reply.status.is_success() && native {
            return Ok(Outcome::Reply(Reply::Whole(self.task.dialect, body)));
        }
        self.decode(&reply, body, &exchange.state)
    }

    fn stream(&self, reply: reply::Reply, framing: Framing, native: bool, state: Vec<u8>) -> Reply {
        let dialect = self.dialect_of(native);
        let decoder = (!native).then(|| stream::Decoder {
            adapter: Arc::clone(self.adapter),
            task: self.task,
            model: self.model.into(),
            state,
        });
        let max_event_bytes = self.adapter.max_event_bytes;
        let stream = ReplyStream::new(reply, framing, max_event_bytes, decoder, self.clocks);
        Reply::Stream(dialect, Box::new(stream))
    }

    /// What a plugin decodes becomes canonical.
    fn dialect_of(&self, native: bool) -> Dialect {
        if native { self.task.dialect } else { Dialect::OpenaiChat }
    }

    /// Step 8 of a request's life (ARCHITECTURE.md).
    fn decode(&self, reply: &reply::Reply, body: Bytes, state: &[u8]) -> Result<Outcome, Failure> {
        let headers = exchange::visible_headers(&reply.headers);
        let seen = jackfield_sandbox::contract::Reply {
            status: reply.status.as_u16(),
            headers: &headers.iter().collect::<Vec<_>>(),
            body: &body,
            state,
        };
        let call = self.adapter.call(self.task, self.model, &[]);
        match self.adapter.plugin.decode(call, seen)?? {
            Step::Done(json) => Ok(whole(json.into())),
            Step::Canonical if reply.status.is_success() => Ok(whole(body)),
            Step::Canonical => Err(plugin_fault(format!(
                "calls a reply of status {} canonical",
                reply.status
            ))),
            Step::Again(exchange) => Ok(Outcome::Again(exchange)),
        }
    }
}

fn whole(canonical: Bytes) -> Outcome {
    Outcome::Reply(Reply::Whole(Dialect::OpenaiChat, canonical))
}
