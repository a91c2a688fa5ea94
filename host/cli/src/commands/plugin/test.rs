//! `plugin test`: runs a plugin's golden cases inside the sandbox and, if it is a cargo package, natively.

mod native;

use std::path::{Path, PathBuf};

use jackfield_config::escaped::Escaped;
use jackfield_kit::golden::{Ran, Verdict};
use jackfield_kit::loaded::AnyPlugin;
use jackfield_sandbox::CodeCache;

use self::native::{Native, NativeError};
use super::CASES;
use super::build::toolchain::Speed;
use super::built::{self, ComponentFault};

/// The arguments of `plugin test`.
#[derive(Debug, clap::Args)]
pub(crate) struct TestArguments {
    /// The plugin's folder. Its cases are in `tests/golden/{request,response,stream,error}/`.
    #[arg(default_value = ".", value_name = "DIR")]
    directory: PathBuf,
    /// Accept what the cases come to: write the snapshots that are missing or differ. Read them before you commit them.
    #[arg(long)]
    accept: bool,
    /// Test this component instead of building one from DIR.
    #[arg(long, value_name = "FILE")]
    plugin: Option<PathBuf>,
    /// Run the cases in the sandbox only, not natively with cargo.
    #[arg(long)]
    sandbox_only: bool,
}

/// Why a plugin did not pass its tests.
#[derive(Debug, thiserror::Error)]
pub(super) enum TestError {
    /// There is no component to test.
    #[error(transparent)]
    Component(#[from] ComponentFault),
    /// There is nothing to test.
    #[error(
        "{}: no cases; add one, such as request/text.json with \
         {{\"body\": {{\"model\": \"m\", \"messages\": [{{\"role\": \"user\", \"content\": \"Hi\"}}]}}}}", .0.display()
    )]
    NoCases(PathBuf),
    /// Some cases failed; they have been printed.
    #[error("{failed} of {cases} cases failed{}", if *.acceptable {
        "; if the new outcomes are right, accept them with --accept"
    } else {
        ""
    })]
    Failed {
        /// How many.
        failed: usize,
        /// Of how many.
        cases: usize,
        /// Whether one has an outcome that could be accepted.
        acceptable: bool,
    },
    /// The native tests could not be run, or failed.
    #[error(transparent)]
    Native(#[from] NativeError),
}

/// Runs the cases, prints what became of them, and fails if any did.
///
/// # Errors
/// [`TestError`].
pub(super) fn run(arguments: &TestArguments) -> Result<(), TestError> {
    let folder = arguments.directory.join(CASES);
    let component = built::find(&arguments.directory, arguments.plugin.as_deref(), Speed::Best)?;
    let plugin = component.load(&CodeCache::disabled())?;
    let ran = cases(&plugin, &folder, arguments.accept)?;
    let native = if arguments.sandbox_only || arguments.plugin.is_some() {
        None
    } else {
        Native::run(&arguments.directory)?
    };
    if let Some(native) = native {
        native.compare(&ran)?;
        println!("natively: the same {} outcomes, to the byte", ran.len());
    }
    Ok(())
}

/// Runs the cases in the sandbox.
fn cases(plugin: &AnyPlugin, folder: &Path, accept: bool) -> Result<Vec<Ran>, TestError> {
    let ran = plugin.run_cases(folder, accept);
    if ran.is_empty() {
        return Err(TestError::NoCases(folder.to_owned()));
    }
    let failed = ran.iter().filter(|ran| report(ran)).count();
    if failed > 0 {
        return Err(TestError::Failed {
            failed,
            cases: ran.len(),
            acceptable: !accept && ran.iter().any(is_acceptable),
        });
    }
    println!("in the sandbox: {} cases passed", ran.len());
    Ok(ran)
}

fn is_acceptable(ran: &Ran) -> bool {
    matches!(ran.verdict, Verdict::Failed(_)) && ran.shown.is_some()
}

/// Prints what a person must know of one case; true if it failed.
fn report(ran: &Ran) -> bool {
    match &ran.verdict {
        Verdict::Passed => false,
        Verdict::Accepted => {
            println!("accepted  {}", ran.name);
            false
        }
        Verdict::Failed(fault) => {
            let lines: Vec<String> = fault.lines().map(|line| Escaped(line).to_string()).collect();
            println!("failed    {}: {}", ran.name, lines.join("\n"));
            true
        }
    }
}
