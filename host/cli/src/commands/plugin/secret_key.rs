//! minisign's key pairs: made by `plugin keygen`, read by `plugin sign`.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use minisign::{KeyPair, PError, SecretKey, SecretKeyBox};

/// The most bytes of a password, as minisign has it.
const MAX_PASSWORD: usize = 1024;

/// How long the second line of a secret key is: 158 bytes in Base64. That of a public key has 56 characters.
const KEY_LINE: usize = 212;

/// Why a key cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyError {
    /// A file of that name is there, and a key that is lost cannot be made again.
    #[error("{} is there already; name another file, or remove it if no plugin is signed with it", .0.display())]
    Exists(PathBuf),
    /// A file cannot be read or written.
    #[error("{}: {source}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no secret key.
    #[error("{} is no minisign secret key; make one with `jackfield plugin keygen`", .0.display())]
    NoKey(PathBuf),
    /// The password is not that of the key.
    #[error("{} cannot be opened with this password: {reason}", .file.display())]
    Password {
        /// The file.
        file: PathBuf,
        /// What minisign said.
        reason: PError,
    },
    /// The password cannot be read, or not be used.
    #[error("no password: {0}")]
    NoPassword(String),
    /// The key cannot be made.
    #[error("cannot make or read the key: {0}")]
    Make(PError),
}

/// Makes a key pair: the secret key in `file`, the public key beside it as `file.pub`, or `NAME.pub` for `NAME.key`. With
/// `without_password`, whoever has the file can sign.
///
/// # Errors
/// [`KeyError`]. A file that is there is never written over.
pub(super) fn generate(file: &Path, without_password: bool) -> Result<(), KeyError> {
    let public_file = public_file(file);
    for file in [file, &public_file] {
        if file.exists() {
            return Err(KeyError::Exists(file.to_owned()));
        }
    }
    let pair = if without_password {
        KeyPair::generate_unencrypted_keypair()
    } else {
        KeyPair::generate_encrypted_keypair(Some(new_password()?))
    };
    let pair = pair.map_err(KeyError::Make)?;
    let secret = pair.sk.to_box(None).map_err(KeyError::Make)?;
    let public = pair.pk.to_box().map_err(KeyError::Make)?;
    write_new(file, &secret.to_bytes(), 0o600)?;
    write_new(&public_file, &public.to_bytes(), 0o644)?;
    println!("secret key  {}  (keep it from everyone)", file.display());
    println!("public key  {}", public_file.display());
    println!("{}", pair.pk.to_base64());
    Ok(())
}

/// Reads a secret key, with its password if it has one.
///
/// # Errors
/// [`KeyError`].
pub(super) fn read(file: &Path) -> Result<SecretKey, KeyError> {
    let named = || file.to_owned();
    let text = fs::read_to_string(file).map_err(|source| KeyError::File { file: named(), source })?;
    // Asked before a password is: the crate takes any text for a key until it is opened.
    if text.lines().nth(1).is_none_or(|line| line.trim_end().len() != KEY_LINE) {
        return Err(KeyError::NoKey(named()));
    }
    let boxed = || SecretKeyBox::from_string(&text).map_err(KeyError::Make);
    // Only opening it shows whether it has a password.
    if let Ok(key) = boxed()?.into_unencrypted_secret_key() {
        return Ok(key);
    }
    let opened = boxed()?.into_secret_key(Some(password("password of the key: ")?));
    opened.map_err(|reason| KeyError::Password { file: named(), reason })
}

fn public_file(file: &Path) -> PathBuf {
    if file.extension().is_some_and(|extension| extension == "key") {
        return file.with_extension("pub");
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

fn new_password() -> Result<String, KeyError> {
    let first = password("password for the key: ")?;
    if first.is_empty() {
        let what = "it is empty; for a key without one, say --without-password";
        return Err(KeyError::NoPassword(what.to_owned()));
    }
    if io::stdin().is_terminal() && password("the same again: ")? != first {
        return Err(KeyError::NoPassword("the two differ".to_owned()));
    }
    Ok(first)
}

/// A password from the terminal, where it is not shown, or else the first line of stdin. Never from an argument, which
/// every user of the machine can read.
pub(super) fn password(prompt: &str) -> Result<String, KeyError> {
    let unread = |error: &dyn std::fmt::Display| KeyError::NoPassword(error.to_string());
    if io::stdin().is_terminal() {
        return rpassword::prompt_password(prompt).map_err(|error| unread(&error));
    }
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    if read.map_err(|error| unread(&error))? == 0 {
        return Err(KeyError::NoPassword("give it on stdin, in one line".to_owned()));
    }
    let password = line.trim_end_matches(['\n', '\r']);
    if password.len() > MAX_PASSWORD {
        return Err(KeyError::NoPassword(format!("it has more than {MAX_PASSWORD} bytes")));
    }
    Ok(password.to_owned())
}

fn write_new(file: &Path, bytes: &[u8], mode: u32) -> Result<(), KeyError> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(mode).open(file);
    let written = opened.and_then(|mut opened| opened.write_all(bytes));
    written.map_err(|source| {
        let file = file.to_owned();
        KeyError::File { file, source }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_lies_beside_its_secret_key() {
        assert_eq!(public_file(Path::new("a/vendor.key")), Path::new("a/vendor.pub"));
        assert_eq!(public_file(Path::new("vendor")), Path::new("vendor.pub"));
    }
}
