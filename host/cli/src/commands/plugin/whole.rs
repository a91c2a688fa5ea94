//! Writes a file in one step, so that a running gateway never reads half of it.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

/// Replaces `file`, or creates it. A new one can be read by everyone; one that is replaced keeps its mode.
pub(super) fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut new = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    new.write_all(bytes)?;
    let permissions = fs::metadata(file).map_or(Permissions::from_mode(0o644), |metadata| metadata.permissions());
    new.as_file().set_permissions(permissions)?;
    new.persist(file)?;
    Ok(())
}
