//! What new rows of the ledger change elsewhere: balances, and when keys were used.

use std::collections::BTreeMap;

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, Row};

use super::places::Places;
use super::{chunks, signed};
use crate::ledger::Record;

/// What new rows mean to users and keys. Sorted, so that two nodes lock rows in the same order.
#[derive(Default)]
pub(super) struct Effects<'a> {
    charges: BTreeMap<&'a str, i64>,
    used: BTreeMap<&'a str, i64>,
}

// === impl Effects ===

impl<'a> Effects<'a> {
    pub(super) fn of(records: impl Iterator<Item = &'a Record<'a>>) -> Self {
        let mut effects = Self::default();
        for record in records {
            if let Some(user) = &record.user_id
                && record.credits != 0
            {
                let charge = effects.charges.entry(user).or_default();
                *charge = charge.saturating_add(record.credits);
            }
            if let Some(key) = &record.key_id {
                let used = effects.used.entry(key).or_default();
                *used = signed(record.time).max(*used);
            }
        }
        effects
    }

    /// Asks for the balances of all users who are charged in `records`, be it for older rows.
    pub(super) fn ask_for(&mut self, records: &'a [Record<'a>]) {
        let charged = records.iter().filter(|record| record.credits != 0);
        for user in charged.filter_map(|record| record.user_id.as_deref()) {
            self.charges.entry(user).or_default();
        }
    }

    /// Carries them out, and tells the balances that changed.
    pub(super) async fn apply(
        self,
        connection: &mut AnyConnection,
        places: Places,
    ) -> sqlx::Result<Vec<(String, i64)>> {
        let mut balances = Vec::with_capacity(self.charges.len());
        for chunk in chunks(&self.charges.into_iter().collect::<Vec<_>>()) {
            let text = charging(places, chunk.len());
            let query = chunk.iter().fold(sqlx::query(&text), bind_pair);
            for row in query.fetch_all(&mut *connection).await? {
                balances.push((row.try_get(0)?, row.try_get(1)?));
            }
        }
        for chunk in chunks(&self.used.into_iter().collect::<Vec<_>>()) {
            let text = noting_use(places, chunk.len());
            let query = chunk.iter().fold(sqlx::query(&text), bind_pair);
            query.execute(&mut *connection).await?;
        }
        Ok(balances)
    }
}

/// Lowers the balances of so many users. Both databases name the columns of `VALUES` like this.
fn charging(places: Places, users: usize) -> String {
    let mut text = "UPDATE users SET balance = balance - v.column2 FROM (VALUES ".to_owned();
    places.rows(&mut text, users, &["TEXT", "BIGINT"]);
    text + ") AS v WHERE users.id = v.column1 RETURNING id, balance"
}

/// Notes when so many keys were used last.
fn noting_use(places: Places, keys: usize) -> String {
    let mut text = "UPDATE keys SET last_used_at = v.column2 FROM (VALUES ".to_owned();
    places.rows(&mut text, keys, &["TEXT", "BIGINT"]);
    text + ") AS v WHERE keys.id = v.column1 AND (last_used_at IS NULL OR last_used_at < v.column2)"
}

fn bind_pair<'q>(
    query: Query<'q, Any, AnyArguments<'q>>,
    (id, value): &'q (&'q str, i64),
) -> Query<'q, Any, AnyArguments<'q>> {
    query.bind(*id).bind(*value)
}
