//! The attempts of a request, in order.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use http::{HeaderName, HeaderValue};
use jackfield_accounting::credits::Price;
use jackfield_dialects::words::failures::Class;
use jackfield_dialects::words::usage::Usage;

use crate::error::{Failure, Reached};

/// The attempts of a request, in order, for the ledger, the log and the attempts header.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    records: Vec<AttemptRecord>,
}

/// How an attempt is said to have ended that answered.
pub(crate) const OK: &str = "ok";

/// One attempt.
#[derive(Debug, Clone)]
pub(crate) struct AttemptRecord {
    /// The provider's name.
    pub(crate) provider: Arc<str>,
    /// The provider's name in telemetry that is shared with other programs.
    pub(crate) known_as: Arc<str>,
    /// The upstream's name for the model.
    pub(crate) model: Arc<str>,
    /// The same as the configuration has it, which may be a pattern.
    pub(crate) listed_model: Arc<str>,
    /// What the model costs there; `None` if that is unknown.
    pub(crate) price: Option<Price>,
    /// The class of its failure; `None` if it answered or is in flight.
    pub(crate) failed: Option<Class>,
    /// The class of the failure that broke off its stream after that had content.
    pub(crate) broken_by: Option<Class>,
    /// How the request ended that was over before this was: the name of that outcome.
    left: Option<&'static str>,
    /// The status with which the upstream told of that; `None` if it did not.
    pub(crate) status: Option<u16>,
    /// Whether it takes quota: its upstream may have received the request, or its adapter failed over it.
    pub(crate) spent: bool,
    /// What of the client's request was left out for it; empty if nothing was.
    pub(crate) dropped: String,
    /// What its adapter adds to the head of the client's answer.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// When it began.
    began: Instant,
    /// Whether it is in flight.
    in_flight: bool,
    /// How long it took; for a stream, until its first content.
    pub(crate) elapsed: Duration,
    /// What its upstream has reported, and how many bytes of text it has produced, while its stream is held back.
    produced: (Usage, u64),
}

// === impl Attempts ===

impl Attempts {
    /// Records the start of an attempt at `provider`, for `model` there, which has this price.
    pub(crate) fn begin(&mut self, provider: &Arc<str>, model: &Arc<str>, price: Option<&Price>) {
        if self.records.is_empty() {
            // Most requests have one, and a vector would make room for four.
            self.records.reserve_exact(1);
        }
        self.records.push(AttemptRecord {
            provider: Arc::clone(provider),
            known_as: Arc::clone(provider),
            model: Arc::clone(model),
            listed_model: Arc::clone(model),
            price: price.cloned(),
            failed: None,
            broken_by: None,
            left: None,
            status: None,
            spent: true,
            dropped: String::new(),
            headers: Vec::new(),
            began: Instant::now(),
            in_flight: true,
            elapsed: Duration::ZERO,
            produced: (Usage::default(), 0),
        });
    }

    /// Records by what names telemetry knows the provider and the model of the latest attempt.
    pub(crate) fn listed_as(&mut self, known_as: &Arc<str>, listed_model: &Arc<str>) {
        if let Some(record) = self.records.last_mut() {
            record.known_as = Arc::clone(known_as);
            record.listed_model = Arc::clone(listed_model);
        }
    }

    /// Records what the stream of the latest attempt has brought while it is held back: a client that hangs up now has
    /// made its upstream produce it.
    pub(crate) fn produced(&mut self, usage: &Usage, bytes: u64) {
        if let Some(record) = self.records.last_mut() {
            record.produced = (*usage, bytes);
        }
    }

    /// What the attempt that an upstream is at work on has brought so far; `None` if there is none.
    pub(crate) fn in_flight(&self) -> Option<(Usage, u64)> {
        let latest = self.records.last()?;
        latest.failed.is_none().then_some(latest.produced)
    }

    /// Records what of the client's request the latest attempt left out, and its headers for the answer.
    pub(crate) fn note(&mut self, dropped: &[String], headers: Vec<(HeaderName, HeaderValue)>) {
        if let Some(record) = self.records.last_mut() {
            record.headers = headers;
        }
        for name in dropped {
            self.leave_out(name);
        }
    }

    /// Records what does not arrive of the latest attempt's request or reply; nothing if `name` is empty.
    pub(crate) fn leave_out(&mut self, name: &str) {
        if let Some(record) = self.records.last_mut().filter(|_| !name.is_empty()) {
            if !record.dropped.is_empty() {
                record.dropped.push_str(", ");
            }
            record.dropped.push_str(name);
        }
    }

    /// Records how the latest attempt ends now.
    pub(crate) fn end(&mut self, failure: Option<&Failure>) {
        if let Some(record) = self.records.last_mut() {
            record.failed = failure.map(|failure| failure.class);
            record.status = failure.and_then(|failure| failure.detail.status);
            record.spent = failure.is_none_or(|failure| failure.reached != Reached::Network);
            record.over();
        }
    }

    /// Adds these attempts.
    pub(crate) fn extend(&mut self, later: &Self) {
        self.records.extend_from_slice(&later.records);
    }

    /// Adds those that went on with a stream, which broke off for these reasons: each broke what had answered before.
    pub(crate) fn resumed(&mut self, later: &Self, breaks: &[Class]) {
        self.extend(later);
        let answered = self.records.iter_mut().filter(|record| record.failed.is_none());
        for (record, class) in answered.zip(breaks) {
            record.broken_by = Some(*class);
        }
    }

    /// Records how the request ended, and the class of the failure that broke off its stream, if one did: what is in flight
    /// is over, and what had answered was not whole.
    pub(crate) fn settle(&mut self, outcome: &'static str, broken_by: Option<Class>) {
        if let Some(record) = self.records.last_mut().filter(|record| record.in_flight) {
            record.over();
            record.left = Some(outcome);
        } else if let Some(class) = broken_by {
            let mut latest = self.records.iter_mut().rev();
            if let Some(record) = latest.find(|record| record.failed.is_none()) {
                record.broken_by = Some(class);
            }
        }
    }

    /// True if one of them answered, or is in flight.
    pub(crate) fn answered(&self) -> bool {
        self.records.iter().any(|record| record.failed.is_none())
    }

    /// All attempts, in order.
    #[must_use]
    pub(crate) fn records(&self) -> &[AttemptRecord] {
        &self.records
    }

    /// True if any of them takes quota: an upstream may have received the request, or an adapter failed over it.
    #[must_use]
    pub(crate) fn spent(&self) -> bool {
        self.records.iter().any(|record| record.spent)
    }

    /// What was left out of the request for the latest attempt; empty if nothing was.
    #[must_use]
    pub(crate) fn dropped(&self) -> &str {
        self.records.last().map_or("", |record| &record.dropped)
    }

    /// The headers that the adapter of the latest attempt adds to the client's answer.
    #[must_use]
    pub(crate) fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        self.records.last().map_or(&[], |record| &record.headers)
    }

    /// The provider of the attempt that answered, or else of the latest.
    #[must_use]
    pub(crate) fn provider(&self) -> Option<&str> {
        self.decisive().map(|record| &*record.provider)
    }

    /// The upstream's name for the model of that attempt.
    #[must_use]
    pub(crate) fn model(&self) -> Option<&str> {
        self.decisive().map(|record| &*record.model)
    }

    /// What the model costs at the target of that attempt; `None` if that is unknown.
    #[must_use]
    pub(crate) fn price(&self) -> Option<&Price> {
        self.decisive()?.price.as_ref()
    }

    /// The last attempt that answered or is in flight, or else the latest: after a stream that broke off, others may have
    /// failed to go on with it.
    #[must_use]
    pub(crate) fn decisive(&self) -> Option<&AttemptRecord> {
        let mut latest = self.records.iter().rev();
        latest.find(|record| record.failed.is_none()).or(self.records.last())
    }

    /// The value of the attempts header: `crof=timeout, chutes=ok;model=qwen3-32b`. Characters that would be mistaken
    /// for its punctuation, or that no header may hold, become `?`.
    #[must_use]
    pub(crate) fn header(&self, answered: bool) -> String {
        let model = self.model().filter(|_| answered);
        let Some(model) = model else {
            return self.to_string();
        };
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, ',' | ';' | '"');
        let model = model.chars().map(|c| if plain(c) { c } else { '?' });
        format!("{self};model={}", model.collect::<String>())
    }
}

// === impl AttemptRecord ===

impl AttemptRecord {
    fn over(&mut self) {
        self.in_flight = false;
        self.elapsed = self.began.elapsed();
    }

    /// `ok`, the class of its failure, or how its request ended before it had answered.
    pub(crate) fn outcome(&self) -> &'static str {
        let class = self.failed.or(self.broken_by).map(Class::as_str);
        class.or(self.left).unwrap_or(OK)
    }
}

impl fmt::Display for Attempts {
    /// `crof=timeout, chutes=ok`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, record) in self.records.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}={}", record.provider, record.outcome())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(model: &str) -> Attempts {
        let mut attempts = Attempts::default();
        attempts.begin(&"crof".into(), &"other".into(), None);
        attempts.end(Some(&Failure::new(Class::Timeout, "")));
        attempts.begin(&"chutes".into(), &model.into(), None);
        attempts.end(None);
        attempts
    }

    #[test]
    fn the_header_names_the_model_that_answered() {
        let attempts = attempts("vendor/qwen3-32b:free");
        assert_eq!(attempts.model(), Some("vendor/qwen3-32b:free"));
        assert_eq!(
            attempts.header(true),
            "crof=timeout, chutes=ok;model=vendor/qwen3-32b:free"
        );
        assert_eq!(attempts.header(false), "crof=timeout, chutes=ok");
    }

    #[test]
    fn what_failed_to_go_on_with_an_answer_did_not_serve_it() {
        let mut attempts = attempts("large");
        attempts.begin(&"spare".into(), &"small".into(), None);
        assert_eq!(attempts.provider(), Some("spare"), "in flight");
        attempts.end(Some(&Failure::new(Class::Timeout, "")));
        assert_eq!((attempts.provider(), attempts.model()), (Some("chutes"), Some("large")));
    }

    #[test]
    fn a_models_name_cannot_be_mistaken_for_another_attempt() {
        let header = attempts("a, b=ok\r\nx: é").header(true);
        assert_eq!(header, "crof=timeout, chutes=ok;model=a??b=ok??x:??");
    }

    #[test]
    fn what_was_in_flight_was_left_and_what_broke_off_did_not_succeed() {
        let outcomes =
            |attempts: &Attempts| -> Vec<_> { attempts.records.iter().map(AttemptRecord::outcome).collect() };
        let mut left = attempts("m");
        left.begin(&"slow".into(), &"m".into(), None);
        left.settle("hung-up", None);
        assert_eq!(outcomes(&left), ["timeout", "ok", "hung-up"]);
        let mut broken = attempts("m");
        broken.settle("malformed", Some(Class::Malformed));
        assert_eq!(outcomes(&broken), ["timeout", "malformed"]);
        let mut later = Attempts::default();
        later.begin(&"spare".into(), &"m".into(), None);
        later.end(None);
        let mut resumed = attempts("m");
        resumed.resumed(&later, &[Class::Overloaded]);
        resumed.settle("ok", None);
        assert_eq!(outcomes(&resumed), ["timeout", Class::Overloaded.as_str(), "ok"]);
        assert_eq!(resumed.provider(), Some("spare"));
    }
}
