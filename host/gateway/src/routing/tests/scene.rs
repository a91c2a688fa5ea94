//! Scripted providers, and a chain of them.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use jackfield_config::{FallbackOn, ToolConversations};
use jackfield_dialects::json::Members;
use jackfield_dialects::{Continuation, Dialect, Form, Operation};
use tokio::time::{Instant, sleep};

use crate::affinity::Affinities;
use crate::attempt::{Batch, Events, Limits, OpenedReply, Provider, ProviderReply, ProviderRequest, ReplyStream, Then};
use crate::error::{Class, Failure, GatewayError};
use crate::record::Attempts;
use crate::routing::breaker::Stakes;
use crate::routing::{
    Answer, Backoff, Balance, Breaker, Chain, Counting, Health, Policy, Progress, RouteRequest, StreamPolicy, Target,
    Threshold,
};

/// What a provider does in one attempt.
pub(in crate::routing) enum Try {
    /// It answers with a whole reply.
    Answer,
    /// It answers with this stream.
    Stream(FakeStream),
    /// It fails.
    Fail(Failure),
    /// It does this after a while.
    After(Duration, Box<Try>),
    /// It never answers.
    Hang,
}

/// A provider that follows a script, one step per attempt. After the end of the script it answers.
pub(in crate::routing) struct FakeProvider {
    name: Arc<str>,
    operations: Vec<Operation>,
    script: Mutex<VecDeque<Try>>,
    /// When each attempt began, and whether it was told that no other target is left.
    tried: Mutex<Vec<(Instant, bool)>>,
    /// The bodies that it was sent, where there were any.
    bodies: Mutex<Vec<String>>,
    /// It goes on with a text that the assistant has begun.
    continues: bool,
}

/// A stream that follows a script.
#[derive(Debug)]
pub(in crate::routing) struct FakeStream {
    steps: VecDeque<(Duration, Batch)>,
    content_seen: bool,
    /// How often it was told that the model is at work.
    signs_of_life: usize,
}

/// A chain of providers, whose back-offs always last as long as their bound.
pub(in crate::routing) struct Scene {
    pub(in crate::routing) chain: Chain<FakeProvider>,
    pub(in crate::routing) affinities: Affinities,
    pub(in crate::routing) attempts: Attempts,
    pub(in crate::routing) pinned: bool,
    pub(in crate::routing) continuation: Option<Continuation>,
    pub(in crate::routing) thinking: bool,
    pub(in crate::routing) progress: Arc<Progress>,
    started: Instant,
}

pub(in crate::routing) const BREAKER: Threshold = Threshold {
    failures: 2,
    open_for: Duration::from_mins(1),
};

/// How long a reply of a fake provider may take to begin.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the outcomes of attempts count in all scenes.
pub(in crate::routing) const STAKES: Stakes = Stakes {
    threshold: BREAKER,
    patience: PATIENCE,
    thinking: false,
};

/// A failure of this class.
pub(in crate::routing) fn fail(class: Class) -> Try {
    Try::Fail(Failure::new(class, "the upstream's own words"))
}

/// A failure that asks for a retry after `ms` milliseconds.
pub(in crate::routing) fn fail_with_retry_after(class: Class, ms: u64) -> Try {
    let mut failure = Failure::new(class, "come back later");
    failure.retry_after = Some(Duration::from_millis(ms));
    Try::Fail(failure)
}

/// The same step, `ms` milliseconds later.
pub(in crate::routing) fn after(ms: u64, then: Try) -> Try {
    Try::After(Duration::from_millis(ms), Box::new(then))
}

/// A target whose provider follows this script; without a script, the provider is off.
pub(in crate::routing) fn target(name: &str, script: Option<Vec<Try>>) -> Target<FakeProvider> {
    target_that(name, script, true)
}

/// The same, of a model that does not go on with a text that the assistant has begun.
pub(in crate::routing) fn target_without_prefill(name: &str, script: Vec<Try>) -> Target<FakeProvider> {
    target_that(name, Some(script), false)
}

fn target_that(name: &str, script: Option<Vec<Try>>, continues: bool) -> Target<FakeProvider> {
    let provider = script.map(|script| {
        Arc::new(FakeProvider {
            name: name.into(),
            operations: vec![Operation::Chat],
            script: Mutex::new(script.into()),
            tried: Mutex::default(),
            bodies: Mutex::default(),
            continues,
        })
    });
    Target {
        name: name.into(),
        model: format!("{name}-model").into(),
        listed_model: format!("{name}-model").into(),
        off: provider.is_none().then(|| "KEY is not set".into()),
        named_by_client: false,
        price: None,
        provider,
        breaker: Arc::new(Breaker::new(name, &format!("{name}-model"))),
        pause: Arc::default(),
        load: None,
        health: Arc::new(Health::default()),
        provider_health: Arc::new(Health::default()),
        counting: Counting::new(name, &format!("{name}-model")),
    }
}

// === impl FakeProvider ===

impl FakeProvider {
    /// When each attempt began, and whether it was told that no other target is left.
    pub(in crate::routing) fn tried(&self) -> Vec<(Instant, bool)> {
        self.tried.lock().unwrap().clone()
    }

    /// The bodies that it was sent, where there were any.
    pub(in crate::routing) fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }

    /// A provider that supports these operations and always answers.
    pub(in crate::routing) fn supporting(name: &str, operations: Vec<Operation>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            operations,
            script: Mutex::default(),
            tried: Mutex::default(),
            bodies: Mutex::default(),
            continues: false,
        })
    }
}

impl Provider for FakeProvider {
    type Stream = FakeStream;

    fn name(&self) -> &Arc<str> {
        &self.name
    }

    fn supports(&self, operation: Operation, _dialect: Dialect) -> bool {
        self.operations.contains(&operation)
    }

    fn continues(&self, _model: &str) -> bool {
        self.continues
    }

    fn patience(&self, _stream: bool) -> Duration {
        PATIENCE
    }

    async fn open(
        self: &Arc<Self>,
        request: &ProviderRequest<'_>,
        model: &str,
        limits: Limits,
    ) -> Result<OpenedReply<FakeStream>, Failure> {
        assert_eq!(model, format!("{}-model", self.name));
        self.tried.lock().unwrap().push((Instant::now(), limits.last));
        if let Some(payload) = request.native {
            let body = String::from_utf8(payload.text.body.to_vec()).unwrap();
            self.bodies.lock().unwrap().push(body);
        }
        let mut next = self.script.lock().unwrap().pop_front().unwrap_or(Try::Answer);
        loop {
            next = match next {
                Try::After(delay, then) => {
                    sleep(delay).await;
                    *then
                }
                Try::Answer => {
                    let body = r#"{"id":"c","object":"chat.completion","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#;
                    return Ok(ProviderReply::Whole(Form::Native, Bytes::from(body)).into());
                }
                Try::Stream(stream) => return Ok(ProviderReply::Stream(Form::Native, Box::new(stream)).into()),
                Try::Fail(failure) => return Err(failure),
                Try::Hang => pending().await,
            }
        }
    }

    fn redact(&self, failure: Failure) -> Failure {
        redacted(failure)
    }
}

// === impl FakeStream ===

impl FakeStream {
    /// A stream of these batches: each is events, one per line, and what follows them.
    pub(in crate::routing) fn of(batches: impl IntoIterator<Item = (&'static str, Then)>) -> Self {
        Self::spaced(0, batches)
    }

    /// The same stream, with `ms` milliseconds before each batch.
    pub(in crate::routing) fn spaced(ms: u64, batches: impl IntoIterator<Item = (&'static str, Then)>) -> Self {
        let batches = batches.into_iter().map(|(lines, then)| {
            let events = Events::Lines(Bytes::from(lines));
            (Duration::from_millis(ms), Batch { events, then })
        });
        Self {
            steps: batches.collect(),
            content_seen: false,
            signs_of_life: 0,
        }
    }

    /// How often it was told that the model is at work.
    pub(in crate::routing) fn signs_of_life(&self) -> usize {
        self.signs_of_life
    }

    /// Whether it was told that content has arrived.
    pub(in crate::routing) fn content_was_seen(&self) -> bool {
        self.content_seen
    }
}

impl ReplyStream for FakeStream {
    async fn next(&mut self) -> Batch {
        let Some((delay, _)) = self.steps.front() else {
            return pending().await;
        };
        // If this is cancelled, the batch stays in the queue.
        sleep(*delay).await;
        self.steps.pop_front().unwrap().1
    }

    fn content_seen(&mut self) {
        self.content_seen = true;
    }

    fn alive(&mut self) {
        self.signs_of_life += 1;
    }

    fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_hours(1)
    }

    fn redact(&self, failure: Failure) -> Failure {
        redacted(failure)
    }
}

/// Redacts `sk-123`, the secret of all fake providers.
fn redacted(mut failure: Failure) -> Failure {
    failure.message = failure.message.replace("sk-123", "[secret]");
    failure
}

// === impl Scene ===

impl Scene {
    /// A chain of these targets, with two retries and a deadline of one minute.
    pub(in crate::routing) fn new(targets: Vec<Target<FakeProvider>>) -> Self {
        let policy = Policy {
            retry_count: 2,
            deadline: Duration::from_mins(1),
            max_wait: Duration::from_secs(15),
            tool_conversations: ToolConversations::Chain,
            backoff: Backoff {
                base: Duration::from_millis(250),
                max: Duration::from_secs(5),
            },
            jitter: || 1.0,
            breaker: BREAKER,
            stream: StreamPolicy::default(),
            fallback_on: FallbackOn::default(),
        };
        Self {
            chain: Chain {
                targets,
                balance: Balance::default(),
                policy,
            },
            affinities: Affinities::default(),
            attempts: Attempts::default(),
            pinned: false,
            continuation: None,
            thinking: false,
            progress: Arc::default(),
            started: Instant::now(),
        }
    }

    /// Routes one request through the chain.
    pub(in crate::routing) async fn route(&mut self) -> Result<Answer<FakeStream>, GatewayError> {
        self.attempts = Attempts::default();
        let request = RouteRequest {
            model: "m".into(),
            id: "req_1".into(),
            provider: ProviderRequest {
                operation: Operation::Chat,
                stream: false,
                dialect: jackfield_dialects::canonical(),
                native: None,
                canonical: None,
                affinity: None,
                user: None,
                spent: None,
                by_target: &[],
            },
            affinities: self.affinities,
            members: Members::empty(),
            pinned: self.pinned,
            thinking: self.thinking,
            include_usage: false,
            continuation: self.continuation.as_ref(),
            received: self.started,
            progress: &self.progress,
        };
        self.chain.route(&request, &mut self.attempts).await
    }

    /// Routes one request, which must fail.
    pub(in crate::routing) async fn defeat(&mut self) -> GatewayError {
        self.route().await.expect_err("a target answered")
    }

    /// Milliseconds since the request arrived.
    pub(in crate::routing) fn elapsed_ms(&self) -> u128 {
        self.started.elapsed().as_millis()
    }

    /// When each attempt at the target began, in milliseconds since the request arrived.
    pub(in crate::routing) fn tried_ms(&self, index: usize) -> Vec<u128> {
        let provider = self.chain.targets[index].provider.as_ref().unwrap();
        let tried = provider.tried().into_iter();
        tried
            .map(|(moment, _)| moment.duration_since(self.started).as_millis())
            .collect()
    }

    /// For each attempt at the target, whether it was told that no other target is left.
    pub(in crate::routing) fn was_last(&self, index: usize) -> Vec<bool> {
        let provider = self.chain.targets[index].provider.as_ref().unwrap();
        provider.tried().into_iter().map(|(_, last)| last).collect()
    }
}
