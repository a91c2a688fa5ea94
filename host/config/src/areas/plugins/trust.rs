//! `plugins.trust`: whose word lets a plugin in: a signature by one of these keys, or one of these hashes.

use minisign_verify::{PublicKey, Signature};
use schemars::JsonSchema;
use serde::Deserialize;

/// Whose plugins are let in. Where this is present, a plugin that is neither signed by one of these keys nor pinned is
/// treated as a file that does not load.
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrustConfig {
    /// The minisign public keys whose signatures count, each the second line of a `.pub` file. The signature of
    /// `NAME.wasm` is in `NAME.wasm.minisig`, beside it. Default none.
    pub public_keys: Vec<String>,
    /// The SHA-256 of plugin files that need no signature, in hexadecimal, besides those in `plugins.pins`. Default none.
    pub sha256: Vec<String>,
}

/// What speaks for the content of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Voucher {
    /// The configuration names the content itself, by its hash.
    Pin,
    /// The configuration has it fetched, by its hash.
    Source,
    /// It is signed by this public key, which the configuration lists.
    Signature(String),
}

/// Why a signature does not count. Displays as a predicate whose subject is the plugin's file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// There is no signature.
    #[error("has no signature ({0} is not there)")]
    Absent(String),
    /// What is there is not a signature.
    #[error("has a signature that cannot be read ({0} is no minisign signature)")]
    Unreadable(String),
    /// It was made by a key that is not listed.
    #[error("is signed by a key that plugins.trust.public_keys does not list")]
    UnknownKey,
    /// It was made over the file itself, as minisign did before version 0.11, instead of over its hash.
    #[error("is signed in minisign's legacy form")]
    Legacy,
    /// The content is not what was signed.
    #[error("is not what was signed: the signature does not match its content")]
    Mismatch,
}

// === impl TrustConfig ===

impl TrustConfig {
    /// The listed key that signed `content`. `signature` is the text of the signature's file, which is called `name`.
    ///
    /// # Errors
    /// [`Unsigned`], and then nothing speaks for the content.
    pub fn signer(&self, content: &[u8], signature: Option<&str>, name: &str) -> Result<Voucher, Unsigned> {
        let text = signature.ok_or_else(|| Unsigned::Absent(name.to_owned()))?;
        let signature = Signature::decode(text).map_err(|_| Unsigned::Unreadable(name.to_owned()))?;
        let mut problem = Unsigned::UnknownKey;
        for listed in &self.public_keys {
            let verified = public_key(listed).map(|key| key.verify(content, &signature, false));
            match verified {
                Some(Ok(())) => return Ok(Voucher::Signature(bare(listed).to_owned())),
                Some(Err(minisign_verify::Error::UnexpectedAlgorithm)) => problem = Unsigned::Legacy,
                Some(Err(minisign_verify::Error::InvalidSignature)) => problem = Unsigned::Mismatch,
                Some(Err(_)) | None => {}
            }
        }
        Err(problem)
    }

    /// Whether this list names the hash, which is in lower case.
    pub fn names(&self, sha256: &str) -> bool {
        self.sha256.iter().any(|pin| pin.eq_ignore_ascii_case(sha256))
    }

    /// Whether a public key is listed.
    pub fn lists(&self, key: &str) -> bool {
        self.public_keys.iter().any(|listed| bare(listed) == key)
    }
}

/// The public key in this text: the line of Base64, with or without the comment above it.
pub(crate) fn public_key(text: &str) -> Option<PublicKey> {
    PublicKey::from_base64(bare(text)).ok()
}

fn bare(text: &str) -> &str {
    text.trim().lines().next_back().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use minisign::KeyPair;

    use super::*;

    const FILE: &str = "a.wasm.minisig";

    fn key() -> KeyPair {
        KeyPair::generate_unencrypted_keypair().unwrap()
    }

    fn signed(key: &KeyPair, content: &[u8]) -> String {
        let signature = minisign::sign(None, &key.sk, Cursor::new(content), None, None).unwrap();
        signature.into_string()
    }

    fn trusting(keys: &[&KeyPair]) -> TrustConfig {
        TrustConfig {
            public_keys: keys.iter().map(|key| key.pk.to_base64()).collect(),
            sha256: Vec::new(),
        }
    }

    #[test]
    fn a_signature_by_any_listed_key_counts() {
        let (old, new) = (key(), key());
        let trust = trusting(&[&old, &new]);
        for key in [&old, &new] {
            let signature = signed(key, b"content");
            let voucher = trust.signer(b"content", Some(&signature), FILE).unwrap();
            assert_eq!(voucher, Voucher::Signature(key.pk.to_base64()));
            assert!(trust.lists(&key.pk.to_base64()));
        }
        assert!(!trusting(&[&new]).lists(&old.pk.to_base64()));
    }

    #[test]
    fn whatever_else_is_there_speaks_for_nothing() {
        let (ours, theirs) = (key(), key());
        let trust = trusting(&[&ours]);
        let refused = |signature: Option<&str>| trust.signer(b"content", signature, FILE).unwrap_err();
        assert_eq!(refused(None), Unsigned::Absent(FILE.to_owned()));
        for text in [
            "",
            "a",
            "a\nb\nc\nd",
            "a\nb\ntrusted comment:é",
            "a\nb\ntrusted comment: é\nd",
        ] {
            assert_eq!(refused(Some(text)), Unsigned::Unreadable(FILE.to_owned()), "{text:?}");
        }
        assert_eq!(refused(Some(&signed(&theirs, b"content"))), Unsigned::UnknownKey);
        let other = signed(&ours, b"other");
        assert_eq!(refused(Some(&other)), Unsigned::Mismatch);
        // The comment is part of what is signed.
        let own = signed(&ours, b"content");
        let forged = own.replace("timestamp:", "timestamp:9");
        assert_eq!(refused(Some(&forged)), Unsigned::Mismatch);
        assert!(trusting(&[]).signer(b"content", Some(&own), FILE).is_err());
    }

    #[test]
    fn a_public_key_may_have_its_comment_above_it() {
        let key = key();
        let file = String::from_utf8(key.pk.to_box().unwrap().to_bytes()).unwrap();
        assert!(public_key(&file).is_some());
        assert!(public_key(&key.pk.to_base64()).is_some());
        for text in ["", "RWQ", "untrusted comment: minisign public key"] {
            assert!(public_key(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_hash_may_be_in_upper_case() {
        let trust = TrustConfig {
            sha256: vec!["AB12".to_owned()],
            ..TrustConfig::default()
        };
        assert!(trust.names("ab12"));
        assert!(!trust.names("ab13"));
    }
}
