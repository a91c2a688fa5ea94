//! Names of headers that no plugin may set, by the reason for it.

/// Headers that belong to the connection (RFC 9110, section 7.6.1) or that the host sets itself.
pub(super) const OF_THE_HOST: Family = Family {
    names: &[
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ],
    beginnings: &["proxy-", "sec-"],
    pieces: &[],
    ends: &[],
};

/// Headers in which vendors accept credentials. A plugin has no credential and may not set one.
pub(super) const CREDENTIALS: Family = Family {
    names: &["auth", "token", "x-auth", "x-token", "x-key"],
    beginnings: &[],
    pieces: &[
        "api-key",
        "apikey",
        "authorization",
        "cookie",
        "credential",
        "password",
        "secret",
    ],
    ends: &[
        "-access-key",
        "-auth-key",
        "-functions-key",
        "-signature",
        "-subscription-key",
        "-token",
    ],
};

/// Headers by which proxies and frameworks let a request stand for another path, method, host or client.
pub(super) const OVERRIDES: Family = Family {
    names: &[
        "cf-connecting-ip",
        "client-ip",
        "destination",
        "fastly-client-ip",
        "forwarded",
        "front-end-https",
        "max-forwards",
        "true-client-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-host",
        "x-real-ip",
        "x-remote-addr",
        "x-remote-ip",
        "x-url-scheme",
    ],
    beginnings: &[
        "x-accel-",
        "x-arr-",
        "x-envoy-",
        "x-forward",
        "x-http-",
        "x-middleware-",
        "x-original-",
        "x-proxy-",
        "x-rewrite-",
    ],
    pieces: &[
        "method-override",
        "original-host",
        "original-method",
        "original-path",
        "original-uri",
        "original-url",
        "override-uri",
        "override-url",
        "rewrite-uri",
        "rewrite-url",
    ],
    ends: &["-override"],
};

/// Names of headers that are refused for one reason.
pub(super) struct Family {
    names: &'static [&'static str],
    beginnings: &'static [&'static str],
    pieces: &'static [&'static str],
    ends: &'static [&'static str],
}

// === impl Family ===

impl Family {
    pub(super) fn includes(&self, name: &str) -> bool {
        self.names.contains(&name)
            || self.beginnings.iter().any(|beginning| name.starts_with(beginning))
            || self.pieces.iter().any(|piece| contains(name, piece))
            || self.ends.iter().any(|end| name.ends_with(end))
    }
}

/// Whether a name has this piece. A search of the standard library prepares itself for longer texts than a name is.
fn contains(name: &str, piece: &str) -> bool {
    let mut places = name.as_bytes().windows(piece.len());
    places.any(|place| place.first() == piece.as_bytes().first() && place == piece.as_bytes())
}
