//! The revision: a counter of changes, by which nodes learn what others changed.

use super::key;
use super::user::{COLUMNS, Row};
use super::{Store, StoreError, User, begin_change};

/// What changed since a revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// The current revision, to be passed to the next call. If it is lower than the one passed to this call, the
    /// database was replaced or restored.
    pub(crate) revision: i64,
    /// The current state of users that were created, or whose plan or balance was changed other than by charges.
    pub(crate) users: Vec<User>,
    /// The hashes of keys that were created, changed or revoked.
    pub(crate) keys: Vec<[u8; 32]>,
    /// The ids of those that are revoked.
    pub(crate) revoked: Vec<String>,
    /// Users whose running streams must end.
    pub(crate) kills: Vec<StreamKill>,
}

/// A request to end a user's running streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamKill {
    pub(crate) user: String,
    /// When it was made, in milliseconds since 1970, by the clock of the node that was asked. Later streams go on.
    pub(crate) at: i64,
    /// The revision of the request.
    pub(crate) revision: i64,
}

// === impl Store ===

impl Store {
    /// The current revision: the number of changes so far.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn revision(&self) -> Result<i64, StoreError> {
        let pool = self.pool.clone();
        self.at_home(async move { current(&pool).await }).await
    }

    /// What changed since a revision. If nothing did, this is a single short query.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn changes_since(&self, since: i64) -> Result<Changes, StoreError> {
        let pool = self.pool.clone();
        self.at_home(async move {
            // Read first, so that changes committed before the queries below are reported twice rather than never.
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
            let keys = "SELECT hash, id, revoked_at FROM keys WHERE revision > $1";
            let keys = sqlx::query_as::<_, (String, String, Option<i64>)>(keys);
            let keys = keys.bind(since).fetch_all(&pool).await?;
            // Kills must not be reported twice: streams that began after the first report would end as well.
            let kills = "SELECT user_id, killed_at, revision FROM stream_kills \
                         WHERE revision > $1 AND revision <= $2";
            let kills = sqlx::query_as::<_, (String, i64, i64)>(kills);
            let kills = kills.bind(since).bind(revision).fetch_all(&pool).await?;
            Ok(Changes {
                revision,
                users: users.into_iter().map(User::from).collect(),
                keys: keys.iter().filter_map(|(hash, ..)| key::hash(hash)).collect(),
                revoked: keys
                    .into_iter()
                    .filter_map(|(_, id, revoked_at)| revoked_at.map(|_| id))
                    .collect(),
                kills: kills
                    .into_iter()
                    .map(|(user, at, revision)| StreamKill { user, at, revision })
                    .collect(),
            })
        })
        .await
    }

    /// Asks all nodes to end a user's running streams. Returns the revision of the request.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn kill_streams(&self, user: &str, now: i64) -> Result<i64, StoreError> {
        let (pool, user) = (self.pool.clone(), user.to_owned());
        self.at_home(async move {
            let (mut change, revision) = begin_change(&pool).await?;
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
