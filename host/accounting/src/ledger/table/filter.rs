//! Which requests a list is to have, as conditions of a query.

use std::fmt::{self, Write};
use std::str::FromStr;

use sqlx::Any;
use sqlx::any::AnyArguments;
use sqlx::query::Query;

/// Which requests a list is to have. What is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestFilter {
    /// The earliest arrival, in milliseconds since 1970.
    pub since: Option<i64>,
    /// The arrival from which on requests are left out, in milliseconds since 1970.
    pub until: Option<i64>,
    /// The user's id.
    pub user: Option<String>,
    /// The id of the user's key.
    pub key: Option<String>,
    /// The model that the client asked for.
    pub model: Option<String>,
    /// The provider that answered, or that failed last.
    pub provider: Option<String>,
    /// The status that was sent.
    pub status: Option<Statuses>,
    /// The code of the error that the client got.
    pub error_code: Option<String>,
    /// The class of the failure that decided the request.
    pub class: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
    /// Whether the request failed or broke off, without those that the client ended.
    pub failed: Option<bool>,
    /// Where the list goes on: behind the last request of another page.
    pub after: Option<Cursor>,
}

/// A status, or all that begin with a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statuses {
    first: u16,
    last: u16,
}

/// The place of a request in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub(super) time: i64,
    pub(super) node: i64,
    pub(super) seq: i64,
}

/// What the index of failures says of its rows. A query that is to use it repeats this word by word.
const FAILURES: &str = "(status >= 400 OR ended <> 'ok')";

/// A text that is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not understood")]
pub struct NotUnderstood;

/// A value that a condition compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Compared {
    Number(i64),
    Text(String),
}

/// The conditions of a query, and the values of its placeholders.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) text: String,
    pub(super) values: Vec<Compared>,
}

// === impl RequestFilter ===

impl RequestFilter {
    /// What a row must be, beginning with ` WHERE ` unless every row is.
    pub(super) fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::default();
        conditions.number("time >=", self.since);
        conditions.number("time <", self.until);
        conditions.text("user_id =", self.user.as_deref());
        conditions.text("key_id =", self.key.as_deref());
        conditions.text("model =", self.model.as_deref());
        conditions.text("provider =", self.provider.as_deref());
        conditions.number("status >=", self.status.map(|status| status.first.into()));
        conditions.number("status <=", self.status.map(|status| status.last.into()));
        conditions.text("error_code =", self.error_code.as_deref());
        conditions.text("class =", self.class.as_deref());
        conditions.text("request_id =", self.request_id.as_deref());
        if let Some(failed) = self.failed {
            let not = if failed { "" } else { "NOT " };
            conditions.add(&format!("ended {not}IN ('failed', 'broke_off')"));
        }
        if self.wants_failures() {
            conditions.add(FAILURES);
        }
        if let Some(Cursor { time, node, seq }) = self.after {
            let values = [time, node, seq].map(|number| conditions.placeholder(Compared::Number(number)));
            conditions.add(&format!("(time, node, seq) < ({})", values.join(", ")));
        }
        conditions
    }

    /// Whether only what went wrong can be wanted.
    fn wants_failures(&self) -> bool {
        let error = self.status.is_some_and(|status| status.first >= 400);
        error || self.failed == Some(true) || self.error_code.is_some() || self.class.is_some()
    }
}

// === impl Conditions ===

impl Conditions {
    pub(super) fn add(&mut self, condition: &str) {
        let before = if self.text.is_empty() { " WHERE " } else { " AND " };
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{before}{condition}");
    }

    /// The query of this text, with the values of its placeholders.
    pub(super) fn bound(self, text: &str) -> Query<'_, Any, AnyArguments<'_>> {
        self.values
            .into_iter()
            .fold(sqlx::query(text), |query, value| match value {
                Compared::Number(number) => query.bind(number),
                Compared::Text(text) => query.bind(text),
            })
    }

    fn placeholder(&mut self, value: Compared) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    pub(super) fn number(&mut self, comparison: &str, value: Option<i64>) {
        if let Some(value) = value {
            let placeholder = self.placeholder(Compared::Number(value));
            self.add(&format!("{comparison} {placeholder}"));
        }
    }

    pub(super) fn text(&mut self, comparison: &str, value: Option<&str>) {
        if let Some(value) = value {
            let placeholder = self.placeholder(Compared::Text(value.to_owned()));
            self.add(&format!("{comparison} {placeholder}"));
        }
    }
}

// === impl Statuses ===

impl Statuses {
    /// The status, if it is a single one.
    pub(super) fn single(self) -> Option<u16> {
        (self.first == self.last).then_some(self.first)
    }
}

impl FromStr for Statuses {
    type Err = NotUnderstood;

    /// `502`, or `5xx` for all that begin with 5.
    fn from_str(text: &str) -> Result<Self, NotUnderstood> {
        if let Some(digit) = text.strip_suffix("xx") {
            let digit: u16 = digit
                .parse()
                .ok()
                .filter(|digit| (1..=9).contains(digit))
                .ok_or(NotUnderstood)?;
            return Ok(Self {
                first: digit * 100,
                last: digit * 100 + 99,
            });
        }
        let status: u16 = text.parse().map_err(|_| NotUnderstood)?;
        Ok(Self {
            first: status,
            last: status,
        })
    }
}

// === impl Cursor ===

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.time, self.node, self.seq)
    }
}

impl FromStr for Cursor {
    type Err = NotUnderstood;

    fn from_str(text: &str) -> Result<Self, NotUnderstood> {
        let mut numbers = text.split('.').map(str::parse);
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(time)), Some(Ok(node)), Some(Ok(seq)), None) => Ok(Self { time, node, seq }),
            _ => Err(NotUnderstood),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_is_no_condition() {
        let all = RequestFilter::default().conditions();
        assert_eq!((all.text.as_str(), all.values.len()), ("", 0));
        let some = RequestFilter {
            user: Some("a' OR 1".to_owned()),
            failed: Some(true),
            after: "5.6.7".parse().ok(),
            ..RequestFilter::default()
        };
        let some = some.conditions();
        let expected = " WHERE user_id = $1 AND ended IN ('failed', 'broke_off') \
                        AND (status >= 400 OR ended <> 'ok') AND (time, node, seq) < ($2, $3, $4)";
        assert_eq!(some.text, expected);
        assert_eq!(some.values[0], Compared::Text("a' OR 1".to_owned()));
    }

    #[test]
    fn a_cursor_and_statuses_are_read_as_they_are_written() {
        let cursor: Cursor = "1795252000123.7.9".parse().unwrap();
        assert_eq!(cursor.to_string(), "1795252000123.7.9");
        for bad in ["", "1", "1.2", "1.2.3.4", "a.b.c"] {
            assert_eq!(bad.parse::<Cursor>(), Err(NotUnderstood), "{bad}");
        }
        assert_eq!("5xx".parse(), Ok(Statuses { first: 500, last: 599 }));
        assert_eq!("429".parse(), Ok(Statuses { first: 429, last: 429 }));
        for bad in ["", "xx", "0xx", "10xx", "four"] {
            assert_eq!(bad.parse::<Statuses>(), Err(NotUnderstood), "{bad}");
        }
    }
}
