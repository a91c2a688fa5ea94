//! Paths as clients meant them: without a doubled version, and without slashes that say nothing.

use std::iter::once;

use http::Uri;
use http::uri::PathAndQuery;

/// The version of the API that clients have in their base URL, and their library adds as well.
const VERSION: &str = "v1";

/// Replaces the path by the one that its client meant.
pub(super) fn mend(uri: &mut Uri) {
    let Some(path) = meant(uri.path()) else {
        return;
    };
    let path = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = PathAndQuery::try_from(path).ok().or(parts.path_and_query);
    *uri = Uri::from_parts(parts).unwrap_or_default();
}

/// The path without empty segments, and without a version in front of another one; `None` if it is as it should be.
fn meant(path: &str) -> Option<String> {
    let is_odd = path.len() > 1 && path.ends_with('/') || path.contains("//") || path.starts_with("/v1/v");
    if !is_odd || !path.starts_with('/') {
        return None;
    }
    let mut segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let doubled = |pair: &[&str]| pair[0] == VERSION && is_version(pair[1]);
    let surplus = segments.windows(2).take_while(|pair| doubled(pair)).count();
    segments.drain(..surplus);
    let meant: String = once("").chain(segments).collect::<Vec<_>>().join("/");
    let meant = if meant.is_empty() { "/".to_owned() } else { meant };
    (meant != path).then_some(meant)
}

/// Whether this is a version such as `v1`, `v2` or `v1beta`.
fn is_version(segment: &str) -> bool {
    let number = segment
        .strip_prefix('v')
        .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    number.is_some_and(|name| name.len() + 1 < segment.len() && matches!(name, "" | "beta" | "alpha"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_its_client_meant() {
        for (sent, path) in [
            ("/v1/chat/completions/", "/v1/chat/completions"),
            ("/v1/v1/chat/completions", "/v1/chat/completions"),
            ("/v1/v1/v1/messages?beta=true", "/v1/messages?beta=true"),
            ("/v1/v2/rerank", "/v2/rerank"),
            ("/v1/v1beta/models/m:countTokens", "/v1beta/models/m:countTokens"),
            ("//v1//models/?limit=1", "/v1/models?limit=1"),
            ("//", "/"),
            ("/v1/v1", "/v1"),
        ] {
            let mut uri: Uri = sent.parse().unwrap();
            mend(&mut uri);
            assert_eq!(uri.to_string(), path, "{sent}");
        }
    }

    #[test]
    fn every_other_path_stays() {
        for path in [
            "/",
            "/v1/models/v1/large",
            "/v1/vision",
            "/v1/vbeta/x",
            "/v2/v1/x",
            "/v1/models/a%2F%2Fb?x=/v1/v1/",
            "*",
        ] {
            let mut uri: Uri = path.parse().unwrap();
            mend(&mut uri);
            assert_eq!(uri.to_string(), path);
        }
        let mut whole: Uri = "http://localhost:1/v1/v1/models/".parse().unwrap();
        mend(&mut whole);
        assert_eq!(whole.to_string(), "http://localhost:1/v1/models");
    }
}
