//! The ledger sink: one row per admitted request, for the journal.

use std::borrow::Cow;

use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::credits::balance::Hold;
use jackfield_accounting::ledger::{Ended, Ledger, Record};

use crate::record::{CountedTokens, End, RequestRecord};

/// Records the request's row, and settles the credits held for it.
pub(super) fn write(
    ledger: &Ledger,
    record: &RequestRecord,
    tokens: Option<&CountedTokens>,
    request_cost: u64,
    hold: Option<Hold>,
) {
    ledger.record(row(record, tokens, request_cost), hold);
}

fn row<'r>(record: &'r RequestRecord, tokens: Option<&CountedTokens>, request_cost: u64) -> Record<'r> {
    let (input, output) = (tokens.map(|tokens| tokens.input), tokens.map(|tokens| tokens.output));
    let caller = record.caller.as_deref();
    let key = caller.and_then(|caller| caller.key.as_deref());
    Record {
        time: unix_millis(record.received_at).cast_unsigned(),
        request_id: (&*record.id).into(),
        user_id: caller.map(|caller| Cow::from(&*caller.user)),
        key_id: key.map(Cow::from),
        operation: record.operation.as_str().into(),
        model: record.model().into(),
        provider: record.attempts.provider().map(Cow::from),
        upstream_model: record.attempts.model().map(Cow::from),
        attempts: record.attempts.records().len() as u32,
        status: record.status.unwrap_or(499),
        input_tokens: input,
        output_tokens: output,
        // Parts of the two: more than the whole is impossible.
        cached_tokens: record.usage.cached_tokens.min(input.or(Some(0))),
        reasoning_tokens: record.usage.reasoning_tokens.min(output.or(Some(0))),
        estimated: record.continued || tokens.is_some_and(|tokens| tokens.estimated),
        credits: record.charge,
        request_cost: if record.keeps_quota() { request_cost } else { 0 },
        latency_ms: record.latency_ms(),
        first_content_ms: record.first_content_ms(),
        stream: record.stream,
        continued: record.continued,
        ended: ended(&record.end),
        ..Record::default()
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
