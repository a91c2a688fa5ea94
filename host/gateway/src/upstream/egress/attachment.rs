//! Which URLs of a client's request the host fetches: those on the operator's list of hosts.

use http::Uri;
use jackfield_config::is_local_url;

/// The longest URL, in bytes.
const LONGEST: usize = 2_048;

/// Why a URL is not fetched. Each message is a predicate whose subject is the URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AttachmentRefusal {
    /// It is not a URL with a host, is too long, or has a user or a fragment.
    #[error("is not a plain URL")]
    NotAUrl,
    /// Its scheme is not `https`.
    #[error("is not an https URL")]
    NotHttps,
    /// It names a local host, and the operator allows public ones only.
    #[error("leads into the gateway's own network")]
    Local,
    /// Its host is not on the list.
    #[error("is on a host that this provider does not fetch from")]
    NotListed,
}

/// A URL that may be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttachmentUrl {
    /// The URL.
    pub(crate) uri: Uri,
    /// Whether it may lead into the gateway's own network.
    pub(crate) private: bool,
}

/// Checks a URL against the list: a host, a host with a port, `*.` and a domain, or `*` for every host. Without a port in
/// the list, it is the scheme's own. With `private`, hosts of the gateway's own network may be fetched from as well, also
/// by plain http, but only those that the list names in full.
///
/// # Errors
/// [`AttachmentRefusal`].
pub(crate) fn attachment(url: &str, hosts: &[String], private: bool) -> Result<AttachmentUrl, AttachmentRefusal> {
    let plain = url.len() <= LONGEST && url.is_ascii() && !url.contains(['#', '\\', ' ']);
    let uri: Uri = url.parse().ok().filter(|_| plain).ok_or(AttachmentRefusal::NotAUrl)?;
    let authority = uri.authority().ok_or(AttachmentRefusal::NotAUrl)?;
    if authority.as_str().contains('@') {
        return Err(AttachmentRefusal::NotAUrl);
    }
    let usual = match uri.scheme_str() {
        Some("https") => 443,
        Some("http") if private => 80,
        Some(_) => return Err(AttachmentRefusal::NotHttps),
        None => return Err(AttachmentRefusal::NotAUrl),
    };
    let host = authority.host().to_ascii_lowercase();
    let asked = Asked {
        host: host.trim_end_matches('.'),
        port: authority.port_u16().unwrap_or(usual),
        usual,
    };
    let local = is_local_url(url);
    let is_named = hosts.iter().any(|entry| asked.is_named(entry));
    match (is_named, local, usual) {
        (true, true, _) if private => Ok(AttachmentUrl { uri, private }),
        (_, true, _) => Err(AttachmentRefusal::Local),
        (_, false, 80) => Err(AttachmentRefusal::NotHttps),
        (true, false, _) => Ok(AttachmentUrl { uri, private }),
        (false, false, _) if hosts.iter().any(|entry| asked.matches(entry)) => {
            // What a pattern matches may be anybody's name, and lead anywhere.
            Ok(AttachmentUrl { uri, private: false })
        }
        (false, false, _) => Err(AttachmentRefusal::NotListed),
    }
}

/// The host and port of a URL.
struct Asked<'u> {
    host: &'u str,
    port: u16,
    usual: u16,
}

// === impl Asked ===

impl Asked<'_> {
    /// Whether the entry names this host in full.
    fn is_named(&self, entry: &str) -> bool {
        let entry = entry.to_ascii_lowercase();
        let is_usual = self.port == self.usual && entry == self.host;
        is_usual || entry == format!("{}:{}", self.host, self.port)
    }

    /// Whether the entry is a pattern for this host.
    fn matches(&self, entry: &str) -> bool {
        let entry = entry.to_ascii_lowercase();
        let domain = entry.strip_prefix('*');
        let matches = |domain: &str| domain.is_empty() || (domain.starts_with('.') && self.host.ends_with(domain));
        self.port == self.usual && domain.is_some_and(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_must_be_on_the_list() {
        let list = ["img.example.com", "files.example.org:8443", "*.cdn.example"].map(str::to_owned);
        let judged = |url| attachment(url, &list, false).map(drop);
        for good in [
            "https://img.example.com/a.png?x=1",
            "https://IMG.example.com:443/a",
            "https://files.example.org:8443/b",
            "https://eu.cdn.example/c",
        ] {
            assert_eq!(judged(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("http://img.example.com/a", AttachmentRefusal::NotHttps),
            ("https://img.example.com:444/a", AttachmentRefusal::NotListed),
            ("https://files.example.org/b", AttachmentRefusal::NotListed),
            ("https://cdn.example/c", AttachmentRefusal::NotListed),
            ("https://evilcdn.example/c", AttachmentRefusal::NotListed),
            ("https://img.example.com.evil.example/", AttachmentRefusal::NotListed),
            ("https://u:p@img.example.com/", AttachmentRefusal::NotAUrl),
            ("https://img.example.com/#x", AttachmentRefusal::NotAUrl),
            ("/etc/passwd", AttachmentRefusal::NotAUrl),
            ("file:///etc/passwd", AttachmentRefusal::NotAUrl),
            ("https://img.example.com\\@evil.example/", AttachmentRefusal::NotAUrl),
        ] {
            assert_eq!(judged(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn local_hosts_need_the_operators_word_and_their_full_name() {
        let any = ["*".to_owned(), "127.0.0.1:9000".to_owned(), "minio.internal".to_owned()];
        for local in [
            "https://127.0.0.1/",
            "https://localhost/",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "https://0x7f.1/",
            "https://10.0.0.1/",
        ] {
            assert_eq!(attachment(local, &any, false), Err(AttachmentRefusal::Local), "{local}");
            assert_eq!(attachment(local, &any, true), Err(AttachmentRefusal::Local), "{local}");
        }
        assert!(attachment("http://127.0.0.1:9000/a", &any, true).is_ok());
        assert!(attachment("https://minio.internal/a", &any, true).is_ok());
        assert_eq!(
            attachment("http://127.0.0.1:9000/a", &any, false),
            Err(AttachmentRefusal::NotHttps)
        );
        let matched = attachment("https://example.com/a", &any, true).unwrap();
        assert!(!matched.private, "a pattern's names lead to public addresses only");
        assert_eq!(
            attachment("http://example.com/a", &any, true),
            Err(AttachmentRefusal::NotHttps)
        );
    }
}
