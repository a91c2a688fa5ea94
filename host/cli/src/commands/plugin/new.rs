//! `plugin new`: writes a plugin that builds and passes its tests as it is.

mod embedded;
mod manifest;
mod names;

use std::path::{Path, PathBuf};

use self::manifest::Sdk;
use self::names::{NameError, Names};

/// Why no plugin was made.
#[derive(Debug, thiserror::Error)]
pub(super) enum NewError {
    /// The name cannot be a plugin's.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Something is there already.
    #[error("{} exists; nothing was written", .0.display())]
    Exists(PathBuf),
    /// A file could not be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// One file of the new plugin: its path below the plugin's folder, and its content.
type File = (PathBuf, Vec<u8>);

/// Writes the plugin NAME and prints what to do next.
///
/// # Errors
/// If the name is not one, its folder exists, or the disk refuses.
pub(super) fn create(name: &str, parent: Option<&Path>) -> Result<(), NewError> {
    let names = Names::new(name)?;
    let here = std::env::current_dir().map_err(|source| NewError::Write {
        path: PathBuf::from("."),
        source,
    })?;
    let place = Place::choose(&here, parent);
    let folder = place.parent.join(name);
    write(&folder, &files(&names, &place.sdk))?;
    let shown = folder.strip_prefix(&here).unwrap_or(&folder).display();
    println!(
        "{shown} is ready. Next:\n  \
         cargo test --manifest-path {shown}/Cargo.toml\n  \
         jackfield plugin build {shown} --out PLUGIN_FOLDER"
    );
    Ok(())
}

/// Where the plugin goes, and where it gets the SDK from.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    parent: PathBuf,
    sdk: Sdk,
}

// === impl Place ===

impl Place {
    /// The plugins folder of the checkout around `here`; any other folder makes a plugin that stands alone.
    fn choose(here: &Path, parent: Option<&Path>) -> Self {
        let parent = parent.map(|parent| here.join(parent));
        let start = parent.as_deref().unwrap_or(here);
        let start = start.canonicalize().unwrap_or_else(|_| start.to_owned());
        let plugins = start
            .ancestors()
            .find(|root| is_checkout(root))
            .map(|root| root.join("plugins"));
        match (plugins, parent) {
            (Some(plugins), None) => Self {
                parent: plugins,
                sdk: Sdk::Checkout,
            },
            // Only what lies directly in `plugins/` is a member of the checkout's workspace.
            (Some(plugins), Some(_)) if plugins == start => Self {
                parent: plugins,
                sdk: Sdk::Checkout,
            },
            (_, Some(parent)) => Self {
                parent,
                sdk: Sdk::Carried,
            },
            (None, None) => Self {
                parent: here.to_owned(),
                sdk: Sdk::Carried,
            },
        }
    }
}

/// Whether a folder is the root of Jackfield's own sources.
fn is_checkout(root: &Path) -> bool {
    root.join("plugin-sdk/Cargo.toml").is_file() && root.join("plugins").is_dir()
}

/// Everything that a new plugin consists of.
fn files(names: &Names, sdk: &Sdk) -> Vec<File> {
    let template = embedded::TEMPLATE.iter().map(|(path, content)| {
        let text = names.rename(&String::from_utf8_lossy(content));
        let text = if *path == "Cargo.toml" {
            manifest::complete(text, sdk)
        } else {
            text
        };
        (PathBuf::from(path), text.into_bytes())
    });
    template.chain(carried(sdk)).collect()
}

/// The SDK and its contract, for a plugin that has no checkout around it.
fn carried(sdk: &Sdk) -> Vec<File> {
    if *sdk == Sdk::Checkout {
        return Vec::new();
    }
    let mut files = vec![(".gitignore".into(), b"/target\n*.snap.new\n".to_vec())];
    for (folder, sources) in [("sdk/plugin-sdk", embedded::SDK), ("sdk/wit", embedded::WIT)] {
        let below = |(path, content): &(&str, &[u8])| (Path::new(folder).join(path), content.to_vec());
        files.extend(sources.iter().map(below));
    }
    files
}

/// Writes all files into a folder that does not exist yet.
fn write(folder: &Path, files: &[File]) -> Result<(), NewError> {
    if folder.symlink_metadata().is_ok() {
        return Err(NewError::Exists(folder.to_owned()));
    }
    for (path, content) in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, content))
            .map_err(|source| NewError::Write { path, source })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
