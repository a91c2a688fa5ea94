//! Whose web page may call where no credential is needed: none but this machine's own and those that are configured.
//!
//! A browser sends requests of any page to loopback too. A page may not read the answers, but a request that nobody has
//! to sign costs money all the same; and a page whose name has been pointed to 127.0.0.1 in the meantime (DNS rebinding)
//! reads them as its own. `Host` tells the second, `Origin` and `Sec-Fetch-Site` (Fetch Metadata, section 2.3) the first.

use std::net::IpAddr;

use axum::extract::Request;
use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue};

use super::operators;
use crate::error::{ErrorKind, GatewayError};
use jackfield_config::escaped::cut;
use jackfield_config::{Auth, Config, ServerConfig};

/// What cannot be misused and tells nothing: load balancers probe it by any name.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// The most bytes of a header's value that an error repeats.
const MAX_NAMED: usize = 128;

/// The error for a request that another site's page may have sent, or may read the answer of; `None` if there is no such
/// page, or the request needs a credential, which no browser adds by itself.
pub(super) fn refusal(config: &Config, request: &Request) -> Option<GatewayError> {
    let server = &config.server;
    let path = request.uri().path();
    let needs_none = if operators::has(path) {
        !operators::needs_token(config, request)
    } else {
        server.auth == Auth::Off
    };
    if !needs_none || PROBES.contains(&path) {
        return None;
    }
    let target = request.uri().authority();
    foreign_host(server, target, request.headers()).or_else(|| foreign_page(server, request.headers()))
}

/// The error for a request that calls this machine by a name which may be anybody's. The name is in the target of a
/// request of HTTP/2 and of one to a proxy, and else in `Host`; whatever is there must be ours.
fn foreign_host(server: &ServerConfig, target: Option<&Authority>, headers: &HeaderMap) -> Option<GatewayError> {
    let mut hosts = headers.get_all(HOST).iter();
    let foreign = match target.filter(|target| !is_own(server, target.host())) {
        Some(target) => target.to_string(),
        None => lossy(hosts.find(|host| !is_own_host(server, host))?),
    };
    let message = format!(
        "While no key is required, calls to the host `{}` are refused, because any web page can have a name point \
         here. Call localhost or 127.0.0.1. The operator can list the name of a proxy in server.hosts, or set \
         server.auth: required.",
        cut(&foreign, MAX_NAMED)
    );
    Some(GatewayError::new(ErrorKind::HostNotAllowed, message))
}

/// The same of the value of `Host`, which mostly is a local name, with or without a port, and is known as such unread.
fn is_own_host(server: &ServerConfig, host: &HeaderValue) -> bool {
    let is_plain = host.to_str().is_ok_and(|host| {
        let (name, port) = host.split_once(':').unwrap_or((host, ""));
        is_local_name(name) && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    let read = || Authority::try_from(host.as_bytes()).ok();
    is_plain || read().is_some_and(|authority| is_own(server, authority.host()))
}

/// The error for a request of another site's page.
fn foreign_page(server: &ServerConfig, headers: &HeaderMap) -> Option<GatewayError> {
    let listed = |origin: &HeaderValue| {
        let origins = &server.cors.origins;
        origins
            .iter()
            .any(|allowed| allowed == "*" || allowed.as_bytes() == origin.as_bytes())
    };
    let origins = headers.get_all(ORIGIN);
    let is_listed = origins.iter().next().is_some() && origins.iter().all(listed);
    let foreign = origins
        .iter()
        .find(|origin| !listed(origin) && !is_own_page(server, origin));
    let crosses = |site: &HeaderValue| site.as_bytes().eq_ignore_ascii_case(b"cross-site");
    let crossing = headers.get_all("sec-fetch-site").iter().any(crosses);
    let page = match foreign {
        Some(origin) => format!("the web page `{}`", cut(&lossy(origin), MAX_NAMED)),
        None if crossing && !is_listed => "web pages of other sites".to_owned(),
        None => return None,
    };
    let message = format!(
        "While no key is required, calls from {page} are refused. The operator can list its origin in \
         server.cors.origins, or set server.auth: required."
    );
    Some(GatewayError::new(ErrorKind::OriginNotAllowed, message))
}

/// Whether a page comes from this machine, or from a name that is configured.
fn is_own_page(server: &ServerConfig, origin: &HeaderValue) -> bool {
    let host = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let host = host.and_then(|(_, host)| host.parse::<Authority>().ok());
    host.is_some_and(|host| is_own(server, host.host()))
}

/// Whether no web page can be had under a host name but this machine's own, or the operator says that it is ours.
fn is_own(server: &ServerConfig, host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let is_loopback = address.is_ok_and(|address| address.to_canonical().is_loopback());
    let named = |name: &String| name.eq_ignore_ascii_case(host);
    is_loopback || is_local_name(host) || server.hosts.iter().any(named)
}

/// Whether a host name is of this machine or its network: `localhost`, or another one without a dot, under which nobody
/// can have a public site (dotless domains are prohibited; SAC 053).
fn is_local_name(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    host.bytes().all(plain) && host.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn off() -> ServerConfig {
        ServerConfig {
            auth: Auth::Off,
            ..ServerConfig::default()
        }
    }

    /// The code of the refusal of a request with this target and these headers.
    fn code(server: &ServerConfig, target: &str, headers: &[(&str, &str)]) -> Option<&'static str> {
        let mut request = Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let config = Config {
            server: server.clone(),
            ..Config::default()
        };
        refusal(&config, &request).map(|error| error.kind.code())
    }

    #[test]
    fn a_name_that_others_may_own_is_refused() {
        let own = [
            "localhost",
            "LocalHost:8080",
            "127.0.0.1:8080",
            "127.9.9.9",
            "[::1]:8080",
            "[::1]",
            "[::ffff:127.0.0.1]:1",
            "x",
            "build-host:8080",
        ];
        for host in own {
            assert_eq!(code(&off(), "/v1/models", &[("host", host)]), None, "{host}");
        }
        let foreign = [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "localhost@evil.example",
            "10.0.0.1",
            "0.0.0.0:8080",
            "[::]",
            "[fe80::1]:80",
            "evil.example:8080",
            "",
            "a b",
            "2130706433",
            "127.1",
            "localhost.",
        ];
        for host in foreign {
            let refused = Some("HOST_NOT_ALLOWED");
            assert_eq!(code(&off(), "/v1/models", &[("host", host)]), refused, "{host}");
            assert_eq!(code(&off(), "/healthz", &[("host", host)]), None, "{host}");
        }
        // Browsers always name a host; the oldest programs do not.
        assert_eq!(code(&off(), "/v1/models", &[]), None);
    }

    #[test]
    fn the_target_counts_as_well_as_the_header() {
        let refused = Some("HOST_NOT_ALLOWED");
        assert_eq!(code(&off(), "http://evil.example/v1/models", &[]), refused);
        assert_eq!(
            code(&off(), "http://evil.example/v1/models", &[("host", "localhost")]),
            refused
        );
        assert_eq!(
            code(&off(), "http://localhost/v1/models", &[("host", "evil.example")]),
            refused
        );
        assert_eq!(
            code(&off(), "/v1/models", &[("host", "localhost"), ("host", "evil.example")]),
            refused
        );
        assert_eq!(
            code(&off(), "http://[::1]:80/v1/models", &[("host", "localhost")]),
            None
        );
    }

    #[test]
    fn a_page_of_another_site_is_refused_unless_it_is_listed() {
        let mut listed = off();
        listed.cors.origins = vec!["https://app.example".to_owned()];
        let (refused, site) = (Some("ORIGIN_NOT_ALLOWED"), "sec-fetch-site");
        let table: [(&[(&str, &str)], _); 11] = [
            (&[("origin", "https://app.example")], None),
            (&[("origin", "https://app.example"), (site, "cross-site")], None),
            (&[("origin", "http://localhost:3000")], None),
            (&[("origin", "http://127.0.0.1:8080"), (site, "same-origin")], None),
            (&[(site, "none")], None),
            (&[("origin", "https://evil.example")], refused),
            (&[("origin", "null")], refused),
            (&[("origin", "https://localhost.evil.example")], refused),
            (&[("origin", "http://localhost:3000"), (site, "cross-site")], refused),
            (&[(site, "Cross-Site")], refused),
            (
                &[("origin", "https://app.example"), ("origin", "https://evil.example")],
                refused,
            ),
        ];
        for (headers, expected) in table {
            assert_eq!(code(&listed, "/v1/models", headers), expected, "{headers:?}");
        }
        listed.cors.origins = vec!["*".to_owned()];
        assert_eq!(
            code(&listed, "/v1/models", &[("origin", "null"), (site, "cross-site")]),
            None
        );
    }

    #[test]
    fn names_of_the_configuration_are_ours() {
        let mut server = off();
        server.hosts = vec!["llm.example".to_owned()];
        assert_eq!(code(&server, "/v1/models", &[("host", "LLM.example:8443")]), None);
        assert_eq!(code(&server, "/v1/models", &[("origin", "https://llm.example")]), None);
        assert!(code(&server, "/v1/models", &[("host", "a.llm.example")]).is_some());
    }

    #[test]
    fn a_request_that_needs_a_credential_may_come_from_anywhere() {
        let foreign = [("host", "gateway.example"), ("origin", "https://evil.example")];
        assert_eq!(code(&ServerConfig::default(), "/v1/models", &foreign), None);
        assert!(code(&ServerConfig::default(), "/admin/snapshot", &foreign).is_some());
        let mut guarded = off();
        guarded.admin.token = Some(jackfield_config::Secret::new("token"));
        assert!(code(&off(), "/metrics", &foreign).is_some());
        assert_eq!(code(&guarded, "/metrics", &foreign), None);
        assert_eq!(code(&guarded, "/admin/snapshot", &foreign), None);
    }
}
