//! What a client wants of the cache, as far as the model's configuration lets it.

use http::HeaderMap;
use jackfield_config::CacheWhen;
use jackfield_config::escaped::cut;

use crate::error::{ErrorKind, GatewayError};

/// The header by which a client says so.
const HEADER: &str = "x-jackfield-cache";

/// The most bytes of the header's value that an error repeats.
const MAX_VALUE: usize = 64;

/// How a request uses the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// It takes what is kept, and what it is answered is kept.
    Use,
    /// It does neither.
    Skip,
    /// It takes nothing, and what it is answered is kept.
    Refresh,
}

// === impl Wish ===

impl Wish {
    /// That of a request with these headers to a model whose cache is used `when`.
    ///
    /// # Errors
    /// `INVALID_REQUEST` if the header says anything else.
    pub(crate) fn of(headers: &HeaderMap, when: CacheWhen) -> Result<Self, GatewayError> {
        let Some(value) = headers.get(HEADER) else {
            return Ok(match when {
                CacheWhen::Always => Self::Use,
                CacheWhen::Asked => Self::Skip,
            });
        };
        match value.as_bytes() {
            b"use" => Ok(Self::Use),
            b"skip" => Ok(Self::Skip),
            b"refresh" => Ok(Self::Refresh),
            other => {
                let other = String::from_utf8_lossy(other);
                let message = format!(
                    "{HEADER} must be use, skip or refresh, found {:?}.",
                    cut(&other, MAX_VALUE)
                );
                Err(GatewayError::new(ErrorKind::InvalidRequest, message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn wish(said: Option<&'static str>, when: CacheWhen) -> Result<Wish, String> {
        let said = said.map(|said| (HeaderName::from_static(HEADER), HeaderValue::from_static(said)));
        Wish::of(&HeaderMap::from_iter(said), when).map_err(|error| error.to_string())
    }

    #[test]
    fn the_client_decides_and_else_the_configuration() {
        for (said, always, asked) in [
            (None, Wish::Use, Wish::Skip),
            (Some("use"), Wish::Use, Wish::Use),
            (Some("skip"), Wish::Skip, Wish::Skip),
            (Some("refresh"), Wish::Refresh, Wish::Refresh),
        ] {
            assert_eq!(wish(said, CacheWhen::Always), Ok(always), "{said:?}");
            assert_eq!(wish(said, CacheWhen::Asked), Ok(asked), "{said:?}");
        }
        let refused = wish(Some("no"), CacheWhen::Always).unwrap_err();
        assert!(
            refused.contains("x-jackfield-cache must be use, skip or refresh, found \"no\"."),
            "{refused}"
        );
    }
}
