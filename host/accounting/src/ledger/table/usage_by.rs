//! What rows are added up by, for totals and for reports.

use super::days::{DAY, Group, KEYS};
use crate::ledger::calendar::Day;

/// What a report groups by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageBy {
    /// The requested model.
    Model,
    /// The provider's name for the model that answered, or that failed last.
    UpstreamModel,
    /// The model that the reply names, or else the provider's name for it.
    ServedModel,
    /// The user.
    User,
    /// The id of the key.
    Key,
    /// The provider that answered, or that failed last.
    Provider,
    /// The status that was sent; none for sums that an earlier release has pruned.
    Status,
    /// The day in UTC.
    Day,
}

// === impl UsageBy ===

impl UsageBy {
    /// Those whose totals are kept, each by day: all but the day itself.
    pub(super) const TOTALLED: [Self; 7] = [
        Self::Model,
        Self::UpstreamModel,
        Self::ServedModel,
        Self::User,
        Self::Key,
        Self::Provider,
        Self::Status,
    ];

    /// Its name, for people and in the table of totals.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::UpstreamModel => "upstream_model",
            Self::ServedModel => "served_model",
            Self::User => "user",
            Self::Key => "key",
            Self::Provider => "provider",
            Self::Status => "status",
            Self::Day => "day",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::TOTALLED.into_iter().chain([Self::Day]);
        all.find(|by| by.name() == name)
    }

    /// A row's group as an expression over the columns of the ledger; null where it has none.
    pub(super) fn of_row(self) -> String {
        match self {
            Self::Model => "NULLIF(model, '')".to_owned(),
            Self::UpstreamModel => "NULLIF(upstream_model, '')".to_owned(),
            Self::ServedModel => "COALESCE(NULLIF(served_model, ''), NULLIF(upstream_model, ''))".to_owned(),
            Self::User => "NULLIF(user_id, '')".to_owned(),
            Self::Key => "NULLIF(key_id, '')".to_owned(),
            Self::Provider => "NULLIF(provider, '')".to_owned(),
            Self::Status => "CAST(NULLIF(status, 0) AS TEXT)".to_owned(),
            Self::Day => format!("CAST({DAY} AS TEXT)"),
        }
    }

    /// A total's group as an expression over the columns of the table of totals; null where it has none.
    pub(super) const fn of_total(self) -> &'static str {
        match self {
            Self::Day => "CAST(day AS TEXT)",
            _ => "NULLIF(name, '')",
        }
    }

    /// Whose totals a report adds up: its own, or for days those of which there are the fewest.
    pub(super) const fn totals(self) -> Self {
        match self {
            Self::Day => Self::Status,
            own => own,
        }
    }

    /// The name of a group of the sums by day in it; empty where it has none.
    pub(super) fn of_group(self, group: &Group) -> String {
        let key = |name| {
            let place = KEYS.iter().position(|key| *key == name);
            place.map_or("", |place| group.keys[place].as_str())
        };
        let name = match self {
            Self::Model => key("model"),
            Self::UpstreamModel => key("upstream_model"),
            Self::ServedModel => match key("served_model") {
                "" => key("upstream_model"),
                served => served,
            },
            Self::User => key("user_id"),
            Self::Key => key("key_id"),
            Self::Provider => key("provider"),
            Self::Status if group.status == 0 => "",
            Self::Status => return group.status.to_string(),
            Self::Day => return group.day.to_string(),
        };
        name.to_owned()
    }

    /// A group as reports tell it.
    pub(super) fn told(self, group: Option<String>) -> Option<String> {
        match self {
            Self::Day => Some(Day::from_number(group?.parse().ok()?).to_string()),
            _ => group,
        }
    }
}
