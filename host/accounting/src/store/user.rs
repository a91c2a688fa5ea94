//! Users: their ids, plans and balances.

use sqlx::query::QueryAs;
use sqlx::{Any, AnyPool, Encode, Transaction, Type};

use super::name::check_name;
use super::{Store, StoreError, begin_change};

/// The columns of a [`User`].
pub(super) const COLUMNS: &str = "id, plan, balance, created_at, disabled_at";

/// The largest change of a balance, in micro-credits: a billion credits.
const LARGEST_AMOUNT: i64 = 1_000_000_000 * 1_000_000;

/// The largest balance, in micro-credits, positive or negative. Far below the limit of 64-bit integers, where SQLite
/// would switch to floating point.
pub(crate) const LARGEST_BALANCE: i64 = 1_000 * LARGEST_AMOUNT;

/// Users per query.
const BATCH: usize = 500;

/// A user of the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id that the operator chose, or the `sub` of the user's tokens.
    pub id: String,
    /// The name of their plan.
    pub plan: String,
    /// What they may still spend, in micro-credits; negative if they owe.
    pub balance: i64,
    /// When they were created, in milliseconds since 1970.
    pub created_at: i64,
    /// Since when their requests are refused, in milliseconds since 1970; `None` if they are served.
    pub disabled_at: Option<i64>,
}

/// A [`User`] as a row.
pub(super) type Row = (String, String, i64, i64, Option<i64>);

// === impl Store ===

impl Store {
    /// Creates a user with a balance of `credits`, in micro-credits. `now` is in milliseconds since 1970. One of that id who
    /// was removed begins anew.
    ///
    /// # Errors
    /// `AlreadyExists`, `Invalid` or `Unavailable`.
    pub async fn add_user(&self, id: &str, plan: &str, credits: i64, now: i64) -> Result<User, StoreError> {
        check_id(id)?;
        check_plan(plan)?;
        check_amount(credits)?;
        let user = User {
            id: id.to_owned(),
            plan: plan.to_owned(),
            balance: credits,
            created_at: now,
            disabled_at: None,
        };
        let pool = self.pool.clone();
        self.at_home(async move {
            let (mut change, revision) = begin_change(&pool).await?;
            let sql = "INSERT INTO users (id, plan, balance, created_at, revision) \
                       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE \
                       SET plan = excluded.plan, balance = excluded.balance, created_at = excluded.created_at, \
                       revision = excluded.revision, disabled_at = NULL, removed_at = NULL \
                       WHERE users.removed_at IS NOT NULL";
            let done = sqlx::query(sql)
                .bind(&user.id)
                .bind(&user.plan)
                .bind(user.balance)
                .bind(user.created_at)
                .bind(revision)
                .execute(&mut *change)
                .await?;
            if done.rows_affected() == 0 {
                let (what, id) = ("user", user.id);
                return Err(StoreError::AlreadyExists { what, id });
            }
            change.commit().await?;
            Ok(user)
        })
        .await
    }

    /// The user with this id, if there is one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        let (pool, id) = (self.pool.clone(), id.to_owned());
        self.at_home(async move { find(&pool, &id).await }).await
    }

    /// All users, sorted by id, without those who were removed.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        let pool = self.pool.clone();
        self.at_home(async move {
            let sql = format!("SELECT {COLUMNS} FROM users WHERE removed_at IS NULL ORDER BY id");
            let rows = sqlx::query_as::<_, Row>(&sql).fetch_all(&pool).await?;
            Ok(rows.into_iter().map(User::from).collect())
        })
        .await
    }

    /// The users with these ids, in no particular order. Unknown ids are skipped.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn users_of(&self, ids: Vec<String>) -> Result<Vec<User>, StoreError> {
        let pool = self.pool.clone();
        self.at_home(async move {
            let mut users = Vec::with_capacity(ids.len());
            for batch in ids.chunks(BATCH) {
                let marks: Vec<String> = (1..=batch.len()).map(|n| format!("${n}")).collect();
                let marks = marks.join(", ");
                let sql = format!("SELECT {COLUMNS} FROM users WHERE id IN ({marks})");
                let query = sqlx::query_as::<_, Row>(&sql);
                let query = batch.iter().fold(query, QueryAs::bind);
                users.extend(query.fetch_all(&pool).await?.into_iter().map(User::from));
            }
            Ok(users)
        })
        .await
    }

    /// Changes the plan of a user.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` or `Unavailable`.
    pub async fn set_plan(&self, id: &str, plan: &str) -> Result<(), StoreError> {
        check_plan(plan)?;
        let (pool, id, plan) = (self.pool.clone(), id.to_owned(), plan.to_owned());
        self.at_home(async move {
            let (mut change, revision) = begin_change(&pool).await?;
            set_of_user(&mut change, &id, ("plan = $1", plan), revision).await?;
            Ok(change.commit().await?)
        })
        .await
    }

    /// Adds an amount, in micro-credits and possibly negative, to a user's balance. Returns the new balance.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` or `Unavailable`.
    pub async fn add_credits(&self, id: &str, amount: i64) -> Result<i64, StoreError> {
        check_amount(amount)?;
        let (pool, id) = (self.pool.clone(), id.to_owned());
        self.at_home(async move {
            let (mut change, revision) = begin_change(&pool).await?;
            // Added in the database, so that the ledger may charge the user at the same time.
            let sql = "UPDATE users SET balance = balance + $1, revision = $2 \
                       WHERE id = $3 AND removed_at IS NULL RETURNING balance";
            let balance = sqlx::query_as::<_, (i64,)>(sql)
                .bind(amount)
                .bind(revision)
                .bind(&id)
                .fetch_optional(&mut *change)
                .await?;
            let Some((balance,)) = balance else {
                return Err(StoreError::NotFound { what: "user", id });
            };
            if balance.abs() > LARGEST_BALANCE {
                return Err(too_large());
            }
            change.commit().await?;
            Ok(balance)
        })
        .await
    }

    /// Creates a user if absent, and changes their plan if it differs.
    ///
    /// # Errors
    /// `Invalid` or `Unavailable`.
    pub(crate) async fn upsert_user(&self, id: &str, plan: &str, now: i64) -> Result<User, StoreError> {
        check_id(id)?;
        check_plan(plan)?;
        let (pool, id, plan) = (self.pool.clone(), id.to_owned(), plan.to_owned());
        self.at_home(async move {
            // Usually nothing is new, and then nothing is written.
            // Who is refused in any case changes nothing by asking.
            let same = |user: &User| user.plan == plan || user.disabled_at.is_some();
            if let Some(user) = find_even_removed(&pool, &id).await?.filter(same) {
                return Ok(user);
            }
            let (mut change, revision) = begin_change(&pool).await?;
            let user = upsert(&mut change, &id, &plan, now, revision).await?;
            change.commit().await?;
            Ok(user)
        })
        .await
    }
}

/// Changes a user who is not removed, by assignments with `$1` as their value.
///
/// # Errors
/// `NotFound` or `Unavailable`.
pub(super) async fn set_of_user<V>(
    change: &mut Transaction<'static, Any>,
    id: &str,
    (assignments, value): (&str, V),
    revision: i64,
) -> Result<(), StoreError>
where
    V: for<'q> Encode<'q, Any> + Type<Any> + Send,
{
    let sql = format!("UPDATE users SET {assignments}, revision = $2 WHERE id = $3 AND removed_at IS NULL");
    let query = sqlx::query(&sql).bind(value).bind(revision).bind(id);
    if query.execute(&mut **change).await?.rows_affected() > 0 {
        return Ok(());
    }
    let (what, id) = ("user", id.to_owned());
    Err(StoreError::NotFound { what, id })
}

async fn find_even_removed(pool: &AnyPool, id: &str) -> Result<Option<User>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = $1");
    let row = sqlx::query_as::<_, Row>(&sql).bind(id).fetch_optional(pool);
    Ok(row.await?.map(User::from))
}

async fn find(pool: &AnyPool, id: &str) -> Result<Option<User>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = $1 AND removed_at IS NULL");
    let row = sqlx::query_as::<_, Row>(&sql).bind(id).fetch_optional(pool);
    Ok(row.await?.map(User::from))
}

async fn upsert(
    change: &mut Transaction<'static, Any>,
    id: &str,
    plan: &str,
    now: i64,
    revision: i64,
) -> Result<User, StoreError> {
    let sql = format!(
        "INSERT INTO users (id, plan, created_at, revision) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET plan = excluded.plan, revision = excluded.revision \
         RETURNING {COLUMNS}"
    );
    let row = sqlx::query_as::<_, Row>(&sql)
        .bind(id)
        .bind(plan)
        .bind(now)
        .bind(revision)
        .fetch_one(&mut **change);
    Ok(row.await?.into())
}

/// Checks that a user's id, or the `sub` or plan of a token, is allowed.
///
/// # Errors
/// `Invalid`.
pub(crate) fn check_id(id: &str) -> Result<(), StoreError> {
    check_name("user", id)
}

fn check_plan(plan: &str) -> Result<(), StoreError> {
    check_name("plan", plan)
}

fn check_amount(amount: i64) -> Result<(), StoreError> {
    if (-LARGEST_AMOUNT..=LARGEST_AMOUNT).contains(&amount) {
        Ok(())
    } else {
        Err(too_large())
    }
}

fn too_large() -> StoreError {
    StoreError::Invalid {
        field: "credits",
        problem: "is too large",
        remedy: "use an amount of at most 1000000000 credits",
    }
}

// === impl User ===

impl From<Row> for User {
    fn from((id, plan, balance, created_at, disabled_at): Row) -> Self {
        Self {
            id,
            plan,
            balance,
            created_at,
            disabled_at,
        }
    }
}
