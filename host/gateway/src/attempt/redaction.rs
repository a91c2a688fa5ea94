//! Removes what was attached to a request from what comes back: some upstreams echo the key they were sent.
//!
//! Looked for is everything that was really attached, in every encoding in which an upstream may show it: raw,
//! percent-encoded, escaped as in JSON or HTML, in Base64, and any mix of these. Reading order: `needle` (what is looked
//! for), `spelling` (how a text may write it).

mod needle;
mod spelling;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::HeaderName;

use self::needle::Needle;
use crate::error::Failure;
use crate::upstream::credential::Keeper;
use crate::upstream::egress::carries_credential;
use jackfield_sandbox::Censor;

/// What stands in place of a secret.
const INSTEAD: &str = "[secret]";

/// How many secrets are kept that were made while requests are sent: two tokens, with what was exchanged for them. Of an
/// earlier one no reply is left.
const MADE: usize = 4;

/// The secrets of one provider. `Debug` shows their number.
#[derive(Default)]
pub(crate) struct Redaction {
    needles: Vec<Needle>,
    /// Those that were made since, the latest one last.
    made: ArcSwap<Vec<Arc<Vec<Needle>>>>,
}

// === impl Redaction ===

impl Redaction {
    /// Also redacts this key, and each part of one that is a user and a password.
    #[must_use]
    pub(crate) fn key(mut self, key: &str) -> Self {
        self.needles.extend(Needle::of_secret(key));
        if let Some((user, password)) = key.split_once(':') {
            self.needles.extend(Needle::of_secret(password));
            self.needles.extend(Needle::of_word(user));
        }
        self
    }

    /// Also redacts an access key: its id, its secret and its session token.
    #[must_use]
    pub(crate) fn access_key(mut self, parts: [Option<&str>; 3]) -> Self {
        self.needles
            .extend(parts.into_iter().flatten().flat_map(Needle::of_secret));
        self
    }

    /// Also redacts the value of a provider's own header. Most of these are no secrets, so only those that look like one
    /// are treated like a key.
    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let is_credential = HeaderName::try_from(name).is_ok_and(|name| carries_credential(&name));
        // As in `Bearer sk-…`: an upstream may show the credential without its scheme.
        let credential = value.split_once(' ').map(|(_, credential)| credential.trim());
        if is_credential {
            self.needles.extend(Needle::of_secret(value));
            return credential.into_iter().fold(self, Self::key);
        }
        self.needles.extend(Needle::of_word(value));
        self
    }

    /// Also redacts the user and the password in the URL of a proxy.
    #[must_use]
    pub(crate) fn proxy(self, url: &str) -> Self {
        let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
        match authority.rsplit_once('@') {
            Some((user_and_password, _)) => self.key(user_and_password).key(&spelling::decoded(user_and_password)),
            None => self,
        }
    }

    /// Replaces each secret in what the failure says.
    #[must_use]
    pub(crate) fn apply(&self, mut failure: Failure) -> Failure {
        let detail = &mut *failure.detail;
        let words = [&mut detail.code, &mut detail.param, &mut detail.kind];
        for text in words.into_iter().flatten().chain([&mut failure.message]) {
            if let Cow::Owned(redacted) = self.text(text) {
                *text = redacted;
            }
        }
        failure
    }

    /// The text without the secrets in it.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.redacted(text.as_bytes()) {
            None => Cow::Borrowed(text),
            Some(redacted) => Cow::Owned(String::from_utf8_lossy(&redacted).into_owned()),
        }
    }

    /// A body without the secrets in it.
    pub(crate) fn body(&self, body: Bytes) -> Bytes {
        self.redacted(&body).map_or(body, Bytes::from)
    }

    /// `None` if there is no secret in it.
    fn redacted(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut redacted: Option<Vec<u8>> = None;
        let (mut at, mut kept) = (0, 0);
        let made = self.made.load();
        while at < text.len() {
            let needles = self.needles.iter().chain(made.iter().flat_map(|secret| secret.iter()));
            let found = needles.filter_map(|needle| needle.found(text, at));
            // The longest one, because one secret may contain another.
            let Some(found) = found.max_by_key(|found| found.end) else {
                at += 1;
                continue;
            };
            let redacted = redacted.get_or_insert_with(|| Vec::with_capacity(text.len()));
            redacted.extend_from_slice(&text[kept..found.start.max(kept)]);
            redacted.extend_from_slice(INSTEAD.as_bytes());
            (at, kept) = (found.end, found.end);
        }
        redacted.map(|mut redacted| {
            redacted.extend_from_slice(&text[kept..]);
            redacted
        })
    }
}

impl Keeper for Redaction {
    fn keep(&self, secret: &str) {
        let needles = Arc::new(Needle::of_secret(secret));
        self.made.rcu(|made| {
            let earlier = made.iter().skip((made.len() + 1).saturating_sub(MADE));
            earlier.chain([&needles]).cloned().collect::<Vec<_>>()
        });
    }
}

/// What a plugin logs may be what an upstream said.
impl Censor for Redaction {
    fn censored<'l>(&self, line: &'l str) -> Cow<'l, str> {
        self.text(line)
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redaction of {} needles", self.needles.len())
    }
}

#[cfg(test)]
mod tests;
