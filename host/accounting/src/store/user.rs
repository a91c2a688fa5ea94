//! Users: who they are, what plan they have, and what they may still spend.

use sqlx::query::QueryAs;
use sqlx::{Any, AnyPool, Transaction};

use super::{Store, StoreError, change};

/// The columns of a [`User`].
pub(super) const COLUMNS: &str = "id, plan, balance, created_at";

/// The longest id, in bytes. `OpenID` Connect (Core 1.0, section 2) allows 255 characters for a token's `sub`.
const LONGEST_ID: usize = 255;

/// The most that one change of a balance may be, in millionths of a credit: a thousand million credits.
const LARGEST_AMOUNT: i64 = 1_000_000_000 * 1_000_000;

/// The largest balance either way. Far from where the integers of the database end, for SQLite would then go on with
/// floating point.
const LARGEST_BALANCE: i64 = 1_000 * LARGEST_AMOUNT;

/// How many users are asked for in one question.
const BATCH: usize = 500;

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The operator's name for them, or the `sub` of their tokens.
    pub id: String,
    /// The name of their plan.
    pub plan: String,
    /// What they may still spend, in millionths of a credit; below 0 is what they owe.
    pub balance: i64,
    /// When they were made, in milliseconds since 1970.
    pub created_at: i64,
}

/// A [`User`] as a row.
pub(super) type Row = (String, String, i64, i64);

// === impl Store ===

impl Store {
    /// Makes a user with `credits`, in millionths of a credit.
    ///
    /// # Errors
    /// `AlreadyThere`, `Invalid` or `Unavailable`.
    pub async fn add_user(&self, id: &str, plan: &str, credits: i64, now: i64) -> Result<User, StoreError> {
        check_id(id)?;
        check_plan(plan)?;
        check_amount(credits)?;
        let user = User {
            id: id.to_owned(),
            plan: plan.to_owned(),
            balance: credits,
            created_at: now,
        };
        let pool = self.pool.clone();
        self.at_home(async move {
            let (mut change, revision) = change(&pool).await?;
            let sql = "INSERT INTO users (id, plan, balance, created_at, revision) \
                       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
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
                return Err(StoreError::AlreadyThere { what, id });
            }
            change.commit().await?;
            Ok(user)
        })
        .await
    }

    /// The user of that id.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        let (pool, id) = (self.pool.clone(), id.to_owned());
        self.at_home(async move { find(&pool, &id).await }).await
    }

    /// All users, by id.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        let pool = self.pool.clone();
        self.at_home(async move {
            let sql = format!("SELECT {COLUMNS} FROM users ORDER BY id");
            let rows = sqlx::query_as::<_, Row>(&sql).fetch_all(&pool).await?;
            Ok(rows.into_iter().map(User::from).collect())
        })
        .await
    }

    /// Those of these users that there are, in no order.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn users_of(&self, ids: Vec<String>) -> Result<Vec<User>, StoreError> {
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

    /// Gives a user another plan.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` or `Unavailable`.
    pub async fn set_plan(&self, id: &str, plan: &str) -> Result<(), StoreError> {
        check_plan(plan)?;
        let (pool, id, plan) = (self.pool.clone(), id.to_owned(), plan.to_owned());
        self.at_home(async move {
            let (mut change, revision) = change(&pool).await?;
            let done = sqlx::query("UPDATE users SET plan = $1, revision = $2 WHERE id = $3")
                .bind(plan)
                .bind(revision)
                .bind(&id)
                .execute(&mut *change)
                .await?;
            if done.rows_affected() == 0 {
                return Err(StoreError::NotFound { what: "user", id });
            }
            Ok(change.commit().await?)
        })
        .await
    }

    /// Adds an amount, in millionths of a credit and of either sign, to a user's balance. Returns the new balance.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` or `Unavailable`.
    pub async fn add_credits(&self, id: &str, amount: i64) -> Result<i64, StoreError> {
        check_amount(amount)?;
        let (pool, id) = (self.pool.clone(), id.to_owned());
        self.at_home(async move {
            let (mut change, revision) = change(&pool).await?;
            // Added in the database, so that the ledger may settle at the same moment.
            let sql = "UPDATE users SET balance = balance + $1, revision = $2 \
                       WHERE id = $3 RETURNING balance";
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

    /// The user that a token speaks of: made if they are new, and given the token's plan if they had another.
    ///
    /// # Errors
    /// `Invalid` or `Unavailable`.
    pub async fn upsert_user(&self, id: &str, plan: &str, now: i64) -> Result<User, StoreError> {
        check_id(id)?;
        check_plan(plan)?;
        let (pool, id, plan) = (self.pool.clone(), id.to_owned(), plan.to_owned());
        self.at_home(async move {
            // Most often nothing is new, and then nothing is written.
            if let Some(user) = find(&pool, &id).await?.filter(|user| user.plan == plan) {
                return Ok(user);
            }
            let (mut change, revision) = change(&pool).await?;
            let user = upsert(&mut change, &id, &plan, now, revision).await?;
            change.commit().await?;
            Ok(user)
        })
        .await
    }
}

async fn find(pool: &AnyPool, id: &str) -> Result<Option<User>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = $1");
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

/// Whether this can be a user's id, or the `sub` of a token.
///
/// # Errors
/// `Invalid`.
pub fn check_id(id: &str) -> Result<(), StoreError> {
    check_name("user", id)
}

fn check_plan(plan: &str) -> Result<(), StoreError> {
    check_name("plan", plan)
}

/// Names stand in tables, logs and URLs: what cannot be seen there is not let in.
pub(super) fn check_name(field: &'static str, name: &str) -> Result<(), StoreError> {
    let problem = if name.is_empty() {
        "is empty"
    } else if name.len() > LONGEST_ID {
        "is longer than 255 bytes"
    } else if name.chars().any(char::is_control) {
        "holds a control character"
    } else if name.trim() != name {
        "begins or ends with a space"
    } else {
        return Ok(());
    };
    let remedy = "write 1 to 255 visible characters";
    Err(StoreError::Invalid { field, problem, remedy })
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
        problem: "is more than can be kept",
        remedy: "write an amount of at most 1000000000 credits",
    }
}

// === impl User ===

impl From<Row> for User {
    fn from((id, plan, balance, created_at): Row) -> Self {
        Self {
            id,
            plan,
            balance,
            created_at,
        }
    }
}
