//! One attempt's way through the keys of its provider: a key that is refused rests, and the next one is tried at once.

use std::time::Duration;

use super::adapter::Adapter;
use crate::affinity::Affinity;
use crate::error::{Class, Failure, Reached};
use crate::upstream::credential::Credential;
use crate::upstream::credentials::{Chosen, Credentials};

/// How long a key rests that is not accepted at all.
const REFUSED: Duration = Duration::from_mins(1);

/// How long a key rests that is limited, if its upstream does not say.
const LIMITED: Duration = Duration::from_secs(10);

/// The longest rest.
const LONGEST: Duration = Duration::from_hours(1);

/// The keys that an attempt uses, one after the other.
pub(super) enum Keys<'a> {
    /// There is no choice.
    Single(&'a Credential),
    /// One of several.
    Several(Several<'a>),
}

/// Where an attempt stands among several keys.
pub(super) struct Several<'a> {
    all: &'a Credentials,
    affinity: Option<Affinity>,
    now: Chosen<'a>,
    refused: Vec<usize>,
    /// The most hopeful of the refusals so far.
    failure: Option<Failure>,
}

// === impl Keys ===

impl<'a> Keys<'a> {
    /// The key with which an attempt begins. What has the same `affinity` begins with the same one.
    pub(super) fn of(adapter: &'a Adapter, affinity: Option<Affinity>) -> Self {
        let all = &adapter.credentials;
        let several = || {
            Some(Several {
                all,
                affinity,
                now: all.choose(affinity)?,
                refused: Vec::new(),
                failure: None,
            })
        };
        match all.single() {
            Some(single) => Self::Single(single),
            None => several().map_or(Self::Single(&Credential::None), Self::Several),
        }
    }

    /// The key to send now.
    pub(super) fn current(&self) -> &'a Credential {
        match self {
            Self::Single(credential) => credential,
            Self::Several(several) => several.now.credential(),
        }
    }

    /// The upstream took the key.
    pub(super) fn accepted(&self, adapter: &Adapter) {
        if let Self::Several(several) = self
            && several.now.is_back()
        {
            let (provider, key) = (&*adapter.provider, several.now.index() + 1);
            tracing::info!(provider, key, "key back: the upstream accepts it again");
        }
    }

    /// The first exchange of the attempt failed. `Ok` if it is to be made again, with the key that is current then.
    ///
    /// # Errors
    /// The failure of the attempt: the key is not at fault, or no other is left.
    pub(super) fn failed(&mut self, failure: Failure, adapter: &Adapter, id: &str) -> Result<(), Failure> {
        let (Self::Several(several), Some(rest)) = (self, rest_after(&failure)) else {
            return Err(failure);
        };
        several.refused(failure, rest, adapter, id)
    }
}

// === impl Several ===

impl Several<'_> {
    fn refused(&mut self, failure: Failure, rest: Duration, adapter: &Adapter, id: &str) -> Result<(), Failure> {
        let shown = adapter.redaction.text(&failure.message);
        tracing::warn!(
            request_id = id,
            provider = &*adapter.provider,
            key = self.now.index() + 1,
            class = %failure.class,
            status = failure.detail.status,
            rest_seconds = rest.as_secs(),
            "key left out: {shown}"
        );
        self.now.let_rest(rest);
        self.refused.push(self.now.index());
        let failure = match self.failure.take() {
            Some(earlier) => more_hopeful(earlier, failure),
            None => failure,
        };
        match self.all.choose_another(self.affinity, &self.refused) {
            Some(another) => {
                self.now = another;
                self.failure = Some(failure);
                Ok(())
            }
            None => Err(failure),
        }
    }
}

/// How long a key rests after this failure; `None` if another key would not help.
fn rest_after(failure: &Failure) -> Option<Duration> {
    if failure.reached != Reached::Upstream {
        return None;
    }
    let rest = match (failure.class, failure.detail.status) {
        (Class::RateLimited, _) => failure.retry_after.unwrap_or(LIMITED),
        // 402 is a lack of credit; some say so with 429.
        (Class::Refused, Some(401 | 402 | 403 | 429)) => failure.retry_after.unwrap_or(REFUSED),
        _ => return None,
    };
    Some(rest.min(LONGEST))
}

/// What is said of a target whose keys were all refused. If one of them is only limited, then so is the target, for as
/// long as the one that is back first.
fn more_hopeful(earlier: Failure, later: Failure) -> Failure {
    match (earlier.class, later.class) {
        (Class::RateLimited, Class::RateLimited) => Failure {
            // One that was not told how long to wait may be asked at any time.
            retry_after: earlier
                .retry_after
                .and_then(|earlier| Some(earlier.min(later.retry_after?))),
            ..later
        },
        (Class::RateLimited, _) => earlier,
        _ => later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(class: Class, status: u16, seconds: Option<u64>) -> Failure {
        Failure {
            retry_after: seconds.map(Duration::from_secs),
            ..Failure::new(class, "no").with_status(status)
        }
    }

    #[test]
    fn a_key_rests_as_long_as_its_upstream_says_within_an_hour() {
        let rest = |class, status, seconds| rest_after(&failed(class, status, seconds)).map(|rest| rest.as_secs());
        assert_eq!(rest(Class::RateLimited, 429, Some(7)), Some(7));
        assert_eq!(rest(Class::RateLimited, 429, None), Some(10));
        assert_eq!(rest(Class::RateLimited, 429, Some(86_400)), Some(3_600));
        for status in [401, 402, 403, 429] {
            assert_eq!(rest(Class::Refused, status, None), Some(60), "{status}");
        }
    }

    #[test]
    fn no_key_is_at_fault_for_anything_else() {
        for (class, status) in [
            (Class::Refused, 404),
            (Class::Client, 400),
            (Class::ContentPolicy, 403),
            (Class::Overloaded, 529),
            (Class::Timeout, 504),
            (Class::Malformed, 200),
        ] {
            assert_eq!(rest_after(&failed(class, status, None)), None, "{class}");
        }
        let of_the_adapter = failed(Class::Refused, 401, None).unprepared();
        assert_eq!(rest_after(&of_the_adapter), None);
    }

    #[test]
    fn a_target_with_a_key_that_is_only_limited_is_limited() {
        let limited = |seconds| failed(Class::RateLimited, 429, seconds);
        let refused = || failed(Class::Refused, 401, None);
        assert_eq!(more_hopeful(limited(Some(5)), refused()), limited(Some(5)));
        assert_eq!(more_hopeful(refused(), limited(Some(5))), limited(Some(5)));
        assert_eq!(more_hopeful(refused(), refused()), refused());
        assert_eq!(more_hopeful(limited(Some(5)), limited(Some(3))), limited(Some(3)));
        assert_eq!(more_hopeful(limited(Some(5)), limited(None)), limited(None));
    }
}
