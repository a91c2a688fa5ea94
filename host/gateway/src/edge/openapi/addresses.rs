//! Where the reader of the description reached it, and where operators are called: what the samples of code name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::Request;
use http::uri::Authority;
use http::{HeaderName, header};
use jackfield_config::ServerConfig;

/// How TLS before the gateway says that clients speak it.
pub(super) const SCHEME: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The longest name of a host (RFC 1035, section 2.3.4).
const MAX_HOST: usize = 253;

/// The address of the listener for operators, if they have one of their own; an extension of requests for the description.
#[derive(Debug, Clone, Copy)]
pub(in crate::edge) struct OperatorsAt(pub(in crate::edge) Option<SocketAddr>);

/// The addresses of a description, as one of its readers is to have them. They need no escape, be it in JSON, in a shell, or
/// in code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Addresses {
    /// Where the reader is.
    pub(super) clients: String,
    /// Where the operators' paths are.
    pub(super) operators: String,
    /// The same as a server of the description, relative where it is the reader's own.
    pub(super) operators_server: String,
}

// === impl Addresses ===

impl Addresses {
    /// Those for whoever sends this request. That its host is one to be called by was checked before ([`site`]); one that
    /// would need an escape is replaced by the address that is configured.
    ///
    /// [`site`]: crate::edge::site
    pub(super) fn of(request: &Request, server: &ServerConfig, OperatorsAt(own): OperatorsAt) -> Self {
        let (host, port) = called(request).unwrap_or_else(|| listening(server.listen));
        let secure = server.tls.is_some() || is_forwarded_from_tls(request);
        let clients = match port {
            Some(port) => format!("{}://{host}:{port}", scheme(secure)),
            None => format!("{}://{host}", scheme(secure)),
        };
        let operators = own.map(|own| {
            let scheme = scheme(server.admin.tls.is_some());
            // A listener on all addresses is at the one that the reader knows, too.
            if own.ip().is_unspecified() {
                format!("{scheme}://{host}:{}", own.port())
            } else {
                format!("{scheme}://{own}")
            }
        });
        Self {
            operators_server: operators.clone().unwrap_or_else(|| "/".to_owned()),
            operators: operators.unwrap_or_else(|| clients.clone()),
            clients,
        }
    }
}

const fn scheme(secure: bool) -> &'static str {
    if secure { "https" } else { "http" }
}

/// The host and the port that a request calls, if they are plain.
fn called(request: &Request) -> Option<(String, Option<u16>)> {
    let named = || Authority::try_from(request.headers().get(header::HOST)?.as_bytes()).ok();
    let authority = request.uri().authority().cloned().or_else(named)?;
    let host = authority.host();
    let is_plain = !authority.as_str().contains('@') && is_plain(host);
    is_plain.then(|| (host.to_owned(), authority.port_u16()))
}

/// Whether this is an address, or a name of letters, digits, hyphens, underscores and dots.
fn is_plain(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[') {
        return inner
            .strip_suffix(']')
            .is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok());
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !host.is_empty() && host.len() <= MAX_HOST && host.bytes().all(allowed)
}

/// The host and the port of a listener, as this machine calls it.
fn listening(at: SocketAddr) -> (String, Option<u16>) {
    let ip = match at.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let host = if ip.is_ipv6() {
        format!("[{ip}]")
    } else {
        ip.to_string()
    };
    (host, Some(at.port()))
}

/// Whether a proxy says that its client speaks TLS. Anybody may say so, and gets samples that say the same.
fn is_forwarded_from_tls(request: &Request) -> bool {
    let told = request.headers().get(SCHEME).and_then(|value| value.to_str().ok());
    let told = told.or_else(|| request.uri().scheme_str());
    told.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use jackfield_config::Config;

    use super::*;

    fn addresses(uri: &str, headers: &[(&str, &str)], own: Option<&str>) -> (String, String) {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let own = OperatorsAt(own.map(|own| own.parse().unwrap()));
        let found = Addresses::of(&request, &Config::default().server, own);
        let server = if own.0.is_some() { &*found.operators } else { "/" };
        assert_eq!(found.operators_server, server);
        (found.clients, found.operators)
    }

    #[test]
    fn a_reader_finds_the_address_that_they_called() {
        for (host, address) in [
            ("llm.example", "http://llm.example"),
            ("llm.example:8443", "http://llm.example:8443"),
            ("[::1]:8080", "http://[::1]:8080"),
            ("build_host-2", "http://build_host-2"),
        ] {
            let found = addresses("/openapi.json", &[("host", host)], None);
            assert_eq!(found, (address.to_owned(), address.to_owned()));
        }
        let by_target = addresses("https://a.example/openapi.json", &[("host", "b.example")], None);
        assert_eq!(by_target.0, "https://a.example");
        let forwarded = [("host", "a.example"), ("x-forwarded-proto", "HTTPS")];
        assert_eq!(addresses("/openapi.json", &forwarded, None).0, "https://a.example");
    }

    #[test]
    fn a_host_that_would_need_an_escape_is_not_repeated() {
        let long = "a".repeat(MAX_HOST + 1);
        for host in [
            "a'b",
            "a$(id)",
            "a;b",
            "a&b",
            "`id`",
            "a\"b",
            "a\\b",
            "<a>",
            "u@a",
            "[v1.a]",
            "[::1%25eth0]",
            "",
            &long,
        ] {
            let found = addresses("/openapi.json", &[("host", host)], None);
            assert_eq!(found.0, "http://127.0.0.1:8080", "{host}");
        }
        assert_eq!(addresses("/openapi.json", &[], None).0, "http://127.0.0.1:8080");
    }

    #[test]
    fn operators_are_called_at_their_own_listener() {
        let at = |own| addresses("/openapi.json", &[("host", "llm.example:8080")], Some(own));
        let clients = "http://llm.example:8080".to_owned();
        assert_eq!(
            at("127.0.0.1:9090"),
            (clients.clone(), "http://127.0.0.1:9090".to_owned())
        );
        assert_eq!(at("[::1]:9090").1, "http://[::1]:9090");
        assert_eq!(at("0.0.0.0:9090"), (clients, "http://llm.example:9090".to_owned()));
    }
}
