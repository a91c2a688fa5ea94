//! `plugin new`: creates a plugin that builds and passes its tests as it is.

mod embedded;
mod manifest;
mod names;

use std::path::{Path, PathBuf};

use self::manifest::Sdk;
use self::names::{NameError, Names};

/// Why no plugin was created.
#[derive(Debug, thiserror::Error)]
pub(super) enum NewError {
    /// The name is not valid.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The plugin's folder exists.
    #[error("{} already exists; nothing was written", .0.display())]
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

/// A file of the new plugin: its path relative to the plugin's folder, and its content.
type File = (PathBuf, Vec<u8>);

/// Creates the plugin and prints what to do next. Without `parent`, the plugin goes where [`Place::choose`] says.
///
/// # Errors
/// If the name is not valid, the plugin's folder exists, or a file cannot be written.
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
        "created {shown}; next:\n  \
         cargo test --manifest-path {shown}/Cargo.toml\n  \
         jackfield plugin build {shown} --out PLUGIN_FOLDER"
    );
    Ok(())
}

/// Where the plugin is created, and where it gets the SDK from.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    parent: PathBuf,
    sdk: Sdk,
}

// === impl Place ===

impl Place {
    /// By default the `plugins/` of the checkout around `here`. A plugin created anywhere else brings its own SDK.
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
            // Only the folders directly in `plugins/` are members of the checkout's workspace.
            (Some(plugins), Some(_)) if plugins == start => Self {
                parent: plugins,
                sdk: Sdk::Checkout,
            },
            (_, Some(parent)) => Self {
                parent,
                sdk: Sdk::Bundled,
            },
            (None, None) => Self {
                parent: here.to_owned(),
                sdk: Sdk::Bundled,
            },
        }
    }
}

/// Whether a folder is the root of a checkout of Jackfield.
fn is_checkout(root: &Path) -> bool {
    root.join("plugin-sdk/Cargo.toml").is_file() && root.join("plugins").is_dir()
}

/// All files of a new plugin.
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
    template.chain(bundled(sdk)).collect()
}

/// The SDK and the contract, for a plugin outside a checkout.
fn bundled(sdk: &Sdk) -> Vec<File> {
    if *sdk == Sdk::Checkout {
        return Vec::new();
    }
    let mut files = vec![(".gitignore".into(), b"/target\n*.snap.new\n".to_vec())];
    for (folder, sources) in [("sdk/plugin-sdk", embedded::SDK), ("sdk/wit", embedded::WIT)] {
        let inside = |(path, content): &(&str, &[u8])| (Path::new(folder).join(path), content.to_vec());
        files.extend(sources.iter().map(inside));
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
