//! Settlement for every way in which a request can end, with a real journal, real counters and real balances.

use std::fs;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::SystemTime;

use jackfield_accounting::callers::{Caller, CredentialKind};
use jackfield_accounting::credits::Price;
use jackfield_accounting::ledger::{Ended, Journal, Ledger, Record};
use jackfield_accounting::limits::Quota;
use jackfield_dialects::Operation;
use jackfield_dialects::words::usage::Usage;
use tempfile::TempDir;
use tokio::time::Instant;

use super::RequestGuard;
use crate::error::{Class, ErrorKind, Failure, GatewayError};
use crate::record::{Asked, Ceiling, End, RequestRecord};
use crate::request::admission::Admission;
use crate::request::drain::Drain;
use crate::request::metering::Metering;
use crate::telemetry::sinks::Sinks;

/// The tests' admission: a quota of ten per day, of which a request takes two.
fn admission() -> Admission {
    Admission {
        quota: Quota {
            per_day: Some(10),
            per_hour: None,
            per_minute: None,
            concurrent_streams: Some(1),
        },
        overdraft: false,
        request_cost: 2,
        priced: true,
        asked: Asked::default(),
        estimate: 500,
        ceiling: Ceiling::default(),
    }
}

/// The price of their target: one micro-credit per token.
fn price() -> Price {
    Price::per_million(1.0, 1.0, 1.0)
}

/// The usage of an answer.
fn usage() -> Usage {
    Usage {
        input_tokens: Some(30),
        output_tokens: Some(12),
        ..Usage::default()
    }
}

/// A gateway's accounts. Ada has 1,000 micro-credits.
struct Accounts {
    folder: TempDir,
    metering: Metering,
    sinks: Sinks,
}

// === impl Accounts ===

impl Accounts {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), NonZeroUsize::MIN).unwrap();
        let metering = Metering::in_memory();
        metering.balances.refresh(&"ada".into(), 1_000);
        let ledger = Arc::new(Ledger::new(Arc::new(journal)));
        Self {
            folder,
            metering,
            sinks: Sinks::new(Some(ledger)),
        }
    }

    /// A streamed request from Ada, before admission.
    fn request(&self) -> RequestGuard {
        let mut record = RequestRecord::new(&"req_1".into(), Operation::Chat, 1, Instant::now());
        record.caller = Some(Arc::new(Caller::without_key("ada", "max", CredentialKind::Token)));
        record.model = Some("m".into());
        record.stream = true;
        record.prompt_bytes = 400;
        RequestGuard::new(record, &self.sinks)
    }

    /// The same request, admitted.
    async fn admitted(&self) -> RequestGuard {
        let mut guard = self.request();
        self.metering.admit(&mut guard.record, &admission()).await.unwrap();
        guard
    }

    /// The same request, in flight at an upstream.
    async fn sent(&self) -> RequestGuard {
        let mut guard = self.admitted().await;
        guard.record.attempts.begin(&"p".into(), &"up".into(), Some(&price()));
        guard
    }

    /// Ada's usage of the day, her running streams, and her available credits.
    async fn used(&self) -> (u64, u64, Option<i64>) {
        let usage = self.metering.limits.usage("ada", SystemTime::now()).await.unwrap();
        (usage.day, usage.streams, self.metering.balances.available("ada"))
    }

    /// The rows in the journal: how each request ended, its price, and its output tokens.
    fn rows(&self) -> Vec<(Ended, i64, Option<u64>)> {
        let mut rows = Vec::new();
        for file in fs::read_dir(self.folder.path()).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap_or_default();
            let records = text
                .lines()
                .filter_map(|line| serde_json::from_str::<Record<'_>>(line).ok());
            rows.extend(records.map(|record| (record.ended, record.credits, record.output_tokens)));
        }
        rows
    }
}

#[tokio::test]
async fn an_answer_is_charged_and_counts_against_the_quota() {
    let accounts = Accounts::open();
    let mut guard = accounts.sent().await;
    guard.answered(&usage(), 0);
    guard.complete();
    assert_eq!(accounts.rows(), [(Ended::Ok, 42, Some(12))]);
    assert_eq!(accounts.used().await, (2, 0, Some(958)));
}

#[tokio::test]
async fn an_answer_that_a_shaper_keeps_from_the_client_is_charged_and_says_so() {
    let accounts = Accounts::open();
    let mut guard = accounts.sent().await;
    guard.withheld(&usage(), 0);
    let refusal = GatewayError::new(ErrorKind::Refused, "no").refused_with(403, "no_way".to_owned());
    guard.failed(&refusal);
    assert_eq!(guard.record.status, Some(403));
    drop(guard);
    assert_eq!(accounts.rows(), [(Ended::Refused, 42, Some(12))]);
}

#[tokio::test]
async fn an_answer_that_is_dropped_before_its_end_is_charged_and_says_so() {
    let accounts = Accounts::open();
    let mut guard = accounts.sent().await;
    guard.answered(&usage(), 0);
    drop(guard);
    assert_eq!(accounts.rows(), [(Ended::HungUp, 42, Some(12))]);
}

#[tokio::test]
async fn credits_are_held_until_the_request_is_settled() {
    let accounts = Accounts::open();
    let guard = accounts.sent().await;
    assert_eq!(accounts.used().await, (2, 1, Some(500)));
    drop(guard);
    // It was sent, so that its prompt is paid for.
    assert_eq!(accounts.used().await, (2, 0, Some(900)));
}

#[tokio::test]
async fn a_request_is_settled_only_once() {
    let accounts = Accounts::open();
    let mut guard = accounts.sent().await;
    guard.answered(&usage(), 0);
    guard.complete();
    guard.failed(&GatewayError::new(ErrorKind::ProviderError, "late"));
    drop(guard);
    assert_eq!(accounts.rows().len(), 1);
    assert_eq!(accounts.used().await, (2, 0, Some(958)));
}

#[tokio::test]
async fn an_error_costs_no_credits_but_counts_against_the_quota_if_sent() {
    let accounts = Accounts::open();
    let mut guard = accounts.sent().await;
    guard.failed(&GatewayError::new(ErrorKind::ProviderError, "down"));
    assert_eq!(accounts.rows(), [(Ended::Failed, 0, None)]);
    assert_eq!(accounts.used().await, (2, 0, Some(1_000)));
}

#[tokio::test]
async fn an_error_after_the_head_of_a_stream_leaves_the_status_that_was_sent() {
    let accounts = Accounts::open();
    let mut guard = accounts.sent().await;
    guard.streaming();
    guard.failed(&GatewayError::new(ErrorKind::ProviderError, "down"));
    assert_eq!(guard.record.status, Some(200));
    assert_eq!(accounts.rows(), [(Ended::Failed, 0, None)]);
}

#[tokio::test]
async fn a_request_that_reached_no_upstream_is_refunded() {
    let accounts = Accounts::open();
    let mut guard = accounts.sent().await;
    let unsent = Failure::new(Class::Refused, "no such host").unsent();
    guard.record.attempts.end(Some(&unsent));
    guard.failed(&GatewayError::new(ErrorKind::ProviderError, "down"));
    assert_eq!(accounts.rows(), [(Ended::Failed, 0, None)]);
    assert_eq!(accounts.used().await, (0, 0, Some(1_000)));
}

#[tokio::test]
async fn a_request_that_was_not_admitted_leaves_no_row_and_takes_nothing() {
    let accounts = Accounts::open();
    drop(accounts.request());
    assert_eq!(accounts.rows(), []);
    assert_eq!(accounts.used().await, (0, 0, Some(1_000)));
}

#[tokio::test]
async fn a_client_that_hangs_up_before_the_first_attempt_is_refunded() {
    let accounts = Accounts::open();
    drop(accounts.admitted().await);
    assert_eq!(accounts.rows(), [(Ended::HungUp, 0, None)]);
    assert_eq!(accounts.used().await, (0, 0, Some(1_000)));
}

#[tokio::test]
async fn a_client_that_hangs_up_during_an_attempt_pays_for_its_prompt_and_keeps_its_quota_used() {
    let accounts = Accounts::open();
    drop(accounts.sent().await);
    assert_eq!(accounts.rows(), [(Ended::HungUp, 100, Some(0))]);
    assert_eq!(accounts.used().await, (2, 0, Some(900)));
}

#[tokio::test]
async fn a_client_that_hangs_up_between_two_attempts_pays_nothing() {
    let accounts = Accounts::open();
    let mut guard = accounts.sent().await;
    let failure = Failure::new(Class::Overloaded, "busy");
    guard.record.attempts.end(Some(&failure));
    drop(guard);
    assert_eq!(accounts.rows(), [(Ended::HungUp, 0, None)]);
    assert_eq!(accounts.used().await, (2, 0, Some(1_000)));
}

#[tokio::test]
async fn what_was_held_back_when_the_client_hung_up_is_paid_for() {
    let accounts = Accounts::open();
    let mut guard = accounts.sent().await;
    guard.record.attempts.produced(&usage(), 80);
    drop(guard);
    // The upstream had told of 12 tokens by then, and had written 20.
    assert_eq!(accounts.rows(), [(Ended::HungUp, 120, Some(20))]);
}

#[tokio::test]
async fn a_partial_answer_costs_what_was_produced() {
    for (end, ended) in [
        (End::HungUp, Ended::HungUp),
        (End::Killed, Ended::Killed),
        (End::BrokeOff("reset".to_owned()), Ended::BrokeOff),
    ] {
        let accounts = Accounts::open();
        let mut guard = accounts.sent().await;
        guard.streaming();
        guard.record.produced(&Usage::default(), 40);
        guard.record.end = end;
        drop(guard);
        // Four bytes per token: 100 for the prompt, 10 for the answer.
        assert_eq!(accounts.rows(), [(ended, 110, Some(10))]);
        assert_eq!(accounts.used().await, (2, 0, Some(890)));
    }
}

#[tokio::test]
async fn a_stream_killed_before_its_first_content_costs_its_prompt() {
    let accounts = Accounts::open();
    let mut guard = accounts.sent().await;
    guard.killed_early();
    assert_eq!(accounts.rows(), [(Ended::Killed, 100, Some(0))]);
    assert_eq!(accounts.used().await, (2, 0, Some(900)));
}

#[tokio::test]
async fn what_an_upstream_reports_before_its_end_is_only_the_least() {
    for end in [End::HungUp, End::Killed, End::BrokeOff(String::new()), End::Untaken("")] {
        let accounts = Accounts::open();
        let mut guard = accounts.sent().await;
        guard.streaming();
        let begun = Usage {
            output_tokens: Some(1),
            ..usage()
        };
        guard.record.produced(&begun, 400);
        guard.record.end = end;
        drop(guard);
        let rows = accounts.rows();
        assert_eq!((rows[0].1, rows[0].2), (200, Some(100)), "{rows:?}");
    }
}

#[tokio::test]
async fn an_absurd_report_costs_an_estimate() {
    let accounts = Accounts::open();
    let mut guard = accounts.sent().await;
    let absurd = Usage {
        input_tokens: Some(u64::MAX),
        output_tokens: Some(1 << 62),
        cached_tokens: Some(u64::MAX),
        ..usage()
    };
    guard.answered(&absurd, 40);
    guard.complete();
    assert_eq!(accounts.rows(), [(Ended::Ok, 110, Some(10))]);
    assert_eq!(accounts.used().await, (2, 0, Some(890)));
}

#[tokio::test]
async fn a_refused_request_takes_nothing() {
    let accounts = Accounts::open();
    let running = accounts.sent().await;
    let mut second = accounts.request();
    let error = accounts
        .metering
        .admit(&mut second.record, &admission())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::ConcurrentStreamLimit);
    drop(second);
    assert_eq!(accounts.used().await, (2, 1, Some(500)));
    drop(running);
}

#[tokio::test]
async fn without_credits_the_quota_is_refunded_at_once() {
    let accounts = Accounts::open();
    accounts.metering.balances.refresh(&"ada".into(), 0);
    let mut guard = accounts.request();
    let error = accounts
        .metering
        .admit(&mut guard.record, &admission())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::InsufficientCredits);
    drop(guard);
    assert_eq!(accounts.used().await, (0, 0, Some(0)));
    assert_eq!(accounts.rows(), []);
}

#[tokio::test]
async fn an_overdraft_serves_a_user_whose_credits_are_spent() {
    let accounts = Accounts::open();
    accounts.metering.balances.refresh(&"ada".into(), 0);
    let mut guard = accounts.request();
    let overdraft = Admission {
        overdraft: true,
        ..admission()
    };
    accounts.metering.admit(&mut guard.record, &overdraft).await.unwrap();
    guard.record.attempts.begin(&"p".into(), &"up".into(), Some(&price()));
    guard.answered(&usage(), 0);
    guard.complete();
    assert_eq!(accounts.used().await, (2, 0, Some(-42)));
}

#[tokio::test]
async fn a_request_is_in_flight_until_its_guard_is_dropped() {
    let (accounts, drain) = (Accounts::open(), Drain::default());
    let mut guard = accounts.sent().await;
    guard.in_flight = Some(drain.begin(1).unwrap().into());
    guard.answered(&usage(), 0);
    guard.complete();
    assert_eq!(drain.in_flight(), 1, "its last bytes are still to be written");
    drop(guard);
    assert_eq!(drain.in_flight(), 0);
}
