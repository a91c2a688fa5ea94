//! `plugin new`: creates a plugin that builds and passes its tests as it is.

mod manifest;
mod names;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use self::manifest::Sdk;
use self::names::{NameError, Names};
use super::embedded;

/// The arguments of `plugin new`.
#[derive(Debug, clap::Args)]
pub(crate) struct NewArguments {
    /// The plugin's name: lower-case letters, digits and hyphens, starting with a letter.
    name: String,
    /// What it is: an adapter connects an upstream, a shaper changes requests and replies.
    #[arg(long, value_enum, default_value_t)]
    kind: Kind,
    /// The language that it is written in.
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
    /// What an adapter begins as. Default: `openai` in Rust, `talker` in other languages.
    #[arg(long, value_enum)]
    template: Option<Template>,
    /// Folder in which to create NAME. Default: `plugins/` in a Jackfield checkout, elsewhere the current folder.
    #[arg(long, value_name = "PARENT")]
    dir: Option<PathBuf>,
}

/// What a plugin is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// Connects one kind of upstream.
    #[default]
    Adapter,
    /// Changes or refuses requests and replies.
    Shaper,
}

/// What a plugin is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Lang {
    /// Rust, with the SDK.
    #[default]
    Rust,
    /// JavaScript.
    Js,
    /// Python.
    Python,
    /// C.
    C,
}

/// What an adapter begins as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Template {
    /// Compiles, and translates nothing yet: where the tutorial begins.
    Blank,
    /// For an upstream that speaks OpenAI's API.
    Openai,
    /// For an upstream with its own protocol: where the tutorial ends.
    Talker,
}

/// Why no plugin was created.
#[derive(Debug, thiserror::Error)]
pub(super) enum NewError {
    /// The name is not valid.
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is no such template.
    #[error("there is no template {0}; there are: {1}")]
    NoTemplate(String, String),
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

/// What templates have from examples: the template, the example, and the file.
const BORROWED: [(&str, &str, &str); 3] = [
    ("js-shaper", "ollama-js", "bytes.js"),
    ("js-shaper", "ollama-js", "package-lock.json"),
    ("python-shaper", "ollama-python", "requirements.txt"),
];

/// A file of the new plugin: its path relative to the plugin's folder, and its content.
type File = (PathBuf, Vec<u8>);

/// Creates the plugin and prints what to do next. Without a parent, the plugin goes where [`Place::choose`] says.
///
/// # Errors
/// If the name is not valid, the plugin's folder exists, or a file cannot be written.
pub(super) fn create(arguments: &NewArguments) -> Result<(), NewError> {
    let names = Names::new(&arguments.name)?;
    let here = std::env::current_dir().map_err(|source| NewError::Write {
        path: PathBuf::from("."),
        source,
    })?;
    let place = Place::choose(&here, arguments.dir.as_deref());
    let folder = place.parent.join(&arguments.name);
    let template = arguments.template();
    let sdk = (arguments.lang == Lang::Rust).then_some(&place.sdk);
    let files = match arguments.lang.example(&template) {
        Some(example) => of_example(&names, example),
        None => files(&names, &template, sdk)?,
    };
    write(&folder, &files)?;
    let shown = folder.strip_prefix(&here).unwrap_or(&folder).display();
    println!(
        "created {shown}; next:\n  \
         jackfield plugin test {shown}\n  \
         jackfield plugin build {shown} --out PLUGIN_FOLDER"
    );
    Ok(())
}

// === impl Lang ===

impl Lang {
    /// The folder of the example that is this template; `None` for Rust, and for a template that is not there.
    fn example(self, template: &str) -> Option<&'static str> {
        match (self, template) {
            (Self::Js, "js-talker") => Some("ollama-js"),
            (Self::Python, "python-talker") => Some("ollama-python"),
            (Self::C, "c-talker") => Some("ollama-c"),
            _ => None,
        }
    }
}

// === impl NewArguments ===

impl NewArguments {
    /// The template's name: `rust-talker`.
    fn template(&self) -> String {
        let lang = written(&self.lang);
        let default = match self.lang {
            Lang::Rust => Template::Openai,
            Lang::Js | Lang::Python | Lang::C => Template::Talker,
        };
        match self.kind {
            Kind::Adapter => format!("{lang}-{}", written(&self.template.unwrap_or(default))),
            Kind::Shaper => format!("{lang}-{}", written(&self.kind)),
        }
    }
}

/// A value as it is written on the command line.
fn written(value: &impl clap::ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map(|value| value.get_name().to_owned()).unwrap_or_default()
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

/// All files of a new plugin from this template. `sdk` is where it gets the SDK from, if it uses it.
fn files(names: &Names, template: &str, sdk: Option<&Sdk>) -> Result<Vec<File>, NewError> {
    let inside = format!("{template}/");
    let of_template = |(path, content): &(&'static str, &[u8])| {
        let path = path.strip_prefix(&inside)?;
        let text = names.rename(&String::from_utf8_lossy(content));
        let text = match (path, sdk) {
            ("Cargo.toml", Some(sdk)) => manifest::complete(&text, sdk),
            _ => text,
        };
        Some((PathBuf::from(path), text.into_bytes()))
    };
    let mut files: Vec<File> = embedded::TEMPLATES.iter().filter_map(of_template).collect();
    if files.is_empty() {
        return Err(NewError::NoTemplate(template.to_owned(), templates()));
    }
    for (borrower, example, lent) in BORROWED {
        let of_example = of_example(names, example).into_iter();
        files.extend(of_example.filter(|(path, _)| borrower == template && path == Path::new(lent)));
    }
    if sdk == Some(&Sdk::Bundled) {
        files.extend(bundled());
    }
    Ok(files)
}

/// All files of a new plugin that begins as an example in another language: the example itself, under the new name.
fn of_example(names: &Names, example: &str) -> Vec<File> {
    let inside = format!("{example}/");
    let of_example = |(path, content): &(&'static str, &[u8])| {
        let text = String::from_utf8_lossy(content).replace(example, names.package());
        Some((PathBuf::from(path.strip_prefix(&inside)?), text.into_bytes()))
    };
    embedded::EXAMPLES.iter().filter_map(of_example).collect()
}

/// The names of all templates.
fn templates() -> String {
    let names = embedded::TEMPLATES
        .iter()
        .filter_map(|(path, _)| path.split('/').next());
    let names: BTreeSet<&str> = names.chain(["c-talker", "js-talker", "python-talker"]).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// The SDK and the contract, for a plugin outside a checkout.
fn bundled() -> Vec<File> {
    let mut files = vec![(".gitignore".into(), b"/target\n*.snap.new\n".to_vec())];
    for (folder, sources) in [("sdk/plugin-sdk", embedded::SDK), ("sdk/wit", embedded::WIT)] {
        let inside = |(path, content): &(&str, &[u8])| {
            let content = match *path {
                "Cargo.toml" => manifest::standalone(&String::from_utf8_lossy(content)).into_bytes(),
                _ => content.to_vec(),
            };
            (Path::new(folder).join(path), content)
        };
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
