//! Tokens for a service account: kept while they are valid, fetched ahead of their end, one fetch at a time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use http::HeaderValue;
use tokio::sync::{Mutex, MutexGuard};

use super::account::ServiceAccount;
use super::{AuthorizeError, CredentialError, Keeper, token_endpoint};
use crate::upstream::client::Client;

/// How long before its end a token is replaced, and what part of its life at most.
const AHEAD: Duration = Duration::from_mins(5);
const AHEAD_PART: u32 = 5;

/// For how long a token of which little is left is used while its endpoint gives no new one.
const AGAIN: Duration = Duration::from_secs(30);

/// How old a token is that an upstream refuses because it is not what it was: a younger one would be replaced by its like.
const STALE: Duration = Duration::from_mins(1);

/// Where a provider's tokens come from. Shared by all its requests. `Debug` shows no secret.
pub(crate) struct Tokens {
    account: ServiceAccount,
    scope: String,
    client: Client,
    /// Told of each token before anything is sent with it.
    keeper: Arc<dyn Keeper>,
    kept: ArcSwapOption<Token>,
    /// The one fetch at a time, and why the last one failed.
    fetch: Mutex<Option<AuthorizeError>>,
    /// How many fetches have ended.
    ended: AtomicU64,
}

/// A token as it is sent.
#[derive(Debug, Clone)]
struct Token {
    value: HeaderValue,
    since: SystemTime,
    /// When it is replaced.
    until: SystemTime,
    /// When it is no longer valid.
    end: SystemTime,
}

// === impl Tokens ===

impl Tokens {
    /// Tokens for the account in `key_file`, by way of `client`.
    ///
    /// # Errors
    /// [`CredentialError::KeyFile`].
    pub(crate) fn new(
        key_file: &str,
        (token_url, scope): (Option<&str>, &str),
        client: Client,
        keeper: Arc<dyn Keeper>,
    ) -> Result<Self, CredentialError> {
        Ok(Self {
            account: ServiceAccount::read(key_file, token_url)?,
            scope: scope.to_owned(),
            client,
            keeper,
            kept: ArcSwapOption::empty(),
            fetch: Mutex::new(None),
            ended: AtomicU64::new(0),
        })
    }

    /// The value of `authorization` at this time.
    ///
    /// # Errors
    /// [`AuthorizeError`] if there is no token and none can be fetched. All that wait for one fetch share its error.
    pub(super) async fn authorization(&self, now: SystemTime) -> Result<HeaderValue, AuthorizeError> {
        let seen = self.ended.load(Ordering::Acquire);
        if let Some(token) = self.valid(now) {
            if now >= token.until {
                self.renew(&token, now).await;
            }
            return Ok(self.valid(now).map_or(token.value.clone(), |token| token.value.clone()));
        }
        let fetch = self.fetch.lock().await;
        if let Some(token) = self.valid(now) {
            return Ok(token.value.clone());
        }
        match &*fetch {
            Some(error) if self.ended.load(Ordering::Acquire) > seen => Err(error.clone()),
            _ => self.fetched(fetch, now).await,
        }
    }

    /// An upstream has refused the token: it may have been withdrawn, although it is still valid by its time.
    pub(super) fn refused(&self, now: SystemTime) {
        let is_stale = |token: &Arc<Token>| now.duration_since(token.since).is_ok_and(|age| age > STALE);
        if self.kept.load_full().as_ref().is_some_and(is_stale) {
            self.kept.store(None);
        }
    }

    fn valid(&self, now: SystemTime) -> Option<Arc<Token>> {
        self.kept.load_full().filter(|token| now < token.end)
    }

    /// Fetches the next token while this one is still valid: one request does, all others go on with what there is.
    async fn renew(&self, token: &Token, now: SystemTime) {
        let Ok(fetch) = self.fetch.try_lock() else { return };
        if let Err(error) = self.fetched(fetch, now).await {
            tracing::warn!("the next token for {:?} is not there yet: {error}", self.account);
            let until = (now + AGAIN).min(token.end);
            self.kept.store(Some(Arc::new(Token { until, ..token.clone() })));
        }
    }

    async fn fetched(
        &self,
        mut fetch: MutexGuard<'_, Option<AuthorizeError>>,
        now: SystemTime,
    ) -> Result<HeaderValue, AuthorizeError> {
        let fetched = self.token(now).await;
        *fetch = fetched.as_ref().err().cloned();
        self.ended.fetch_add(1, Ordering::Release);
        let token = fetched?;
        let value = token.value.clone();
        self.kept.store(Some(Arc::new(token)));
        Ok(value)
    }

    async fn token(&self, now: SystemTime) -> Result<Token, AuthorizeError> {
        let assertion = self.account.assertion(&self.scope, now)?;
        self.keeper.keep(&assertion);
        let (token, life) = token_endpoint::fetch(&self.client, &self.account.token_url, &assertion, now).await?;
        self.keeper.keep(&token);
        let value = HeaderValue::try_from(format!("Bearer {token}"));
        let mut value = value.map_err(|_| AuthorizeError::NoToken)?;
        value.set_sensitive(true);
        let ahead = AHEAD.min(life / AHEAD_PART);
        Ok(Token {
            value,
            since: now,
            until: now + life.saturating_sub(ahead),
            end: now + life.saturating_sub(ahead / 2),
        })
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[secret] tokens for {:?}", self.account)
    }
}

#[cfg(test)]
mod tests;
