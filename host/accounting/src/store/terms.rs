//! What a key may do on its own, within what its user may do.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::name::check_name;
use crate::limits::Quota;

/// The terms of a key. Without any, it may do all that its user may.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyTerms {
    /// When it is no longer accepted, in milliseconds since 1970; `None` for never.
    pub expires_at: Option<i64>,
    /// The ids of the models it may call, of those that its user's plan has; all if there are none. With a `*` at its end, an
    /// id stands for all that begin like it.
    pub models: Vec<String>,
    /// What its usage is counted under, besides the key itself.
    pub tags: Vec<String>,
    /// How many requests it may make.
    pub limits: KeyLimits,
    /// How much it may spend.
    pub budget: Budget,
    /// What becomes of its requests once that is spent.
    pub on_exhausted: OnExhausted,
}

/// How many requests a key may make, within what its user's plan allows. What is left out does not apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyLimits {
    /// On a day in UTC, weighted by their model's `request_cost`.
    pub per_day: Option<u64>,
    /// In an hour that starts on the hour.
    pub per_hour: Option<u64>,
    /// In any sixty seconds.
    pub per_minute: Option<u64>,
}

/// How much a key may spend, in micro-credits. What is left out does not apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Budget {
    /// On a day in UTC.
    pub day: Option<i64>,
    /// In a month in UTC.
    pub month: Option<i64>,
    /// Ever.
    pub total: Option<i64>,
}

/// What becomes of the requests of a key whose budget is spent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnExhausted {
    /// They are refused.
    #[default]
    Deny,
    /// The model of this id serves them, whichever was asked for.
    Model(String),
}

// === impl KeyTerms ===

impl KeyTerms {
    /// Whether the key is no longer accepted at this time, in milliseconds since 1970.
    #[must_use]
    pub fn has_expired(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether the key may call the model of this id, as far as it is up to the key.
    #[must_use]
    pub fn includes(&self, model: &str) -> bool {
        let is_it = |held: &String| match held.strip_suffix('*') {
            Some(beginning) => model.starts_with(beginning),
            None => held == model,
        };
        self.models.is_empty() || self.models.iter().any(is_it)
    }

    /// Whether they can be met at all.
    ///
    /// # Errors
    /// `Invalid`.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        for (field, names) in [("terms.models", &self.models), ("terms.tags", &self.tags)] {
            for name in names {
                check_name(field, name)?;
            }
            let mut seen = HashSet::new();
            if !names.iter().all(|name| seen.insert(name)) {
                return Err(invalid(field, "names one twice", "name each once"));
            }
        }
        let Budget { day, month, total } = self.budget;
        if [day, month, total].into_iter().flatten().any(|most| most < 0) {
            let remedy = "use 0 credits or more, or leave it out for no budget";
            return Err(invalid("terms.budget", "is negative", remedy));
        }
        match &self.on_exhausted {
            OnExhausted::Model(model) if !self.includes(model) => {
                let remedy = "add it there, or name one of them";
                Err(invalid(
                    "terms.on_exhausted",
                    "names a model that terms.models does not include",
                    remedy,
                ))
            }
            OnExhausted::Model(_) if self.budget.is_unlimited() => {
                let remedy = "add a budget, or leave it out";
                Err(invalid(
                    "terms.on_exhausted",
                    "names a model, and there is no budget",
                    remedy,
                ))
            }
            OnExhausted::Model(_) | OnExhausted::Deny => Ok(()),
        }
    }

    /// As the database has them; `None` if there are none.
    pub(super) fn written(&self) -> Option<String> {
        let some = (*self != Self::default()).then_some(self)?;
        serde_json::to_string(some).ok()
    }

    /// What the database has. Terms that cannot be read let nothing through: somebody wrote them by hand.
    pub(super) fn read(terms: Option<String>) -> Self {
        let Some(text) = terms else {
            return Self::default();
        };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::error!(%error, "the terms of a key cannot be read, so that it is refused");
            Self {
                expires_at: Some(0),
                ..Self::default()
            }
        })
    }
}

// === impl KeyLimits ===

impl KeyLimits {
    /// The same as a quota; `None` if there are none.
    #[must_use]
    pub fn quota(&self) -> Option<Quota> {
        let quota = Quota {
            per_day: self.per_day,
            per_hour: self.per_hour,
            per_minute: self.per_minute,
            concurrent_streams: None,
        };
        (quota != Quota::default()).then_some(quota)
    }
}

// === impl Budget ===

impl Budget {
    /// Whether there is none.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }
}

fn invalid(field: &'static str, problem: &'static str, remedy: &'static str) -> StoreError {
    StoreError::Invalid { field, problem, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_kept_as_they_are_and_those_of_earlier_versions_are_read() {
        let terms = KeyTerms {
            expires_at: Some(7),
            models: vec!["a/*".to_owned()],
            tags: vec!["team".to_owned()],
            limits: KeyLimits {
                per_minute: Some(3),
                ..KeyLimits::default()
            },
            budget: Budget {
                month: Some(5),
                ..Budget::default()
            },
            on_exhausted: OnExhausted::Model("small".to_owned()),
        };
        let text = serde_json::to_string(&terms).unwrap();
        assert_eq!(serde_json::from_str::<KeyTerms>(&text).unwrap(), terms);
        assert_eq!(serde_json::from_str::<KeyTerms>("{}").unwrap(), KeyTerms::default());
        assert!(terms.has_expired(7) && !terms.has_expired(6) && !KeyTerms::default().has_expired(i64::MAX));
    }

    fn problem(terms: &KeyTerms) -> Option<(&'static str, &'static str)> {
        match terms.check() {
            Err(StoreError::Invalid { field, problem, .. }) => Some((field, problem)),
            _ => None,
        }
    }

    #[test]
    fn terms_that_cannot_be_meant_are_refused() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let budget = |total| Budget {
            total: Some(total),
            ..Budget::default()
        };
        let sound = KeyTerms {
            models: names(&["small", "a/*"]),
            budget: budget(0),
            on_exhausted: OnExhausted::Model("a/b".to_owned()),
            ..KeyTerms::default()
        };
        assert_eq!(problem(&sound), None);
        let tags = KeyTerms {
            tags: names(&["a", "a"]),
            ..sound.clone()
        };
        assert_eq!(problem(&tags), Some(("terms.tags", "names one twice")));
        let negative = KeyTerms {
            budget: budget(-1),
            ..sound.clone()
        };
        assert_eq!(problem(&negative), Some(("terms.budget", "is negative")));
        let elsewhere = KeyTerms {
            on_exhausted: OnExhausted::Model("large".to_owned()),
            ..sound.clone()
        };
        let (field, problem_of) = problem(&elsewhere).unwrap();
        assert_eq!(
            (field, problem_of),
            ("terms.on_exhausted", "names a model that terms.models does not include")
        );
        let pointless = KeyTerms {
            budget: Budget::default(),
            ..sound
        };
        assert_eq!(
            problem(&pointless),
            Some(("terms.on_exhausted", "names a model, and there is no budget"))
        );
    }

    #[test]
    fn a_star_at_the_end_stands_for_all_that_begin_so() {
        let terms = KeyTerms {
            models: vec!["small".to_owned(), "a/*".to_owned()],
            ..KeyTerms::default()
        };
        let included = ["small", "smaller", "a/b", "b/a", "a"].map(|model| terms.includes(model));
        assert_eq!(included, [true, false, true, false, false]);
        assert!(KeyTerms::default().includes("any"));
    }
}
