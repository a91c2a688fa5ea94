//! `plugin precompile`: compiles plugins into the gateway's cache, so that dropping them in later costs it nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jackfield_config::{Faults, PluginsConfig, ProcessEnvironment};
use jackfield_sandbox::{CodeCache, Engine, LoadError, Loaded, Ticker};

use crate::commands::cache::default_cache;

/// The arguments of `plugin precompile`.
#[derive(Debug, clap::Args)]
pub(crate) struct PrecompileArguments {
    /// `.wasm` files, and folders of them.
    #[arg(required = true, value_name = "FILE|DIR")]
    plugins: Vec<PathBuf>,
    /// Configuration file or folder, for its `plugins.cache_dir`. Default: the cache of a gateway that has none.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

/// Why not every plugin is in the cache.
#[derive(Debug, thiserror::Error)]
pub(super) enum PrecompileError {
    /// The configuration does not load.
    #[error("{0}")]
    Config(#[from] Faults),
    /// There is no folder to cache in.
    #[error(
        "there is no folder for compiled code; set plugins.cache_dir or state_dir, or the environment variable HOME"
    )]
    NoFolder,
    /// The folder cannot be used.
    #[error("{} cannot hold compiled code: {source}", .dir.display())]
    Cache {
        /// The folder.
        dir: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// A folder of plugins cannot be read.
    #[error("{} cannot be read: {source}", .dir.display())]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// This machine cannot compile.
    #[error("{0}")]
    Engine(#[from] LoadError),
    /// What was said about these files stands above.
    #[error("{0} of {1} plugins are not in the cache")]
    Some(usize, usize),
}

/// Compiles the plugins that are not in the cache yet, and says so for each.
///
/// # Errors
/// [`PrecompileError`].
pub(super) fn precompile(arguments: &PrecompileArguments) -> Result<(), PrecompileError> {
    let dir = cache_dir(arguments.config.as_deref())?;
    let opened = CodeCache::open(&dir);
    let cache = opened.map_err(|source| PrecompileError::Cache { dir, source })?;
    let files = files(&arguments.plugins)?;
    let engine = Engine::new()?;
    let _ticker = Ticker::start(&engine);
    let failed = files.iter().filter(|file| match one(&engine, &cache, file) {
        Ok(line) => {
            println!("{}  {line}", file.display());
            false
        }
        Err(problem) => {
            eprintln!("error: {} {problem}", file.display());
            true
        }
    });
    match failed.count() {
        0 => Ok(()),
        failed => Err(PrecompileError::Some(failed, files.len())),
    }
}

fn cache_dir(config: Option<&Path>) -> Result<PathBuf, PrecompileError> {
    let configured = match config {
        Some(path) => {
            jackfield_config::load(path, &ProcessEnvironment)?
                .config
                .plugins
                .cache_dir
        }
        None => None,
    };
    configured.or_else(default_cache).ok_or(PrecompileError::NoFolder)
}

/// The files named, and those in the folders named.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, PrecompileError> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries.map_err(|source| PrecompileError::Folder {
            dir: path.clone(),
            source,
        })?;
        let mut inside: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        inside.retain(|file| file.extension().is_some_and(|extension| extension == "wasm"));
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

/// Compiles one plugin if need be, and asks it for its manifest, so that what would not load later is found now.
fn one(engine: &Engine, cache: &CodeCache, file: &Path) -> Result<String, String> {
    let began = Instant::now();
    let bytes = fs::read(file).map_err(|error| LoadError::Read(error.to_string()).to_string())?;
    let known = cache.holds(engine, &bytes);
    let limits = |name: &str| PluginsConfig::default().limits_for(name);
    let loaded = Loaded::load(engine, cache, &bytes, limits);
    let loaded = loaded.map_err(|error| format!("{error}; {}", error.remedy()))?;
    if known {
        return Ok(format!("{}: in the cache already", loaded.name()));
    }
    if !cache.holds(engine, &bytes) {
        return Err("cannot be written to the cache; make room on its disk".to_owned());
    }
    Ok(format!(
        "{}: compiled in {:.1} s",
        loaded.name(),
        began.elapsed().as_secs_f64()
    ))
}
