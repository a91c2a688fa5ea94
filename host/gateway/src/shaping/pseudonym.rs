//! How shapers know a caller: by a name that leads back to nobody.
//!
//! The pseudonym is an HMAC (RFC 2104) of the user's id, so that who has a list of users cannot find it out without the
//! key.

use std::fmt::{self, Debug, Formatter};
use std::io::Write;
use std::path::Path;
use std::{fs, io};

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What the pseudonyms are for, so that the same key may serve other purposes.
const PURPOSE: &[u8] = b"jackfield pseudonym of a user\0";

/// The file that holds a key that was made here.
const FILE: &str = "pseudonym.key";

/// The length of a key that is made here, in bytes.
const LENGTH: usize = 32;

/// How many bytes of the HMAC a pseudonym shows: two users of a billion are not the same.
const SHOWN: usize = 16;

/// Makes pseudonyms. Without a key, callers have none.
#[derive(Clone, Default)]
pub(crate) struct Pseudonyms {
    key: Vec<u8>,
}

// === impl Pseudonyms ===

impl Pseudonyms {
    /// Those of this key.
    pub(crate) fn of(key: &[u8]) -> Self {
        Self { key: key.to_vec() }
    }

    /// Those of a new key.
    ///
    /// # Errors
    /// If the system has no random bytes.
    pub(crate) fn new() -> io::Result<Self> {
        let mut key = vec![0; LENGTH];
        getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self { key })
    }

    /// Those of the key that is kept in this folder. If there is none, one is made.
    ///
    /// # Errors
    /// If the key can neither be read nor be kept.
    pub(crate) fn kept_in(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        match fs::read(&path) {
            Ok(key) if key.len() >= LENGTH => return Ok(Self::of(&key)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir_all(folder)?;
        let made = Self::new()?;
        let mut file = private(&path)?;
        file.write_all(&made.key)?;
        file.sync_all()?;
        Ok(made)
    }

    /// The pseudonym of the user with this id.
    pub(crate) fn of_user(&self, id: &str) -> String {
        if self.key.is_empty() {
            return String::new();
        }
        // Any length of key will do.
        let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            return String::new();
        };
        hmac.update(PURPOSE);
        hmac.update(id.as_bytes());
        let code = hmac.finalize().into_bytes();
        format!("u_{}", hex::encode(&code[..SHOWN]))
    }
}

impl Debug for Pseudonyms {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms([secret])")
    }
}

/// A new file, or an empty one that is there, that only its owner may read.
fn private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_stable_and_depends_on_the_key() {
        let (a, b) = (Pseudonyms::of(&[1; 32]), Pseudonyms::of(&[2; 32]));
        assert_eq!(a.of_user("alice"), a.of_user("alice"));
        assert_ne!(a.of_user("alice"), a.of_user("bob"));
        assert_ne!(a.of_user("alice"), b.of_user("alice"));
        assert!(!a.of_user("alice").contains("alice") && a.of_user("alice").len() == 34);
        assert_eq!(format!("{a:?}"), "Pseudonyms([secret])");
    }

    #[test]
    fn a_key_that_was_made_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("new");
        let first = Pseudonyms::kept_in(&place).unwrap().of_user("alice");
        assert_eq!(Pseudonyms::kept_in(&place).unwrap().of_user("alice"), first);
        fs::write(place.join(FILE), "cut off").unwrap();
        assert_ne!(Pseudonyms::kept_in(&place).unwrap().of_user("alice"), first);
    }
}
