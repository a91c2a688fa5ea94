//! What must not land in a file: credentials, cookies and the names of accounts, wherever an upstream repeats them.
//!
//! A secret is replaced by as many `x`, so that lengths in binary streams stay right.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, header};
use jackfield_gateway::forward::Forwarder;
use serde_json::Value;

use super::{Seen, signature};
use crate::indented::string_length;
use crate::verbatim::Verbatim;

/// The shortest value that is looked for in bodies: shorter ones stand in every text.
const SHORTEST: usize = 6;

/// Pieces of the names of headers and members that tell who somebody is.
const TELLING: [&str; 15] = [
    "account",
    "api-key",
    "apikey",
    "auth",
    "cookie",
    "credential",
    "organization",
    "organisation",
    "passw",
    "project",
    "secret",
    "session",
    "signature",
    "tenant",
    "workspace",
];

/// Parameters of a query whose values are kept; any other may be a key.
const PLAIN_PARAMETERS: [&str; 4] = ["alt", "api-version", "beta", "version"];

/// How words begin that vendors make keys and names of accounts of.
const BEGINNINGS: [&str; 11] = [
    "sk-", "rk_", "pk-", "org-", "proj_", "proj-", "sess-", "ghp_", "AIza", "AKIA", "ya29.",
];

/// The shortest word that is taken for one of those.
const SHORTEST_WORD: usize = 10;

/// The secrets of one exchange.
#[derive(Default)]
pub struct Redaction {
    secrets: Vec<String>,
}

// === impl Redaction ===

impl Redaction {
    /// All that the request was authenticated with, and what the reply says about the account.
    pub fn of(seen: &Seen) -> Self {
        let mut redaction = Self::default();
        for headers in [&seen.request_headers, &seen.headers] {
            redaction.headers(headers);
        }
        for (name, value) in parameters(&seen.path) {
            if !PLAIN_PARAMETERS.contains(&name) {
                redaction.add(value);
                redaction.add(&percent_decoded(value));
            }
        }
        // The longest first: a part of a secret must not hide the rest of it.
        redaction.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        redaction.secrets.dedup();
        redaction
    }

    fn headers(&mut self, headers: &HeaderMap) {
        for (name, value) in headers {
            let Ok(value) = value.to_str() else { continue };
            if name == header::COOKIE || name == header::SET_COOKIE {
                let pairs = value.split(';').filter_map(|pair| pair.split_once('='));
                pairs.for_each(|(_, value)| self.add(value.trim()));
            } else if is_telling(name) {
                self.add(value);
                value.split([' ', ',', '=']).for_each(|word| self.add(word));
                value
                    .strip_prefix("Basic ")
                    .into_iter()
                    .for_each(|pair| self.basic(pair));
            }
        }
    }

    /// Also hides the user and the password in basic credentials (RFC 7617, section 2).
    fn basic(&mut self, pair: &str) {
        let pair = STANDARD.decode(pair.trim()).unwrap_or_default();
        let pair = String::from_utf8_lossy(&pair);
        pair.split(':').for_each(|part| self.add(part));
    }

    /// Also hides this value, and its forms in URLs, in JSON and in Base64.
    fn add(&mut self, value: &str) {
        let value = value.trim_matches(['"', ' ']);
        if value.len() < SHORTEST {
            return;
        }
        let escaped = Value::from(value).to_string();
        let forms = [
            value.to_owned(),
            escaped.trim_matches('"').to_owned(),
            percent_encoded(value),
            STANDARD_NO_PAD.encode(value),
        ];
        self.secrets.extend(forms);
    }

    /// A text without secrets.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret, &"x".repeat(secret.len()));
        }
        without_keys(&text)
    }

    /// A path without secrets, and without the values of parameters that may be one.
    pub fn path(&self, path: &str) -> String {
        let Some((path, query)) = path.split_once('?') else {
            return self.text(path);
        };
        let plain = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = if PLAIN_PARAMETERS.contains(&name) {
                value
            } else {
                "redacted"
            };
            format!("{name}={value}")
        };
        let query: Vec<String> = query.split('&').map(plain).collect();
        self.text(&format!("{path}?{}", query.join("&")))
    }

    /// A body as JSON, or else as text.
    pub fn value(&self, body: &Bytes) -> Verbatim {
        let text = self.text(&String::from_utf8_lossy(body));
        match Verbatim::read(&text) {
            Some(json) => Verbatim::read(&without_members(json.text())).unwrap_or_default(),
            None => Verbatim::of(&text),
        }
    }

    /// A recorded stream. In a binary one the checksums are made right again.
    pub fn stream(&self, body: &Bytes, framing: &str) -> Vec<u8> {
        if framing == "aws-event-stream" {
            let mut bytes = body.to_vec();
            self.secrets
                .iter()
                .for_each(|secret| hide(&mut bytes, secret.as_bytes()));
            signature::renew(&mut bytes);
            return bytes;
        }
        self.text(&String::from_utf8_lossy(body)).into_bytes()
    }
}

/// Whether a header tells who somebody is.
fn is_telling(name: &HeaderName) -> bool {
    Forwarder::is_credential(name) || tells(name.as_str())
}

fn tells(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    TELLING.iter().any(|piece| name.contains(piece))
}

/// The JSON text, in which the texts of members are hidden whose names tell that they say who somebody is.
fn without_members(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    let mut is_told = false;
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let string = &rest[start..];
        let (string, after) = string.split_at(string_length(string));
        let between = &rest[..start];
        let text: String = serde_json::from_str(string).unwrap_or_default();
        let is_name = after.starts_with(':');
        shown.push_str(between);
        if is_told && between == ":" && !is_name {
            shown.push_str(&Value::from("x".repeat(text.len())).to_string());
        } else {
            shown.push_str(string);
        }
        is_told = is_name && tells(&text);
        rest = after;
    }
    shown + rest
}

/// Replaces words that look like keys or names of accounts, such as `sk-…` and `org-…`.
fn without_keys(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*');
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, word) = rest.split_at(start);
        let (word, after) = word.split_at(word.find(|c| !is_part(c)).unwrap_or(word.len()));
        let is_key = word.len() >= SHORTEST_WORD && BEGINNINGS.iter().any(|beginning| word.starts_with(beginning));
        shown.push_str(before);
        if is_key {
            shown.extend(std::iter::repeat_n('x', word.len()));
        } else {
            shown.push_str(word);
        }
        rest = after;
    }
    shown + rest
}

/// Replaces a secret in bytes.
fn hide(bytes: &mut [u8], secret: &[u8]) {
    let mut at = 0;
    while let Some(place) = bytes[at..].windows(secret.len()).position(|window| window == secret) {
        bytes[at + place..][..secret.len()].fill(b'x');
        at += place + secret.len();
    }
}

/// The parameters of a query.
fn parameters(path: &str) -> impl Iterator<Item = (&str, &str)> {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter_map(|pair| pair.split_once('='))
}

/// A value as it stands in a URL (RFC 3986, section 2.1).
fn percent_encoded(value: &str) -> String {
    let encoded = value.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    });
    encoded.collect()
}

/// The text of a value in a URL.
fn percent_decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%');
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
