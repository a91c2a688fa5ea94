//! CORS: which web pages may call from a browser (Fetch standard, section 3.3).

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use jackfield_config::CorsConfig;

/// The methods that the public API uses.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, DELETE");

/// The response headers that a page may read in addition to the safelisted ones.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "age, request-id, retry-after, retry-after-ms, x-error-code, x-jackfield-attempts, x-jackfield-cache, x-jackfield-dropped, \
     x-jackfield-generation, x-jackfield-model, x-jackfield-substitute, x-request-id",
);

/// The origin to allow in the response; `None` if the calling page is not allowed.
pub(super) fn origin(config: &CorsConfig, request: &HeaderMap) -> Option<HeaderValue> {
    if config.origins.is_empty() {
        return None;
    }
    let origin = request.get(header::ORIGIN)?;
    let listed = |allowed: &String| allowed.as_bytes() == origin.as_bytes();
    if config.origins.iter().any(|allowed| allowed == "*") {
        Some(HeaderValue::from_static("*"))
    } else {
        config.origins.iter().any(listed).then(|| origin.clone())
    }
}

/// The response to a CORS preflight; `None` if the request is not one.
pub(super) fn preflight(config: &CorsConfig, request: &Request) -> Option<Response> {
    if request.method() != Method::OPTIONS {
        return None;
    }
    let asked = request.headers();
    asked.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    // SDKs send headers of their own. Allowing them all grants nothing.
    if let Some(wanted) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    let seconds = config.max_age.as_secs();
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, seconds.into());
    Some(response)
}

/// Adds the headers that let the page read the response, if it is allowed. Where any page is, `Vary` keeps a cache from
/// serving one caller what was made for another, also when this caller sent no origin (Fetch standard, section 3.3.5).
pub(super) fn mark(config: &CorsConfig, response: &mut HeaderMap, origin: Option<HeaderValue>) {
    if !config.origins.is_empty() {
        response.append(header::VARY, HeaderValue::from_static("origin"));
    }
    if let Some(origin) = origin {
        response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(origins: &[&str]) -> CorsConfig {
        CorsConfig {
            origins: origins.iter().map(ToString::to_string).collect(),
            ..CorsConfig::default()
        }
    }

    fn from(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static(origin))])
    }

    #[test]
    fn only_listed_pages_may_call() {
        let listed = config(&["https://app.example"]);
        let (page, other) = (from("https://app.example"), from("https://evil.example"));
        assert_eq!(origin(&listed, &page).unwrap(), "https://app.example");
        assert_eq!(origin(&listed, &other), None);
        assert_eq!(origin(&listed, &HeaderMap::new()), None);
        assert_eq!(origin(&config(&["*"]), &other).unwrap(), "*");
        assert_eq!(origin(&config(&[]), &page), None);
    }

    #[test]
    fn responses_vary_by_origin_wherever_one_is_allowed() {
        let marked = |origins: &[&str], origin: Option<HeaderValue>| {
            let mut response = HeaderMap::new();
            mark(&config(origins), &mut response, origin);
            (response.contains_key(header::VARY), response.len())
        };
        let page = || Some(HeaderValue::from_static("https://app.example"));
        assert_eq!(marked(&["https://app.example"], page()), (true, 3));
        assert_eq!(marked(&["https://app.example"], None), (true, 1));
        assert_eq!(marked(&["*"], None), (true, 1));
        assert_eq!(marked(&[], None), (false, 0));
    }

    #[test]
    fn a_preflight_is_answered_and_a_plain_options_is_not() {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = Method::OPTIONS;
        assert!(preflight(&config(&["*"]), &request).is_none());
        let headers = request.headers_mut();
        headers.insert(header::ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("POST"));
        headers.insert(
            header::ACCESS_CONTROL_REQUEST_HEADERS,
            HeaderValue::from_static("x-api-key"),
        );
        let response = preflight(&config(&["*"]), &request).unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_HEADERS], "x-api-key");
        assert_eq!(response.headers()[header::ACCESS_CONTROL_MAX_AGE], "3600");
    }
}
