//! Which requests are equal: a hash of all that decides about their answer.

use std::fmt;

use http::HeaderMap;
use jackfield_config::CacheScope;
use jackfield_dialects::{Dialect, PARAMETER_HEADERS, ParsedRequest};
use sha2::{Digest, Sha256};

/// Changes with what is hashed, and with how answers are kept.
const VERSION: &[u8] = b"jackfield cache 1";

/// The hash of a request, its model and who may share the answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey([u8; 32]);

/// What is asked, and by whom.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    /// The dialect of the client, and with it of the answer.
    pub(crate) dialect: Dialect,
    /// The request, as its shapers left it.
    pub(crate) request: &'a ParsedRequest<'a>,
    /// What the model is made of.
    pub(crate) definition: &'a [u8; 32],
    /// The client's headers, some of which travel to upstreams.
    pub(crate) headers: &'a HeaderMap,
    /// With whom the answer is shared.
    pub(crate) scope: CacheScope,
    /// The plan or the user, as `scope` says; `None` where nobody must say who they are.
    pub(crate) asker: Option<&'a str>,
    /// The body, as its shapers left it.
    pub(crate) body: &'a [u8],
}

// === impl CacheKey ===

impl CacheKey {
    /// The key of a question. Takes a few milliseconds for a large body.
    pub(crate) fn of(question: &Question<'_>) -> Self {
        let mut hash = Sha256::new();
        // Each part is led by its length, so that none can pass for the end of another.
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(VERSION);
        part(question.definition);
        // Variants of a dialect have the same name, and differ in how they answer.
        part(format!("{:?}", question.dialect).as_bytes());
        part(question.request.operation.as_str().as_bytes());
        part(&[
            u8::from(question.request.stream),
            u8::from(question.scope == CacheScope::User),
            u8::from(question.asker.is_some()),
        ]);
        part(question.asker.unwrap_or_default().as_bytes());
        for (header, _) in PARAMETER_HEADERS.iter().chain(question.dialect.native_headers()) {
            for value in question.headers.get_all(*header) {
                part(header.as_bytes());
                part(value.as_bytes());
            }
        }
        part(question.body);
        Self(hash.finalize().into())
    }

    /// Its name in a store outside of this process.
    pub(super) fn hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0[..6]))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use http::{HeaderName, HeaderValue};
    use jackfield_dialects::Operation;

    use super::*;

    const BODY: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
    const STREAM: &str = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    const HASH: [u8; 32] = [1; 32];

    /// A key of its own for each number.
    pub(crate) fn numbered(number: u8) -> CacheKey {
        CacheKey([number; 32])
    }

    /// What differs from a plain question of the plan `pro`.
    struct Other<'a> {
        dialect: Dialect,
        text: &'a str,
        definition: [u8; 32],
        header: Option<(&'static str, &'static str)>,
        scope: CacheScope,
        asker: Option<&'a str>,
    }

    impl Default for Other<'_> {
        fn default() -> Self {
            Self {
                dialect: jackfield_dialects::canonical(),
                text: BODY,
                definition: HASH,
                header: None,
                scope: CacheScope::Plan,
                asker: Some("pro"),
            }
        }
    }

    fn key(other: &Other<'_>) -> Option<CacheKey> {
        let request = jackfield_dialects::canonical().parse(Operation::Chat, other.text.as_bytes());
        let header = other
            .header
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Some(CacheKey::of(&Question {
            dialect: other.dialect,
            request: &request.ok()?,
            definition: &other.definition,
            headers: &HeaderMap::from_iter(header),
            scope: other.scope,
            asker: other.asker,
            body: other.text.as_bytes(),
        }))
    }

    #[test]
    #[rustfmt::skip]
    fn whatever_decides_about_an_answer_makes_another_key() {
        let all = jackfield_dialects::all();
        let messages = all.into_iter().find(|dialect| !dialect.native_headers().is_empty()).unwrap();
        let (version, _) = messages.native_headers()[0];
        let (beta, _) = PARAMETER_HEADERS[0];
        let keys = [
            key(&Other::default()),
            key(&Other { text: STREAM, ..Other::default() }),
            key(&Other { definition: [2; 32], ..Other::default() }),
            key(&Other { header: Some((beta, "x")), ..Other::default() }),
            key(&Other { header: Some((beta, "y")), ..Other::default() }),
            key(&Other { scope: CacheScope::User, ..Other::default() }),
            key(&Other { asker: Some("free"), ..Other::default() }),
            key(&Other { asker: Some(""), ..Other::default() }),
            key(&Other { asker: None, ..Other::default() }),
            key(&Other { dialect: messages, ..Other::default() }),
            key(&Other { dialect: messages.variant(&|_| false), ..Other::default() }),
            key(&Other { dialect: messages, header: Some((version, "2023-01-01")), ..Other::default() }),
            key(&Other { dialect: messages, header: Some((version, "2023-06-01")), ..Other::default() }),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(key.is_some() && !keys[..index].contains(key), "{index}");
        }
        let unheard = Other { header: Some(("x-other", "1")), ..Other::default() };
        assert_eq!(key(&unheard), keys[0]);
    }
}
