//! What `serve` prints once clients may connect: the address, a request to try, and where people may look.

use std::fmt;
use std::net::SocketAddr;

use jackfield_config::{Auth, ServerConfig};

/// What is printed.
pub(super) struct Greeting<'a> {
    /// Where clients are served.
    pub(super) address: SocketAddr,
    /// Where operators are, if they have a listener of their own.
    pub(super) admin: Option<SocketAddr>,
    pub(super) server: &'a ServerConfig,
    /// A model that can answer now.
    pub(super) model: Option<&'a str>,
}

// === impl Greeting ===

impl Greeting<'_> {
    /// The address of the admin page; `None` if it is on neither listener.
    fn page(&self) -> Option<String> {
        let ServerConfig { auth, admin, tls, .. } = self.server;
        // Where anybody could come, nobody is let in without a token.
        let (address, tls, is_open) = match self.admin {
            Some(address) => (address, &admin.tls, address.ip().is_loopback()),
            None => (self.address, tls, *auth == Auth::Off),
        };
        let url = || format!("{}://{address}/admin", scheme(tls.is_some()));
        (is_open || admin.needs_token()).then(url)
    }
}

impl fmt::Display for Greeting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = format!("{}://{}", scheme(self.server.tls.is_some()), self.address);
        writeln!(f, "jackfield is listening on {url}")?;
        if let Some(model) = self.model {
            let body = serde_json::json!({
                "model": model, "messages": [{ "role": "user", "content": "Hello" }],
            });
            let key = match self.server.auth {
                Auth::Off => "",
                Auth::Required => " -H \"authorization: Bearer $KEY\"",
            };
            writeln!(
                f,
                "Try:\n  curl -s {url}/v1/chat/completions{key} -H 'content-type: application/json' -d '{body}'"
            )?;
        }
        if let Some(page) = self.page() {
            writeln!(f, "Or open {page} in a browser.")?;
        }
        Ok(())
    }
}

fn scheme(tls: bool) -> &'static str {
    if tls { "https" } else { "http" }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a greeting on port 8080 with these settings of the server.
    fn lines(server: &ServerConfig, admin: Option<&str>) -> Vec<String> {
        let greeting = Greeting {
            address: "127.0.0.1:8080".parse().unwrap(),
            admin: admin.map(|address| address.parse().unwrap()),
            server,
            model: Some("echo"),
        };
        greeting.to_string().lines().map(str::to_owned).collect()
    }

    #[test]
    fn whoever_needs_no_key_is_shown_none_and_may_open_the_page() {
        let server = ServerConfig {
            auth: Auth::Off,
            ..ServerConfig::default()
        };
        let lines = lines(&server, None);
        assert_eq!(lines[0], "jackfield is listening on http://127.0.0.1:8080");
        assert!(lines[2].starts_with("  curl -s http://127.0.0.1:8080/v1/chat/completions -H 'content-type"));
        assert_eq!(lines[3], "Or open http://127.0.0.1:8080/admin in a browser.");
    }

    #[test]
    fn the_page_is_where_operators_are_and_nowhere_without_them() {
        let closed = lines(&ServerConfig::default(), None);
        assert!(closed[2].contains("Bearer $KEY"), "{closed:?}");
        assert_eq!(closed.len(), 3, "{closed:?}");
        let own = lines(&ServerConfig::default(), Some("127.0.0.1:9090"));
        assert_eq!(own[3], "Or open http://127.0.0.1:9090/admin in a browser.");
        let exposed = lines(&ServerConfig::default(), Some("0.0.0.0:9090"));
        assert_eq!(exposed.len(), 3, "{exposed:?}");
    }
}
