//! The stretches of time in which a list may find rows: totals by day say on which days there are some, so that a model or a
//! key that is rarely used needs no index of its own.

use sqlx::{AnyPool, Row};

use super::filter::{Conditions, RequestFilter};
use super::totals::Dimension;
use crate::clock::DAY_MILLIS;

/// A stretch of time, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// Its first moment.
    pub(super) since: i64,
    /// The first moment after it.
    pub(super) until: i64,
}

/// All of time.
const ALWAYS: Window = Window {
    since: i64::MIN,
    until: i64::MAX,
};

/// The stretches, the latest first, that have all the rows that the filter selects.
pub(super) async fn of(filter: &RequestFilter, pool: &AnyPool) -> sqlx::Result<Vec<Window>> {
    // A user's rows and a single request have an index.
    let indexed = filter.user.is_some() || filter.request_id.is_some();
    let rare = filter.key.is_some() || filter.model.is_some() || filter.provider.is_some();
    if indexed || !rare {
        return Ok(vec![ALWAYS]);
    }
    // First, because it may grow meanwhile: what was summed up before it is in the sums.
    let summed = sqlx::query("SELECT until FROM ledger_summed WHERE id = 1");
    let summed: i64 = summed.fetch_one(pool).await?.try_get(0)?;
    let (text, conditions) = days(filter);
    let rows = conditions.bound(&text).fetch_all(pool).await?;
    let days: Vec<i64> = rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?;
    let all = joined(summed, &days).into_iter();
    Ok(all.filter(|window| window.meets(filter)).collect())
}

/// The query for the days on which there may be such rows, the latest first: those with the key, with the model and with the
/// provider.
pub(super) fn days(filter: &RequestFilter) -> (String, Conditions) {
    let day = DAY_MILLIS.cast_signed();
    let mut conditions = Conditions::default();
    let each = [
        (Dimension::Key, &filter.key),
        (Dimension::Model, &filter.model),
        (Dimension::Provider, &filter.provider),
    ];
    let mut selected = Vec::new();
    for (dimension, name) in each {
        let Some(name) = name else { continue };
        conditions.text.clear();
        conditions.text("dimension =", Some(dimension.name()));
        conditions.text("name =", Some(name));
        conditions.number("day >=", filter.since.map(|since| since.div_euclid(day)));
        conditions.number("day <=", filter.until.map(|until| until.div_euclid(day)));
        selected.push(format!("SELECT day FROM ledger_totals{}", conditions.text));
    }
    (selected.join(" INTERSECT ") + " ORDER BY 1 DESC", conditions)
}

/// What was not summed up, and these days of what was: each run of days is one stretch.
fn joined(summed: i64, days: &[i64]) -> Vec<Window> {
    let mut windows = vec![Window {
        since: summed,
        until: i64::MAX,
    }];
    for number in days {
        let since = number.saturating_mul(DAY_MILLIS.cast_signed());
        let until = since.saturating_add(DAY_MILLIS.cast_signed());
        match windows.last_mut() {
            Some(later) if later.since <= until => later.since = later.since.min(since),
            _ => windows.push(Window { since, until }),
        }
    }
    windows
}

// === impl Window ===

impl Window {
    /// Whether it has any of the time that the filter wants.
    fn meets(self, filter: &RequestFilter) -> bool {
        let narrowed = self.narrowed(filter);
        let (since, until) = (narrowed.since.unwrap_or(i64::MIN), narrowed.until.unwrap_or(i64::MAX));
        since < until && filter.after.is_none_or(|after| since <= after.time)
    }

    /// The filter for what is in this stretch.
    pub(super) fn narrowed(self, filter: &RequestFilter) -> RequestFilter {
        if self == ALWAYS {
            return filter.clone();
        }
        RequestFilter {
            since: filter.since.max(Some(self.since)),
            until: Some(filter.until.unwrap_or(i64::MAX).min(self.until)),
            ..filter.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = DAY_MILLIS.cast_signed();

    fn window(since: i64, until: i64) -> Window {
        Window { since, until }
    }

    #[test]
    fn runs_of_days_are_one_stretch_and_join_what_was_not_summed_up() {
        let open = |since| window(since, i64::MAX);
        assert_eq!(joined(9 * DAY + 5, &[]), [open(9 * DAY + 5)]);
        // The day of the moment itself is begun in the sums.
        assert_eq!(joined(9 * DAY + 5, &[9, 8]), [open(8 * DAY)]);
        let apart = [open(9 * DAY + 5), window(5 * DAY, 7 * DAY), window(2 * DAY, 3 * DAY)];
        assert_eq!(joined(9 * DAY + 5, &[6, 5, 2]), apart);
    }

    #[test]
    fn a_stretch_and_a_filter_have_the_time_of_both() {
        let filter = RequestFilter {
            since: Some(3),
            until: Some(9),
            after: "7.1.1".parse().ok(),
            ..RequestFilter::default()
        };
        let both = window(1, 5).narrowed(&filter);
        assert_eq!((both.since, both.until), (Some(3), Some(5)));
        assert!(window(1, 5).meets(&filter));
        assert!(!window(1, 3).meets(&filter));
        assert!(!window(8, 9).meets(&filter), "it is all before the cursor");
        assert_eq!(ALWAYS.narrowed(&filter), filter);
    }
}
