//! Opens another target of the chain to continue a stream that broke off.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use jackfield_dialects::json::Members;
use jackfield_dialects::{Dialect, Operation};
use tokio::time::Instant;

use super::breaker::{Permit, Stakes, Threshold};
use super::load::{Busy, Load};
use super::request::RouteRequest;
use super::target::Target;
use crate::attempt::{Limits, Payload, Provider, ProviderReply, ProviderRequest};
use crate::error::{Class, Failure};
use crate::record::{Attempts, Spent};

/// What is left to try of a chain whose stream may break off. A target is tried once for a stream.
pub(super) trait Legs<S>: fmt::Debug + Send {
    /// Opens the next target that answers this canonical request.
    fn open(self: Box<Self>, request: Vec<u8>) -> Opening<S>;
}

/// The attempts to continue a stream, one target after the other.
pub(super) type Opening<S> = Pin<Box<dyn Future<Output = Opened<S>> + Send>>;

/// The outcome of the attempts to continue a stream.
pub(super) struct Opened<S> {
    /// The reply of the target that answered; `None` if every target that was left failed.
    pub(super) leg: Option<Leg<S>>,
    /// The attempts that were made.
    pub(super) attempts: Attempts,
    /// What is still left.
    pub(super) left: Box<dyn Legs<S>>,
}

/// A reply that continues a stream, in canonical chunks.
pub(super) struct Leg<S> {
    pub(super) reply: Box<S>,
    pub(super) provider: Arc<str>,
    pub(super) permit: Permit,
    pub(super) busy: Option<Busy>,
}

/// The targets of a chain that can continue a text, in the order in which they are tried.
pub(super) struct ChainLegs<P> {
    targets: Vec<Target<P>>,
    /// The dialect from which the request was translated.
    dialect: Dialect,
    threshold: Threshold,
    deadline: Instant,
    /// The request's id and model, for the log.
    id: Arc<str>,
    model: Arc<str>,
    user: Option<Arc<str>>,
    /// Where the request's time goes.
    spent: Arc<Spent>,
}

// === impl ChainLegs ===

impl<P: Provider> ChainLegs<P> {
    /// Those of the targets that can continue a text, in this order; `None` if there are none.
    pub(super) fn new<'t>(
        left: impl Iterator<Item = &'t Target<P>>,
        request: &RouteRequest<'_>,
        threshold: Threshold,
        deadline: Instant,
    ) -> Option<Self> {
        let able = left.filter(|target| target.provider.as_ref().is_some_and(|it| it.continues(&target.model)));
        let mut targets: Vec<Target<P>> = able.cloned().collect();
        // Taken from the end.
        targets.reverse();
        (!targets.is_empty()).then_some(Self {
            targets,
            dialect: request.dialect(),
            threshold,
            deadline,
            id: Arc::clone(&request.id),
            model: Arc::clone(&request.model),
            user: request.provider.user.cloned(),
            spent: request.provider.spent.cloned().unwrap_or_default(),
        })
    }
}

impl<P: Provider> ChainLegs<P> {
    /// Opens one target. `None` if it is held back by its breaker or a pause, or fails.
    async fn attempt(&self, target: &Target<P>, request: &Bytes, attempts: &mut Attempts) -> Option<Leg<P::Stream>> {
        let (provider, began) = (target.provider.as_ref()?, Instant::now());
        let stakes = Stakes {
            threshold: self.threshold,
            patience: provider.patience(true),
            // Only texts without reasoning are continued.
            thinking: false,
        };
        if target.pause.until(began).is_some() {
            return None;
        }
        let permit = target.breaker.admit(began, stakes)?;
        attempts.begin(provider.name(), &target.model, target.price.as_ref());
        attempts.listed_as(provider.known_as(), &target.listed_model);
        if let Some(trace) = self.spent.trace() {
            trace.attempt(provider.plugin(), provider.server());
        }
        let busy = target.load.as_ref().map(Load::begin);
        let opened = match self.open_at(provider, &target.model, request).await {
            Ok(ProviderReply::Stream(_, reply)) => Ok(reply),
            Ok(ProviderReply::Whole(..) | ProviderReply::Bytes(..)) => Err(Failure::new(
                Class::Malformed,
                "it sent a whole reply instead of a stream",
            )),
            Err(failure) => Err(provider.redact(failure)),
        };
        attempts.end(opened.as_ref().err());
        target.note(opened.as_ref().err(), began, true);
        match opened {
            Ok(reply) => Some(Leg {
                reply,
                provider: Arc::clone(provider.name()),
                permit,
                busy,
            }),
            Err(failure) => {
                target.log_failure(&self.id, &self.model, &failure, began.elapsed());
                permit.judged(&failure, Instant::now());
                None
            }
        }
    }

    /// Sends the request as the provider accepts it.
    async fn open_at(
        &self,
        provider: &Arc<P>,
        model: &str,
        request: &Bytes,
    ) -> Result<ProviderReply<P::Stream>, Failure> {
        let members = parse(request)?;
        let standard = self.dialect.standard(&members, provider.accepts(), false);
        let standard = standard.map_err(|fault| Failure::new(Class::Unsupported, fault.to_string()).unsent())?;
        let written = standard.text.map(Bytes::from);
        let body = written.as_ref().unwrap_or(request);
        let members = parse(body)?;
        let parameters = members.without(&jackfield_dialects::CANONICAL_BULK);
        let payload = Payload::new(&self.id, body, members, parameters);
        let request = ProviderRequest {
            operation: Operation::Chat,
            stream: true,
            dialect: jackfield_dialects::canonical(),
            native: Some(&payload),
            canonical: None,
            affinity: None,
            user: self.user.as_ref(),
            // It is beyond its first content: no time counts any more but the plugin's.
            spent: Some(&self.spent),
            by_target: &[],
        };
        let limits = Limits {
            deadline: self.deadline,
            last: true,
        };
        Ok(provider.open(&request, model, limits).await?.reply)
    }
}

impl<P: Provider> Legs<P::Stream> for ChainLegs<P> {
    fn open(mut self: Box<Self>, request: Vec<u8>) -> Opening<P::Stream> {
        let request = Bytes::from(request);
        Box::pin(async move {
            let (mut attempts, mut leg) = (Attempts::default(), None);
            while let Some(target) = self.targets.pop() {
                leg = self.attempt(&target, &request, &mut attempts).await;
                if leg.is_some() {
                    break;
                }
            }
            Opened {
                leg,
                attempts,
                left: self,
            }
        })
    }
}

impl<P> fmt::Debug for ChainLegs<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ChainLegs").field(&self.targets.len()).finish()
    }
}

fn parse(request: &Bytes) -> Result<Members<'_>, Failure> {
    Members::parse(request).map_err(|error| Failure::new(Class::Malformed, error.to_string()))
}
