//! Writes a plugin and its signature into a folder that a gateway watches.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Puts a plugin into `file`, and its signature beside it. The signature is first: a plugin is taken once the two agree.
///
/// # Errors
/// What the system says.
pub fn put_plugin(file: &Path, signature: Option<&str>, content: &[u8]) -> io::Result<()> {
    let beside = signature_file(file);
    match signature {
        Some(text) => write_whole(&beside, text.as_bytes())?,
        None if beside.exists() => fs::remove_file(&beside)?,
        None => {}
    }
    write_whole(file, content)
}

/// Writes a file in one step, so that a running gateway never reads half of it. A new one can be read by everyone; one that
/// is replaced keeps its mode.
///
/// # Errors
/// What the system says.
pub fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut new = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    new.write_all(bytes)?;
    let permissions = fs::metadata(file).map_or(Permissions::from_mode(0o644), |metadata| metadata.permissions());
    new.as_file().set_permissions(permissions)?;
    new.persist(file)?;
    Ok(())
}

/// The signature of the file at `path`: the same name with `.minisig` after it, as minisign has it.
#[must_use]
pub fn signature_file(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".minisig");
    PathBuf::from(name)
}
