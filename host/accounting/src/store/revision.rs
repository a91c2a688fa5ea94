//! The counter of changes, by which nodes learn what others did.

use super::key;
use super::user::{COLUMNS, Row};
use super::{Store, StoreError, User, change};

/// What changed after some revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The revision to ask from next time. Below the one that was asked from, the database is not the same any more.
    pub revision: i64,
    /// Users that were made, or got another plan or credits by hand, as they are now.
    pub users: Vec<User>,
    /// The hashes of keys that were made or revoked.
    pub keys: Vec<[u8; 32]>,
    /// Users whose running streams are to end.
    pub kills: Vec<Kill>,
}

/// That a user's running streams are to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kill {
    /// Whose.
    pub user: String,
    /// The revision that it was made with.
    pub revision: i64,
}

// === impl Store ===

impl Store {
    /// The number of changes so far.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn revision(&self) -> Result<i64, StoreError> {
        let pool = self.pool.clone();
        self.at_home(async move { current(&pool).await }).await
    }

    /// What changed since. While nothing does, this is one short question.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn changes_since(&self, since: i64) -> Result<Changes, StoreError> {
        let pool = self.pool.clone();
        self.at_home(async move {
            // Read first: what is committed between here and the questions below is told twice rather than never.
            let revision = current(&pool).await?;
            if revision <= since {
                return Ok(Changes {
                    revision,
                    ..Changes::default()
                });
            }
            let sql = format!("SELECT {COLUMNS} FROM users WHERE revision > $1");
            let users = sqlx::query_as::<_, Row>(&sql).bind(since);
            let users = users.fetch_all(&pool).await?;
            let keys = sqlx::query_as::<_, (String,)>("SELECT hash FROM keys WHERE revision > $1");
            let keys = keys.bind(since).fetch_all(&pool).await?;
            // A kill is not harmless when it is told twice: the streams of after it would end as well.
            let kills = "SELECT user_id, revision FROM stream_kills \
                         WHERE revision > $1 AND revision <= $2";
            let kills = sqlx::query_as::<_, (String, i64)>(kills);
            let kills = kills.bind(since).bind(revision).fetch_all(&pool).await?;
            Ok(Changes {
                revision,
                users: users.into_iter().map(User::from).collect(),
                keys: keys.iter().filter_map(|(hash,)| key::hash(hash)).collect(),
                kills: kills
                    .into_iter()
                    .map(|(user, revision)| Kill { user, revision })
                    .collect(),
            })
        })
        .await
    }

    /// Asks all nodes to end a user's running streams. Returns the revision of it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn kill_streams(&self, user: &str, now: i64) -> Result<i64, StoreError> {
        let (pool, user) = (self.pool.clone(), user.to_owned());
        self.at_home(async move {
            let (mut change, revision) = change(&pool).await?;
            let sql = "INSERT INTO stream_kills (user_id, killed_at, revision) \
                       VALUES ($1, $2, $3) ON CONFLICT (user_id) DO UPDATE \
                       SET killed_at = excluded.killed_at, revision = excluded.revision";
            sqlx::query(sql)
                .bind(user)
                .bind(now)
                .bind(revision)
                .execute(&mut *change)
                .await?;
            change.commit().await?;
            Ok(revision)
        })
        .await
    }
}

async fn current(pool: &sqlx::AnyPool) -> Result<i64, StoreError> {
    let row = sqlx::query_as::<_, (i64,)>("SELECT value FROM revision WHERE id = 1");
    Ok(row.fetch_one(pool).await?.0)
}
