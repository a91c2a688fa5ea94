//! The audit log: who changed what, and when.

use super::{Store, StoreError, begin_change};

/// How many entries are kept; older ones go as others come.
const MOST: i64 = 100_000;

/// A change that an operator made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Who made it: the name of their token.
    pub actor: String,
    /// What they did, such as `user.set-plan`.
    pub action: String,
    /// To whom or what.
    pub subject: String,
    /// How it was before, as JSON; `None` if there was nothing.
    pub before: Option<String>,
    /// How it is now, as JSON; `None` if there is nothing any more.
    pub after: Option<String>,
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number; a later entry has a higher one.
    pub id: i64,
    /// When the change was made, in milliseconds since 1970.
    pub time: i64,
    /// The change.
    pub change: Change,
}

/// An [`AuditEntry`] as a row.
type Row = (i64, i64, String, String, String, Option<String>, Option<String>);

// === impl Store ===

impl Store {
    /// Keeps who made this change at `now`, in milliseconds since 1970.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn note_change(&self, change: Change, now: i64) -> Result<(), StoreError> {
        let pool = self.pool.clone();
        self.at_home(async move {
            let (mut transaction, revision) = begin_change(&pool).await?;
            let sql = "INSERT INTO audit (id, time, actor, action, subject, before_change, after_change) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7)";
            sqlx::query(sql)
                .bind(revision)
                .bind(now)
                .bind(change.actor)
                .bind(change.action)
                .bind(change.subject)
                .bind(change.before)
                .bind(change.after)
                .execute(&mut *transaction)
                .await?;
            let old = "DELETE FROM audit WHERE id < (SELECT MIN(id) FROM \
                       (SELECT id FROM audit ORDER BY id DESC LIMIT $1) AS kept)";
            // Looked for once in a while: it reads as many entries as are kept.
            if revision % 1_000 == 0 {
                sqlx::query(old).bind(MOST).execute(&mut *transaction).await?;
            }
            Ok(transaction.commit().await?)
        })
        .await
    }

    /// The latest entries, newest first: at most `most`, those before the one with the number `before`, if it is given.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn audit(&self, before: Option<i64>, most: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let pool = self.pool.clone();
        self.at_home(async move {
            let sql = "SELECT id, time, actor, action, subject, before_change, after_change FROM audit \
                       WHERE id < $1 ORDER BY id DESC LIMIT $2";
            let rows = sqlx::query_as::<_, Row>(sql)
                .bind(before.unwrap_or(i64::MAX))
                .bind(i64::from(most))
                .fetch_all(&pool)
                .await?;
            Ok(rows.into_iter().map(AuditEntry::from).collect())
        })
        .await
    }
}

// === impl AuditEntry ===

impl From<Row> for AuditEntry {
    fn from((id, time, actor, action, subject, before, after): Row) -> Self {
        let change = Change {
            actor,
            action,
            subject,
            before,
            after,
        };
        Self { id, time, change }
    }
}
