//! The proxies between us and an upstream, by the rules of the usual environment variables.

use std::fmt;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use jackfield_config::{ProxyConfig, Secret};

/// Which requests go through which proxy. `Debug` shows no credentials.
#[derive(Default)]
pub(crate) struct Proxies {
    config: ProxyConfig,
    /// `None` if there is no proxy at all, which is the usual case.
    matcher: Option<Matcher>,
}

// === impl Proxies ===

impl Proxies {
    /// The proxies of a checked configuration.
    pub(crate) fn new(config: &ProxyConfig) -> Self {
        let text = |proxy: &Option<Secret>| proxy.as_ref().map_or("", Secret::expose).to_owned();
        let is_any = config.http.is_some() || config.https.is_some();
        let matcher = is_any.then(|| {
            let builder = Matcher::builder().http(text(&config.http)).https(text(&config.https));
            builder.no(config.except.clone()).build()
        });
        let config = config.clone();
        Self { config, matcher }
    }

    /// The proxy for requests to `uri`, if they go through one.
    pub(super) fn to(&self, uri: &Uri) -> Option<Intercept> {
        self.matcher.as_ref()?.intercept(uri)
    }

    /// The proxy for requests to `uri` as an operator may read it: without its credential.
    pub(super) fn shown(&self, uri: &Uri) -> Option<String> {
        let proxy = self.to(uri)?;
        let (scheme, host) = (proxy.uri().scheme_str()?, proxy.uri().host()?);
        let port = proxy.uri().port().map_or_else(String::new, |port| format!(":{port}"));
        Some(format!("{scheme}://{host}{port}"))
    }

    /// The proxy's credential, if the request itself has to carry it: over plain HTTP, where there is no tunnel
    /// (RFC 9110, section 11.7.2).
    pub(super) fn authorization(&self, uri: &Uri) -> Option<HeaderValue> {
        if uri.scheme_str() != Some("http") {
            return None;
        }
        self.to(uri)?.basic_auth().cloned()
    }
}

impl PartialEq for Proxies {
    fn eq(&self, other: &Self) -> bool {
        self.config == other.config
    }
}

impl Eq for Proxies {}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.config.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> Proxies {
        Proxies::new(&ProxyConfig {
            http: Some(Secret::new("http://us%65r:pa%20ss@plain.example:3128")),
            https: Some(Secret::new("https://tls.example")),
            except: "localhost, .inside.example, 10.0.0.0/8".to_owned(),
        })
    }

    fn way(uri: &'static str) -> Option<String> {
        let proxy = proxies().to(&Uri::from_static(uri));
        proxy.map(|proxy| proxy.uri().to_string())
    }

    #[test]
    fn the_scheme_decides_which_proxy_and_exceptions_need_none() {
        assert_eq!(
            way("http://a.example/v1").as_deref(),
            Some("http://plain.example:3128/")
        );
        assert_eq!(way("https://a.example/v1").as_deref(), Some("https://tls.example/"));
        for direct in [
            "http://localhost:1/v1",
            "https://a.inside.example/",
            "https://inside.example/",
            "http://10.1.2.3/",
        ] {
            assert_eq!(way(direct), None, "{direct}");
        }
    }

    #[test]
    fn the_credential_is_in_the_request_only_without_a_tunnel_and_never_shown() {
        let authorization = |uri| proxies().authorization(&Uri::from_static(uri));
        assert_eq!(authorization("http://a.example").unwrap(), "Basic dXNlcjpwYSBzcw==");
        assert_eq!(authorization("https://a.example"), None);
        assert!(authorization("http://a.example").unwrap().is_sensitive());
        assert!(!format!("{:?}", proxies()).contains("pa%20ss"));
        let shown = proxies().shown(&Uri::from_static("http://a.example"));
        assert_eq!(shown.as_deref(), Some("http://plain.example:3128"));
    }
}
