//! What a key may do on its own, as options of `key create` and `key set`.

use clap::ValueEnum;
use jackfield_accounting::ledger::Day;
use jackfield_accounting::store::{KeyTerms, OnExhausted};

use super::super::amount;

/// What a key may do on its own. Default: all that its user may.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct TermsArguments {
    /// The last day in UTC on which it is accepted, such as 2026-12-31.
    #[arg(long, value_name = "DATE")]
    expires: Option<Day>,
    /// A model it may call, or the beginning of several with a `*`; may be repeated.
    #[arg(long = "model", value_name = "ID")]
    models: Vec<String>,
    /// A tag to count its usage under; may be repeated.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// The most requests on a day in UTC, weighted by their model's request cost.
    #[arg(long, value_name = "N")]
    limit_per_day: Option<u64>,
    /// The most requests in an hour.
    #[arg(long, value_name = "N")]
    limit_per_hour: Option<u64>,
    /// The most requests in any sixty seconds.
    #[arg(long, value_name = "N")]
    limit_per_minute: Option<u64>,
    /// The most credits that it may spend on a day in UTC.
    #[arg(long, value_name = "N", value_parser = amount::parse)]
    budget_per_day: Option<i64>,
    /// The most credits that it may spend in a month in UTC.
    #[arg(long, value_name = "N", value_parser = amount::parse)]
    budget_per_month: Option<i64>,
    /// The most credits that it may spend in all.
    #[arg(long, value_name = "N", value_parser = amount::parse)]
    budget: Option<i64>,
    /// The model that serves its requests once a budget is spent. Default: they are refused.
    #[arg(long, value_name = "MODEL")]
    on_exhausted: Option<String>,
}

/// A term that can be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Term {
    /// It does not expire.
    Expires,
    /// It may call all models of its user.
    Models,
    /// It has no tags.
    Tags,
    /// Any number of requests on a day.
    LimitPerDay,
    /// Any number of requests in an hour.
    LimitPerHour,
    /// Any number of requests in sixty seconds.
    LimitPerMinute,
    /// Any number of credits on a day.
    BudgetPerDay,
    /// Any number of credits in a month.
    BudgetPerMonth,
    /// Any number of credits in all.
    Budget,
    /// Its requests are refused once a budget is spent.
    OnExhausted,
}

// === impl TermsArguments ===

impl TermsArguments {
    /// These terms, with what is given in place of what they had.
    pub(super) fn set(self, mut terms: KeyTerms) -> KeyTerms {
        terms.expires_at = self.expires.map(|day| day.next().start_millis()).or(terms.expires_at);
        for (given, kept) in [(self.models, &mut terms.models), (self.tags, &mut terms.tags)] {
            if !given.is_empty() {
                *kept = given;
            }
        }
        let (limits, budget) = (&mut terms.limits, &mut terms.budget);
        limits.per_day = self.limit_per_day.or(limits.per_day);
        limits.per_hour = self.limit_per_hour.or(limits.per_hour);
        limits.per_minute = self.limit_per_minute.or(limits.per_minute);
        budget.day = self.budget_per_day.or(budget.day);
        budget.month = self.budget_per_month.or(budget.month);
        budget.total = self.budget.or(budget.total);
        if let Some(model) = self.on_exhausted {
            terms.on_exhausted = OnExhausted::Model(model);
        }
        terms
    }
}

// === impl Term ===

impl Term {
    /// These terms without this one.
    pub(super) fn taken_from(self, mut terms: KeyTerms) -> KeyTerms {
        match self {
            Self::Expires => terms.expires_at = None,
            Self::Models => terms.models.clear(),
            Self::Tags => terms.tags.clear(),
            Self::LimitPerDay => terms.limits.per_day = None,
            Self::LimitPerHour => terms.limits.per_hour = None,
            Self::LimitPerMinute => terms.limits.per_minute = None,
            Self::BudgetPerDay => terms.budget.day = None,
            Self::BudgetPerMonth => terms.budget.month = None,
            Self::Budget => terms.budget.total = None,
            Self::OnExhausted => terms.on_exhausted = OnExhausted::Deny,
        }
        terms
    }
}
