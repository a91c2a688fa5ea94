//! The ledger sink: one row per admitted request, for the journal.

use std::borrow::Cow;

use jackfield_accounting::clock::{millis, unix_millis};
use jackfield_accounting::credits::Used;
use jackfield_accounting::credits::balance::Hold;
use jackfield_accounting::ledger::{Ended, Ledger, MOST_TRIES, Record, Try};
use jackfield_dialects::words::name::ImageKind;

use crate::error::Class;
use crate::record::{AttemptRecord, CountedTokens, End, OK, RequestRecord};

/// What a request used up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amounts {
    /// Its tokens; `None` if it used none.
    pub(super) tokens: Option<CountedTokens>,
    /// The same by class, and all else that is charged for.
    pub(super) used: Option<Used>,
    /// The quality and the size of the images that were asked for.
    pub(super) image_kind: Option<ImageKind>,
    /// How much of the daily quota.
    pub(super) request_cost: u64,
}

/// Records the request's row, and settles the credits held for it.
pub(super) fn write(ledger: &Ledger, record: &RequestRecord, amounts: &Amounts, hold: Option<Hold>) {
    ledger.record(row(record, amounts), hold);
}

fn row<'r>(record: &'r RequestRecord, amounts: &'r Amounts) -> Record<'r> {
    let Amounts {
        tokens, request_cost, ..
    } = *amounts;
    let (input, output) = (tokens.map(|tokens| tokens.input), tokens.map(|tokens| tokens.output));
    let told = &record.usage;
    let class = |told: Option<u64>, used: fn(&Used) -> u64| told.and(amounts.used.as_ref()).map(used);
    let some = |used: fn(&Used) -> u64| amounts.used.as_ref().map(used).filter(|count| *count > 0);
    let caller = record.caller.as_deref();
    let key = caller.and_then(|caller| caller.key.as_deref());
    Record {
        time: unix_millis(record.received_at).cast_unsigned(),
        request_id: (&*record.id).into(),
        user_id: caller.map(|caller| Cow::from(&*caller.user)),
        key_id: key.map(Cow::from),
        operation: record.operation.as_str().into(),
        model: record.model().into(),
        asked_model: record.asked_model.as_deref().map(Cow::from),
        provider: record.attempts.provider().map(Cow::from),
        upstream_model: record.attempts.model().map(Cow::from),
        served_model: record.served_model().map(Cow::from),
        attempts: record.attempts.records().len() as u32,
        status: record.status.unwrap_or(499),
        input_tokens: input,
        output_tokens: output,
        cached_tokens: class(told.cached_tokens, |used| used.cached),
        reasoning_tokens: class(told.reasoning_tokens, |used| used.reasoning),
        cache_write_tokens: class(told.cache_write_tokens, |used| used.cache_write + used.cache_write_long),
        cache_write_1h_tokens: class(told.cache_write_long_tokens, |used| used.cache_write_long),
        input_audio_tokens: class(told.input_audio_tokens, |used| used.audio_input),
        output_audio_tokens: class(told.output_audio_tokens, |used| used.audio_output),
        input_image_tokens: class(told.input_image_tokens, |used| used.image_input),
        output_image_tokens: class(told.output_image_tokens, |used| used.image_output),
        images: some(|used| used.images),
        image_kind: amounts.image_kind.as_ref().map(|kind| Cow::from(kind.as_str())),
        recording_ms: some(|used| used.recording_ms),
        characters: some(|used| used.characters),
        searches: class(told.searches, |used| used.searches).or_else(|| some(|used| used.searches)),
        service_tier: told.service_tier.as_ref().map(|tier| Cow::from(tier.as_str())),
        estimated: record.continued || tokens.is_some_and(|tokens| tokens.estimated),
        credits: record.charge,
        request_cost: if record.keeps_quota() { request_cost } else { 0 },
        latency_ms: record.latency_ms(),
        first_content_ms: record.first_content_ms(),
        stream: record.stream,
        continued: record.continued,
        cache: record.cache_use().map(|used| used.as_str().into()),
        ended: ended(&record.end),
        endpoint: record.endpoint.into(),
        error_code: record.error_code.map(Cow::from),
        class: record.class().map(Class::as_str).map(Cow::from),
        tries: tries(record.attempts.records()).map(Cow::from),
        plugin_us: u64::try_from(record.spent.plugins().as_micros())
            .ok()
            .filter(|micros| *micros > 0),
        ..Record::default()
    }
}

/// The attempts as the row has them. There may be hundreds, of which the last ones decided.
fn tries(attempts: &[AttemptRecord]) -> Option<String> {
    let from = attempts.len().saturating_sub(MOST_TRIES);
    Try::written(&attempts[from..].iter().map(told).collect::<Vec<_>>())
}

fn told(attempt: &AttemptRecord) -> Try<'_> {
    Try {
        provider: Cow::from(&*attempt.provider),
        model: Cow::from(&*attempt.model),
        class: Some(attempt.outcome()).filter(|outcome| *outcome != OK).map(Cow::from),
        upstream_status: attempt.status,
        duration_ms: millis(attempt.elapsed),
    }
}

fn ended(end: &End) -> Ended {
    match end {
        End::Complete => Ended::Ok,
        End::HungUp => Ended::HungUp,
        End::BrokeOff(_) | End::Untaken(_) => Ended::BrokeOff,
        End::Killed => Ended::Killed,
        End::Refused(_) => Ended::Refused,
        End::Failed(..) => Ended::Failed,
    }
}
