//! `/admin/api/keys`: lists, makes, changes and revokes keys.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Json;
use axum::extract::{Path, Request, State};
use http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account_change::AccountChange;
use super::accounts::{directory, of_store};
use super::key_terms::{TermsShown, check_substitute};
use super::listing::Asked;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use jackfield_accounting::callers::{IssueError, Order, issue};
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::credits::as_credits;
use jackfield_accounting::deed::Deed;
use jackfield_accounting::ledger::utc;
use jackfield_accounting::store::{Key, Spent};

/// How often a change is tried while others change the same key.
const TRIES: usize = 5;

/// A key, without its secret.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct KeyShown {
    id: String,
    user: String,
    name: String,
    /// How its secret begins.
    key_prefix: String,
    created_at: String,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
    terms: TermsShown,
    /// What was spent with it, in a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    spent: Option<SpentShown>,
}

/// What was spent with a key, in credits: as far as the ledger has it, which lags by a second.
#[derive(Debug, Default, JsonSchema, Serialize)]
pub(in crate::edge) struct SpentShown {
    /// Today, in UTC.
    day: f64,
    /// In this month, in UTC.
    month: f64,
    /// Since it was made.
    total: f64,
}

/// Keys, including revoked ones unless `active` is asked for, by user and then the oldest first.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct KeyList {
    data: Vec<KeyShown>,
    /// Whether there are more than were asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

/// The key to make.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::edge) struct NewKey {
    /// The user who gets it.
    user: String,
    /// What it is for.
    name: String,
    /// What it may do on its own. Default: all that its user may.
    #[serde(default)]
    terms: TermsShown,
}

/// What is to be changed of a key. What is left out stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::edge) struct KeyChange {
    /// What it is for.
    name: Option<String>,
    /// What it may do on its own from now on: what is null is taken away, and what is left out stays, within `limits` and
    /// `budget` too. A budget counts what was spent before; limits count from now on.
    #[schemars(with = "Option<TermsShown>")]
    terms: Option<Value>,
}

/// A new key. This is the only time that its secret is shown.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct MadeKey {
    /// The secret.
    key: String,
    #[serde(flatten)]
    shown: KeyShown,
}

/// The key that is revoked.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct RevokedKey {
    id: String,
}

/// `GET /admin/api/keys`.
pub(super) async fn list(State(gateway): State<Arc<Gateway>>, uri: Uri) -> Result<Json<KeyList>, GatewayError> {
    let asked = Asked::of(&uri, &["user", "search", "limit", "active"])?;
    let store = directory(&gateway)?.store();
    let mut keys = store.keys().await.map_err(of_store)?;
    keys.retain(|key| {
        asked.user.as_ref().is_none_or(|user| key.user == *user)
            && !(asked.active && key.revoked_at.is_some())
            && asked.finds(&[&key.id, &key.user, &key.name, &key.prefix])
    });
    let more = asked.cut(&mut keys);
    let ids = keys.iter().map(|key| key.id.as_str().into()).collect();
    let spent = store.spent_by(ids, unix_millis(SystemTime::now())).await;
    let spent: HashMap<_, _> = spent.map_err(of_store)?.into_iter().collect();
    let shown = keys.into_iter().map(|key| {
        let spent = spent.get(key.id.as_str()).copied().map(SpentShown::from);
        KeyShown {
            spent: Some(spent.unwrap_or_default()),
            ..key.into()
        }
    });
    let data = shown.collect();
    Ok(Json(KeyList { data, more }))
}

/// `POST /admin/api/keys`.
pub(super) async fn create(change: AccountChange, request: Request) -> Result<Json<MadeKey>, GatewayError> {
    let example = r#"{"user": "ada", "name": "ci"}"#;
    let (store, new) = change.asked::<NewKey>(request, example).await?;
    let now = unix_millis(SystemTime::now());
    let order = Order {
        user: &new.user,
        name: &new.name,
        terms: new.terms.terms()?,
    };
    let user = store.user(&new.user).await.map_err(of_store)?;
    check_substitute(change.snapshot(), &order.terms, user.as_ref())?;
    let issued = issue(store, order, None, now).await;
    let issued = issued.map_err(|error| match error {
        IssueError::Store(error) => of_store(error),
        IssueError::Randomness(error) => {
            let message = "Keys cannot be made at the moment; try again.";
            GatewayError::new(ErrorKind::Overloaded, message).because(error)
        }
    })?;
    change.note(Deed::key_created(&issued.key)).await;
    Ok(Json(MadeKey {
        key: issued.secret.expose().to_owned(),
        shown: issued.key.into(),
    }))
}

/// `PATCH /admin/api/keys/{id}`.
pub(super) async fn change(
    change: AccountChange,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<KeyShown>, GatewayError> {
    let example = r#"{"terms": {"budget": {"month": 20}}}"#;
    let (store, wanted) = change.asked::<KeyChange>(request, example).await?;
    for _ in 0..TRIES {
        let before = store.active_key(&id).await.map_err(of_store)?;
        let name = wanted.name.as_deref().unwrap_or(&before.name);
        let terms = match &wanted.terms {
            Some(terms) => TermsShown::from(before.terms.clone()).changed(terms.clone())?,
            None => before.terms.clone(),
        };
        let user = store.user(&before.user).await.map_err(of_store)?;
        check_substitute(change.snapshot(), &terms, user.as_ref())?;
        let changed = change.directory()?.change_key(&before, name, &terms).await;
        let Some(after) = changed.map_err(of_store)? else {
            continue;
        };
        change.note(Deed::key_changed(&before, &after)).await;
        return Ok(Json(after.into()));
    }
    let message = "Others change this key at the same time; look at it and try again.";
    Err(GatewayError::new(ErrorKind::InvalidRequest, message).with_status(409))
}

/// `DELETE /admin/api/keys/{id}`.
pub(super) async fn revoke(change: AccountChange, Path(id): Path<String>) -> Result<Json<RevokedKey>, GatewayError> {
    change
        .directory()?
        .revoke_key(&id, None, SystemTime::now())
        .await
        .map_err(of_store)?;
    change.note(Deed::key_revoked(&id)).await;
    Ok(Json(RevokedKey { id }))
}

// === impl KeyShown ===

impl From<Key> for KeyShown {
    fn from(key: Key) -> Self {
        Self {
            id: key.id,
            user: key.user,
            name: key.name,
            key_prefix: key.prefix,
            created_at: utc(key.created_at),
            last_used_at: key.last_used_at.map(utc),
            revoked_at: key.revoked_at.map(utc),
            terms: key.terms.into(),
            spent: None,
        }
    }
}

// === impl SpentShown ===

impl From<Spent> for SpentShown {
    fn from(spent: Spent) -> Self {
        Self {
            day: as_credits(spent.day),
            month: as_credits(spent.month),
            total: as_credits(spent.total),
        }
    }
}
