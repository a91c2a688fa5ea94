//! What is asked of the ledger: the lists and reports of operators and users.

use jackfield_accounting::ledger::table::{Holders, RequestFilter, RequestsError, Table, UsageBy};

use super::Failure;
use super::rows::{BETWEEN, Rows};

/// From how many rows on every list has something.
const MANY: u64 = 10_000;

/// A question.
#[derive(Debug, Clone, Copy)]
pub(super) enum Question {
    /// A list of requests, and the least that it must have as soon as there are [`MANY`] rows.
    List(&'static str, fn(&mut RequestFilter, &Rows), usize),
    /// A report on the last days, or on all.
    Report(&'static str, UsageBy, Option<i64>),
    /// What is asked when a gateway starts.
    Quotas,
}

/// All of them, in the order of the table.
pub(super) const QUESTIONS: [Question; 17] = [
    Question::List("the latest 50", |_, _| {}, 50),
    Question::List(
        "50 from the middle, by cursor",
        |filter, rows| filter.after = middle(rows),
        50,
    ),
    Question::List(
        "a user's latest 50",
        |filter, _| filter.user = Some("user500".to_owned()),
        2,
    ),
    Question::List(
        "a key's latest 50",
        |filter, _| filter.key = Some("key500_1".to_owned()),
        1,
    ),
    Question::List(
        "a model's latest 50",
        |filter, _| filter.model = Some("model1".to_owned()),
        50,
    ),
    Question::List(
        "a rare model's latest 50",
        |filter, _| filter.model = Some("rare".to_owned()),
        2,
    ),
    Question::List(
        "a provider's latest 50",
        |filter, _| filter.provider = Some("provider3".to_owned()),
        50,
    ),
    Question::List(
        "the latest 50 with 5xx",
        |filter, _| filter.status = "5xx".parse().ok(),
        50,
    ),
    Question::List(
        "the request with an id",
        |filter, rows| filter.request_id = Some(rows.some_id().to_owned()),
        1,
    ),
    Question::Report("usage by model", UsageBy::Model, None),
    Question::Report("usage by user", UsageBy::User, None),
    Question::Report("usage by key or tag", UsageBy::Key, None),
    Question::Report("usage by provider", UsageBy::Provider, None),
    Question::Report("usage by status", UsageBy::Status, None),
    Question::Report("usage by day", UsageBy::Day, None),
    Question::Report("usage by user, last 30 days", UsageBy::User, Some(30)),
    Question::Quotas,
];

/// Who is asked, and what is known of the answers.
pub(super) struct Asked<'a> {
    pub(super) table: &'a Table,
    pub(super) rows: &'a Rows,
}

fn middle(rows: &Rows) -> Option<jackfield_accounting::ledger::table::Cursor> {
    let time = rows.now() - i64::try_from(rows.made() / 2 * BETWEEN).unwrap_or(0);
    format!("{time}.7.0").parse().ok()
}

// === impl Question ===

impl Question {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::List(name, ..) | Self::Report(name, ..) => name,
            Self::Quotas => "what each user has used today",
        }
    }
}

// === impl Asked ===

impl Asked<'_> {
    /// Asks, and checks the answer as far as it is known.
    pub(super) async fn ask(&self, question: Question) -> Result<(), Failure> {
        let right = match question {
            Question::List(name, set, least) => {
                let mut filter = RequestFilter::default();
                set(&mut filter, self.rows);
                let page = self.table.requests(&filter, 50).await.map_err(|error| match error {
                    RequestsError::Slow => Failure::Slow(name),
                    RequestsError::Store(error) => error.into(),
                })?;
                page.rows.len() >= least || self.rows.made() < MANY
            }
            Question::Report(_, by, days) => {
                let day = 86_400_000;
                let from = days.map_or(0, |days| (self.rows.now() / day - days + 1) * day);
                let report = self.table.usage(by, from, i64::MAX).await?;
                let sum =
                    |of: fn(&(u64, u64)) -> u64| report.iter().map(|row| of(&(row.requests, row.failed))).sum::<u64>();
                let all = (sum(|row| row.0), sum(|row| row.1));
                days.is_some() || all == (self.rows.made(), self.rows.failed())
            }
            Question::Quotas => {
                let used = self
                    .table
                    .quota_usage(Holders::Users, self.rows.now().cast_unsigned())
                    .await?;
                !used.is_empty()
            }
        };
        if right {
            Ok(())
        } else {
            Err(Failure::Wrong(question.name()))
        }
    }
}
