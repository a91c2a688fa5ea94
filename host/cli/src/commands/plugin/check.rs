//! `plugin check`: examines a plugin's file under a gateway's limits, for a person or a program.

use std::path::{Path, PathBuf};

use jackfield_config::escaped::Escaped;
use jackfield_kit::checkup::{self, Finding, Measured, Outcome, Report};
use jackfield_kit::loaded::AnyPlugin;
use jackfield_sandbox::CodeCache;
use serde::Serialize;

use super::build::Describe;
use super::component::{Component, ContractError, display_memory};
use super::component_file::{ComponentFile, FileError};
use super::pack::manifest;

/// From this size on, in bytes, a component takes noticeably long to compile.
const LARGE: usize = 4 << 20;

/// How many calls a person is shown.
const SHOWN: usize = 12;

/// The arguments of `plugin check`.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArguments {
    /// A `.wasm` file.
    file: PathBuf,
    /// Folder of golden cases that are tried as well, such as `talker/tests/golden`.
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// For whom the result is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// For whom a result is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Why a plugin did not pass.
#[derive(Debug, thiserror::Error)]
pub(super) enum CheckError {
    /// The file cannot be opened as a component.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is a component, but not a plugin for this host.
    #[error("{} {source}", .file.display())]
    NotAPlugin {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: ContractError,
    },
    /// A gateway would not load it.
    #[error("{}: {}", .file.display(), Escaped(.reason))]
    Load {
        /// The file.
        file: PathBuf,
        /// Why not, and what to do.
        reason: String,
    },
    /// A golden case cannot be read.
    #[error("{}", Escaped(.0))]
    Case(String),
    /// Checks failed; they have been printed.
    #[error("{} failed {failed} of {all} checks", .file.display())]
    Failed {
        /// The file.
        file: PathBuf,
        /// How many.
        failed: usize,
        /// Of how many.
        all: usize,
    },
}

/// What `--format json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    file: String,
    name: &'a str,
    version: &'a str,
    passed: bool,
    #[serde(flatten)]
    report: &'a Report,
}

/// Examines the file and prints what was found.
///
/// # Errors
/// [`CheckError`], also if a check failed.
pub(super) fn run(arguments: &CheckArguments, describe: &Describe<'_>) -> Result<(), CheckError> {
    let file = arguments.file.clone();
    let ComponentFile { bytes, component } = ComponentFile::open(&file)?;
    component.contract().map_err(|source| CheckError::NotAPlugin {
        file: file.clone(),
        source,
    })?;
    let plugin = AnyPlugin::load(&file, &CodeCache::disabled()).map_err(|error| CheckError::Load {
        file: file.clone(),
        reason: format!("{error}; {}", error.remedy()),
    })?;
    let mut report = checkup::examine(&plugin, arguments.cases.as_deref()).map_err(CheckError::Case)?;
    report.checks.splice(
        0..0,
        [
            imports(&component),
            size(&bytes, &component),
            said(&bytes, &file, describe),
        ],
    );
    match arguments.format {
        Format::Text => print(&file, &plugin, &report),
        Format::Json => print_json(&file, &plugin, &report),
    }
    let failed = report
        .checks
        .iter()
        .filter(|finding| finding.outcome == Outcome::Failed)
        .count();
    let all = report.checks.len();
    if failed > 0 {
        return Err(CheckError::Failed { file, failed, all });
    }
    Ok(())
}

/// What the component needs of the host.
fn imports(component: &Component) -> Finding {
    let imports = component.imports.join(", ");
    if component.imports.iter().any(|import| import.starts_with("wasi:")) {
        let remedy = "all of WASI is denied and its clocks stand still; a target without WASI starts faster";
        return Finding::warning("imports", imports, remedy);
    }
    Finding::passed("imports", imports)
}

fn size(bytes: &[u8], component: &Component) -> Finding {
    let detail = format!(
        "{} KiB, {}",
        bytes.len().div_ceil(1024),
        display_memory(component.memory_pages)
    );
    if bytes.len() > LARGE {
        let remedy = "build it with optimisation and without debug information: a gateway compiles it at its start";
        return Finding::warning("size", detail, remedy);
    }
    Finding::passed("size", detail)
}

/// Whether the manifest in the file is what the plugin says of itself.
fn said(bytes: &[u8], file: &Path, describe: &Describe<'_>) -> Finding {
    let Some(written) = manifest::of(bytes) else {
        let remedy = "build it with `jackfield plugin build`, so that tools can read its manifest without running it";
        return Finding::warning("manifest", "is not in the file".to_owned(), remedy);
    };
    let described = describe(file).ok().and_then(|text| serde_json::from_str(&text).ok());
    if described == Some(written) {
        return Finding::passed("manifest", "the file and the plugin say the same".to_owned());
    }
    let remedy = "build it again with `jackfield plugin build`, which writes the manifest into the file";
    Finding::failed(
        "manifest",
        "the file says something else than the plugin".to_owned(),
        remedy,
    )
}

/// A line for each check, and a table of the calls.
fn print(file: &Path, plugin: &AnyPlugin, report: &Report) {
    let (name, version) = plugin.about();
    println!("{}: {} {}", file.display(), Escaped(name), Escaped(version));
    for finding in &report.checks {
        let mark = match finding.outcome {
            Outcome::Passed => "ok  ",
            Outcome::Warning => "warn",
            Outcome::Failed => "FAIL",
        };
        println!("{mark}  {:<16}  {}", finding.check, Escaped(&finding.detail));
        if !finding.remedy.is_empty() {
            println!("      {:<16}  -> {}", "", finding.remedy);
        }
    }
    if !report.calls.is_empty() {
        println!(
            "\n{:>9}  {:>9}  {:>9}  {:>9}  call",
            "us", "bytes in", "bytes out", "KiB"
        );
    }
    let slowest = slowest(&report.calls);
    for call in &slowest {
        println!("{}", row(call));
    }
    if slowest.len() < report.calls.len() {
        let others = report.calls.len() - slowest.len();
        println!("and {others} more, which took less; --format json lists them all");
    }
}

/// The calls that took longest, in their own order.
fn slowest(calls: &[Measured]) -> Vec<&Measured> {
    let mut times: Vec<u64> = calls.iter().map(|call| call.microseconds).collect();
    times.sort_unstable_by(|one, other| other.cmp(one));
    let least = times.get(SHOWN - 1).copied().unwrap_or(0);
    calls.iter().filter(|call| call.microseconds >= least).collect()
}

fn row(call: &Measured) -> String {
    let memory = call
        .memory_bytes
        .map_or("-".to_owned(), |bytes| (bytes >> 10).to_string());
    let (name, function) = (Escaped(&call.name), call.function);
    format!(
        "{:>9}  {:>9}  {:>9}  {memory:>9}  {function} of {name}",
        call.microseconds, call.bytes_in, call.bytes_out
    )
}

fn print_json(file: &Path, plugin: &AnyPlugin, report: &Report) {
    let (name, version) = plugin.about();
    let printed = Printed {
        file: file.display().to_string(),
        name,
        version,
        passed: report.passed(),
        report,
    };
    // A report consists of texts and numbers, which are always JSON.
    println!("{}", serde_json::to_string_pretty(&printed).unwrap_or_default());
}
