//! Names a wrong clock, on which signatures and assertions depend.

use std::fmt;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};
use httpdate::parse_http_date;

/// A smaller difference is as likely the way of the reply, and does no harm.
const LEAST: Duration = Duration::from_mins(1);

/// How far this machine's clock is from an upstream's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Skew {
    /// It is behind by this much.
    Behind(Duration),
    /// It is ahead by this much.
    Ahead(Duration),
}

// === impl Skew ===

impl Skew {
    /// The difference between `now` and a reply's `Date` (RFC 9110, section 6.6.1); `None` if it is small or unknown.
    pub(crate) fn of(headers: &HeaderMap, now: SystemTime) -> Option<Self> {
        let theirs = parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok()?;
        let skew = match theirs.duration_since(now) {
            Ok(behind) => Self::Behind(behind),
            Err(ahead) => Self::Ahead(ahead.duration()),
        };
        let (Self::Behind(difference) | Self::Ahead(difference)) = skew;
        (difference >= LEAST).then_some(skew)
    }
}

impl fmt::Display for Skew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (difference, way) = match self {
            Self::Behind(difference) => (difference, "behind"),
            Self::Ahead(difference) => (difference, "ahead of"),
        };
        let seconds = difference.as_secs();
        write!(f, "this machine's clock is {seconds} s {way} theirs; set it right")
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_clock_that_is_wrong_is_named_with_its_direction() {
        let theirs = SystemTime::UNIX_EPOCH + Duration::from_mins(24_015_636);
        let date = HeaderValue::try_from(httpdate::fmt_http_date(theirs)).unwrap();
        let headers = HeaderMap::from_iter([(header::DATE, date)]);
        let said = |now| Skew::of(&headers, now).map(|skew| skew.to_string());
        let minutes = Duration::from_mins;
        assert_eq!(
            said(theirs - minutes(7)).as_deref(),
            Some("this machine's clock is 420 s behind theirs; set it right")
        );
        assert_eq!(
            said(theirs + minutes(90)).as_deref(),
            Some("this machine's clock is 5400 s ahead of theirs; set it right")
        );
        assert_eq!(said(theirs + Duration::from_secs(59)), None);
        assert_eq!(Skew::of(&HeaderMap::new(), theirs), None);
    }
}
