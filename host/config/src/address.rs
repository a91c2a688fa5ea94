//! Where a credential may go: the rules for base URLs, header names and scopes, which hold for plugins' manifests as well.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::{HeaderName, Uri};

/// Headers of the connection or the framing of the body (RFC 9110, section 7.6.1), which the HTTP client sets.
const CONNECTION: [&str; 8] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Ends of names that are never public: RFC 6761 and 6762, RFC 8375, and ICANN's resolution 2024.07.29.06.
const LOCAL_ENDS: [&str; 6] = [
    ".localhost",
    ".local",
    ".localdomain",
    ".lan",
    ".home.arpa",
    ".internal",
];

/// What is wrong with a base URL, if anything. The answer never quotes it: an invalid URL may contain a password.
pub fn base_url_problem(text: &str) -> Option<&'static str> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    if !["http", "https"].contains(&scheme) {
        return Some("is not an http or https URL");
    }
    if rest.contains(['?', '#']) {
        return Some("has a query or fragment, which a base URL cannot have");
    }
    let Ok(url) = text.parse::<Uri>() else {
        return Some("is not an http or https URL");
    };
    let authority = url.authority()?;
    if authority.as_str().contains('@') {
        return Some("contains a user or password, which belongs in api_key");
    }
    let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
    let bad_port = !port.is_empty() && url.port_u16().is_none_or(|port| port == 0);
    (authority.host().is_empty() || bad_port).then_some("is not an http or https URL")
}

/// What is wrong with the name of a header that carries a credential or a value of the configuration, if anything.
pub fn header_name_problem(name: &str) -> Option<&'static str> {
    if HeaderName::try_from(name).is_err() {
        return Some("is not a valid header name");
    }
    let ours = CONNECTION.contains(&name.to_ascii_lowercase().as_str());
    ours.then_some("is a connection header, which the gateway sets itself")
}

/// What is wrong with a region or a service to sign for, if anything: it stands between slashes in what is signed.
pub fn scope_problem(word: &str) -> Option<&'static str> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match word {
        "" => Some("is empty"),
        word if word.bytes().all(is_plain) => None,
        _ => Some("contains a character that no scope of a signature has"),
    }
}

/// Whether the host of a URL is this machine, or one that only this network reaches. Names are judged as they are
/// written; what they lead to is judged when a connection is opened, by [`is_local_address`]. A host in doubt is local.
pub fn is_local_url(url: &str) -> bool {
    let Some(host) = url
        .parse::<Uri>()
        .ok()
        .and_then(|url| Some(url.host()?.to_ascii_lowercase()))
    else {
        return true;
    };
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    if let Ok(address) = host.parse() {
        return is_local_address(address);
    }
    // A last label that is a number makes it an address in an old notation, such as 0x7f.1 (WHATWG URL, section 3.5).
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.starts_with(|first: char| first.is_ascii_digit());
    is_number || !host.contains('.') || LOCAL_ENDS.iter().any(|end| host.ends_with(end))
}

/// Whether an address is this machine's, or one that only this network reaches: loopback, private, link-local, shared,
/// or reserved (RFC 6890).
pub fn is_local_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_local_v4(address),
        IpAddr::V6(address) => is_local_v6(address),
    }
}

fn is_local_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || first == 0
        || first >= 240
        || (first == 100 && second & 0xC0 == 64)
        || (first == 192 && second == 0 && third == 0)
        || (first == 198 && second & 0xFE == 18)
}

fn is_local_v6(address: Ipv6Addr) -> bool {
    let octets = address.octets();
    let embedded = |at: usize| Ipv4Addr::new(octets[at], octets[at + 1], octets[at + 2], octets[at + 3]);
    // Mapped and compatible addresses, loopback, NAT64 (RFC 6052) and 6to4 (RFC 3056) stand for others.
    let mapped = octets[..10].iter().all(|octet| *octet == 0);
    let nat64 = octets[..12] == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0];
    let six_to_four = octets[..2] == [0x20, 0x02];
    let inner = (mapped || nat64)
        .then(|| embedded(12))
        .or(six_to_four.then(|| embedded(2)));
    address.is_loopback()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || (octets[0] == 0xFE && octets[1] & 0xC0 == 0xC0)
        || inner.is_some_and(is_local_v4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_has_a_host_and_nothing_after_its_path() {
        let good = [
            "https://a.example",
            "http://127.0.0.1:9000/v1/",
            "https://[::1]:8443/a/b",
            "http://localhost",
        ];
        for url in good {
            assert_eq!(base_url_problem(url), None, "{url}");
        }
        let bad = [
            "",
            "a.example",
            "ftp://a.example",
            "https://",
            "https:///v1",
            "https://a b",
            "https://a:99999",
            "https://a:0",
            "https://a:",
            "https://:80",
            "HTTPS//a",
            "https://a.example/v1?x=1",
            "https://a.example#x",
            "https://u:p@a.example",
        ];
        for url in bad {
            assert!(base_url_problem(url).is_some(), "{url}");
        }
    }

    #[test]
    fn local_hosts_are_told_from_public_ones() {
        for local in [
            "http://localhost:8080/v1",
            "http://a.LOCALHOST",
            "http://ollama:11434",
            "http://printer.local",
            "http://metadata.google.internal./x",
            "http://127.0.0.1",
            "http://127.1",
            "http://0x7f.1",
            "http://2130706433",
            "http://0.0.0.0",
            "http://10.1.2.3",
            "http://172.16.0.1",
            "http://192.168.1.1",
            "http://169.254.169.254/latest",
            "http://100.100.100.200",
            "http://198.18.0.1",
            "http://[::1]",
            "http://[::]",
            "http://[fe80::1]",
            "http://[fec0::1]",
            "http://[fd00:ec2::254]",
            "http://[::ffff:10.0.0.1]",
            "http://[64:ff9b::a9fe:a9fe]",
            "http://[2002:7f00:1::]",
            "nonsense",
        ] {
            assert!(is_local_url(local), "{local}");
        }
        for public in [
            "https://api.openai.com/v1",
            "https://8.8.8.8",
            "https://172.32.0.1",
            "https://100.128.0.1",
            "https://[2606:4700::1]",
            "https://[::ffff:8.8.8.8]",
            "https://local.example",
            "https://1.example",
        ] {
            assert!(!is_local_url(public), "{public}");
        }
    }

    #[test]
    fn a_header_for_a_credential_is_none_of_the_connections() {
        assert_eq!(header_name_problem("x-api-key"), None);
        for bad in ["", "a b", "a:", "Host", "Transfer-Encoding"] {
            assert!(header_name_problem(bad).is_some(), "{bad}");
        }
    }
}
