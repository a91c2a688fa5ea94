//! `jackfield schema`: prints the JSON Schema of the configuration, for editors.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jackfield_config::editor_schema;
use jackfield_sandbox::Loaded;
use serde_json::Value;

use super::arguments::plugins_of_environment;
use super::plugins;

/// The arguments of `schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct SchemaArguments {
    /// Plugin folder: the schema then knows the settings of each adapter and shaper in it. Default:
    /// `$JACKFIELD_PLUGINS`.
    #[arg(long, value_name = "DIR", default_value = plugins_of_environment(), hide_default_value = true)]
    plugins: Option<PathBuf>,
}

/// The schemas of settings, by plugin: of adapters, and of shapers.
type Settings = (BTreeMap<String, Value>, BTreeMap<String, Value>);

/// Prints the schema to stdout.
pub(super) fn run(arguments: &SchemaArguments) -> ExitCode {
    let settings = arguments.plugins.as_deref().map(settings).transpose();
    let (adapters, shapers) = match settings {
        Ok(settings) => settings.unwrap_or_default(),
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    // `{:#}` is serde_json's indented form.
    match writeln!(io::stdout(), "{:#}", editor_schema(&adapters, &shapers)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// What the plugins in a folder say of their settings.
fn settings(folder: &Path) -> Result<Settings, String> {
    let unreadable = |error: io::Error| format!("{} cannot be read: {error}", folder.display());
    let (mut adapters, mut shapers) = Settings::default();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_none_or(|extension| extension != "wasm") {
            continue;
        }
        let plugin = plugins::load(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let (kind, name, schema) = match plugin {
            Loaded::Adapter(plugin) => (
                &mut adapters,
                plugin.manifest.name.clone(),
                plugin.manifest.settings.clone(),
            ),
            Loaded::Shaper(plugin) => (
                &mut shapers,
                plugin.manifest.name.clone(),
                plugin.manifest.settings.clone(),
            ),
        };
        kind.insert(name, schema);
    }
    Ok((adapters, shapers))
}
