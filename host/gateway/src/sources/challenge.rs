//! How a registry asks who is there: the header `WWW-Authenticate` (RFC 9110, section 11.6.1).

/// The first challenge of a header that we can answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User and password with the request.
    Basic,
    /// A token, which another server gives out.
    Bearer {
        /// The URL of that server.
        realm: String,
        /// Whom the token is for.
        service: String,
        /// What the token is to allow.
        scope: String,
    },
}

// === impl Challenge ===

impl Challenge {
    /// Reads a header with one challenge.
    pub(super) fn read(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let (mut realm, mut service, mut scope) = Default::default();
        for (name, value) in parameters(rest) {
            match name.to_ascii_lowercase().as_str() {
                "realm" => realm = value,
                "service" => service = value,
                "scope" => scope = value,
                _ => {}
            }
        }
        Some(Self::Bearer { realm, service, scope })
    }
}

/// The parameters `name="value"` or `name=value`, with commas between them.
fn parameters(mut text: &str) -> Vec<(&str, String)> {
    let mut parameters = Vec::new();
    while let Some((name, rest)) = text.split_once('=') {
        let name = name.trim_matches([',', ' ']);
        let (value, rest) = value(rest.trim_start());
        parameters.push((name, value));
        text = rest;
    }
    parameters
}

/// A value, and what stands behind it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(',').unwrap_or((text, ""));
        return (value.trim().to_owned(), rest);
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, &quoted[at + 1..]),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: &str, scope: &str) -> Challenge {
        let [realm, service, scope] = [realm, service, scope].map(ToOwned::to_owned);
        Challenge::Bearer { realm, service, scope }
    }

    fn read(header: &str) -> Challenge {
        Challenge::read(header).unwrap()
    }

    #[test]
    fn the_challenges_of_known_registries_are_read() {
        let ghcr = r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:a/b:pull""#;
        assert_eq!(
            read(ghcr),
            bearer("https://ghcr.io/token", "ghcr.io", "repository:a/b:pull")
        );
        let spaced = r#"bearer realm = "https://a", scope="repository:a:pull,push" , error="x", service=b"#;
        assert_eq!(read(spaced), bearer("https://a", "b", "repository:a:pull,push"));
        assert_eq!(read(r#"Basic realm="Registry""#), Challenge::Basic);
    }

    #[test]
    fn whatever_else_a_header_says_ends() {
        assert_eq!(Challenge::read("Negotiate"), None);
        assert_eq!(Challenge::read(""), None);
        assert_eq!(read(r#"Bearer realm="a\"b"#), bearer("a\"b", "", ""));
        assert_eq!(read("Bearer =,=,="), bearer("", "", ""));
        assert_eq!(read(r#"Bearer realm="é\"#), bearer("é", "", ""));
    }
}
