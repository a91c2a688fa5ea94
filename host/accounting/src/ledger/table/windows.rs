//! The stretches of time in which a list may find rows: totals say on which days and in which half hours there are some, so
//! that a model, a provider, a key or a status that is rare needs no index of its own.

use std::collections::BTreeMap;

use sqlx::{AnyPool, Row};

use super::filter::{Conditions, RequestFilter, Statuses};
use super::totals::ANY_TIME;
use super::usage_by::UsageBy;
use crate::clock::DAY_MILLIS;

/// Milliseconds of a day and of its half hours.
const DAY: i64 = DAY_MILLIS.cast_signed();
const HALF_HOUR: i64 = DAY / HALF_HOURS;

/// How many half hours a day has.
const HALF_HOURS: i64 = 48;

/// From how many stretches on the others are whole days: each is a query, and it may be that nothing else of the filter fits.
const SHORT: usize = 128;

/// From how many rows of a user on they are not read one after the other.
const MANY: i64 = 10_000;

/// Days since 1970, and a bit for each half hour in which there are rows.
type Days = BTreeMap<i64, i64>;

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
    let names = names(filter);
    // A single request has an index, and so have a user's rows; but those of a few users may be most of all.
    let indexed = filter.request_id.is_some() || names.is_empty();
    if indexed || is_of_few(filter, pool).await? {
        return Ok(vec![ALWAYS]);
    }
    // First, because it may grow meanwhile: what was summed up before it is in the sums.
    let summed = sqlx::query("SELECT until FROM ledger_summed WHERE id = 1");
    let summed: i64 = summed.fetch_one(pool).await?.try_get(0)?;
    let mut common: Option<Days> = None;
    for (dimension, name) in &names {
        let days = days_of(*dimension, name, filter, pool).await?;
        common = Some(match common {
            Some(common) => both(common, &days),
            None => days,
        });
    }
    let all = joined(summed, &common.unwrap_or_default()).into_iter();
    Ok(all.filter(|window| window.meets(filter)).collect())
}

/// Whether the filter wants the rows of a user who has few.
async fn is_of_few(filter: &RequestFilter, pool: &AnyPool) -> sqlx::Result<bool> {
    let Some(user) = &filter.user else { return Ok(false) };
    let sql = "SELECT CAST(SUM(requests) AS BIGINT) FROM ledger_totals WHERE dimension = $1 AND name = $2";
    let query = sqlx::query(sql).bind(UsageBy::User.name()).bind(user);
    let requests: Option<i64> = query.fetch_one(pool).await?.try_get(0)?;
    Ok(requests.unwrap_or(0) < MANY)
}

/// What the filter asks for that has totals, of which each has its days.
fn names(filter: &RequestFilter) -> Vec<(UsageBy, String)> {
    let status = filter.status.and_then(Statuses::single);
    let each = [
        (UsageBy::Key, filter.key.clone()),
        (UsageBy::Model, filter.model.clone()),
        (UsageBy::Provider, filter.provider.clone()),
        (UsageBy::Status, status.map(|status| status.to_string())),
    ];
    let named = each
        .into_iter()
        .filter_map(|(dimension, name)| Some((dimension, name?)));
    named.collect()
}

/// The days on which there may be rows of this name, and their half hours.
async fn days_of(dimension: UsageBy, name: &str, filter: &RequestFilter, pool: &AnyPool) -> sqlx::Result<Days> {
    let mut days = read(dimension, name, filter, pool).await?;
    if dimension == UsageBy::Status {
        // Sums of earlier releases know no status: it may be any.
        let unknown = read(dimension, "", filter, pool).await?;
        days.extend(unknown.into_keys().map(|day| (day, ANY_TIME)));
    }
    Ok(days)
}

async fn read(dimension: UsageBy, name: &str, filter: &RequestFilter, pool: &AnyPool) -> sqlx::Result<Days> {
    let (text, conditions) = totals_of(dimension, name, filter);
    let rows = conditions.bound(&text).fetch_all(pool).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// The query for the totals of this name on the days that the filter wants.
pub(super) fn totals_of(dimension: UsageBy, name: &str, filter: &RequestFilter) -> (String, Conditions) {
    let day = |time: Option<i64>| time.map(|time| time.div_euclid(DAY));
    let mut conditions = Conditions::default();
    conditions.text("dimension =", Some(dimension.name()));
    conditions.text("name =", Some(name));
    conditions.number("day >=", day(filter.since));
    conditions.number("day <=", day(filter.until));
    conditions.number("day <=", day(filter.after.map(|after| after.time)));
    let text = format!("SELECT day, half_hours FROM ledger_totals{}", conditions.text);
    (text, conditions)
}

/// The days of both, and the half hours of each that both have.
fn both(mut days: Days, others: &Days) -> Days {
    days.retain(|day, half_hours| {
        *half_hours &= others.get(day).copied().unwrap_or(0);
        *half_hours != 0
    });
    days
}

/// What was not summed up, and these days of what was, the latest first: what follows on one another is one stretch.
fn joined(summed: i64, days: &Days) -> Vec<Window> {
    let mut windows = vec![Window {
        since: summed,
        until: i64::MAX,
    }];
    for (number, half_hours) in days.iter().rev() {
        let day = Window::lasting(number.saturating_mul(DAY), DAY);
        if *half_hours == ANY_TIME || windows.len() >= SHORT {
            day.join(&mut windows);
            continue;
        }
        for place in (0..HALF_HOURS).rev().filter(|place| half_hours >> place & 1 == 1) {
            let since = day.since.saturating_add(place * HALF_HOUR);
            Window::lasting(since, HALF_HOUR).join(&mut windows);
        }
    }
    windows
}

// === impl Window ===

impl Window {
    /// The one that begins then and is this long.
    fn lasting(since: i64, length: i64) -> Self {
        Self {
            since,
            until: since.saturating_add(length),
        }
    }

    /// Adds it to later ones.
    fn join(self, windows: &mut Vec<Self>) {
        match windows.last_mut() {
            Some(later) if later.since <= self.until => later.since = later.since.min(self.since),
            _ => windows.push(self),
        }
    }

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

    fn window(since: i64, until: i64) -> Window {
        Window { since, until }
    }

    fn open(since: i64) -> Window {
        window(since, i64::MAX)
    }

    /// Days of which nothing more is known.
    fn days(numbers: &[i64]) -> Days {
        numbers.iter().map(|number| (*number, ANY_TIME)).collect()
    }

    #[test]
    fn runs_of_days_are_one_stretch_and_join_what_was_not_summed_up() {
        assert_eq!(joined(9 * DAY + 5, &days(&[])), [open(9 * DAY + 5)]);
        // The day of the moment itself is begun in the sums.
        assert_eq!(joined(9 * DAY + 5, &days(&[9, 8])), [open(8 * DAY)]);
        let apart = [open(9 * DAY + 5), window(5 * DAY, 7 * DAY), window(2 * DAY, 3 * DAY)];
        assert_eq!(joined(9 * DAY + 5, &days(&[6, 5, 2])), apart);
    }

    #[test]
    fn half_hours_with_rows_are_stretches_the_latest_first() {
        let half = |place: i64| 5 * DAY + place * HALF_HOUR;
        let known = Days::from([(5, 1 << 47 | 1 << 3 | 1 << 2), (4, 1 << 47), (3, ANY_TIME)]);
        let expected = [
            open(9 * DAY),
            window(half(47), 6 * DAY),
            window(half(2), half(4)),
            // The last half hour of a day, and all of the day before.
            window(half(-1), 5 * DAY),
            window(3 * DAY, 4 * DAY),
        ];
        assert_eq!(joined(9 * DAY, &known), expected);
        let all_day = Days::from([(5, (1 << HALF_HOURS) - 1)]);
        assert_eq!(joined(9 * DAY, &all_day)[1..], [window(5 * DAY, 6 * DAY)]);
    }

    #[test]
    fn there_are_never_more_short_stretches_than_a_list_can_ask_for() {
        let every_second = (0..24).map(|place| 1_i64 << (2 * place)).sum();
        let windows = joined(1_000 * DAY, &(0..999).map(|day| (day, every_second)).collect());
        let whole = windows.last().unwrap();
        assert!(whole.since == 0 && whole.until > 900 * DAY, "{whole:?}");
        assert!((SHORT..SHORT + 48).contains(&windows.len()), "{}", windows.len());
    }

    #[test]
    fn what_two_dimensions_have_in_common_is_left() {
        let one = Days::from([(1, 0b110), (2, 0b1), (3, ANY_TIME), (4, 0b1)]);
        let other = Days::from([(1, 0b011), (2, 0b10), (3, 0b100)]);
        assert_eq!(both(one, &other), Days::from([(1, 0b010), (3, 0b100)]));
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
