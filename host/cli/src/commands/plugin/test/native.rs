//! The native run of a cargo package's tests, whose runner of golden cases tells what each came to.

use std::path::{Path, PathBuf};
use std::process::Command;

use jackfield_config::escaped::Escaped;
use jackfield_kit::golden::Ran;
use jackfield_kit::snapshot::difference;
use tempfile::TempDir;

/// Where the SDK's runner is told to write outcomes.
const OUTCOMES: &str = "JACKFIELD_GOLDEN_OUTCOMES";

/// Why the native run failed.
#[derive(Debug, thiserror::Error)]
pub(in crate::commands::plugin) enum NativeError {
    /// Cargo or the folder for outcomes is not there.
    #[error("cannot run `cargo test`: {0}")]
    Start(#[from] std::io::Error),
    /// The tests failed for another reason than a case.
    #[error("`cargo test` failed:\n{0}")]
    Failed(String),
    /// A case comes to something else than in the sandbox.
    #[error(
        "{case}: natively it comes to something else than in the sandbox, in line {line}; an adapter may not depend on \
         where it runs: look for the order of a HashMap, the size of `usize`, or a clock\n  natively   {native}\n  \
         sandboxed  {sandboxed}"
    )]
    Differs {
        /// The case.
        case: String,
        /// The first line that differs.
        line: usize,
        /// That line.
        native: String,
        /// That line.
        sandboxed: String,
    },
    /// The native tests did not run a case.
    #[error("{0}: is not run natively; let tests/golden.rs call `golden::run::<YourAdapter>(\"tests/golden\")`")]
    NotRun(String),
}

/// What the cases came to natively.
#[derive(Debug)]
pub(super) struct Native {
    outcomes: TempDir,
    /// What the tests printed, if they failed.
    failure: Option<String>,
}

// === impl Native ===

impl Native {
    /// Runs `cargo test`; none if the folder is no cargo package.
    ///
    /// # Errors
    /// [`NativeError::Start`].
    pub(super) fn run(directory: &Path) -> Result<Option<Self>, NativeError> {
        let manifest = directory.join("Cargo.toml");
        if !manifest.is_file() {
            return Ok(None);
        }
        let outcomes = tempfile::tempdir()?;
        let output = Command::new("cargo")
            .args(["test", "--quiet", "--manifest-path"])
            .arg(manifest)
            .env(OUTCOMES, outcomes.path())
            .env("INSTA_UPDATE", "no")
            .output()?;
        let printed = || {
            let texts = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
            texts.concat()
        };
        Ok(Some(Self {
            outcomes,
            failure: (!output.status.success()).then(printed),
        }))
    }

    /// Compares the outcomes with those in the sandbox.
    ///
    /// # Errors
    /// If one differs or is missing, or the tests failed otherwise.
    pub(super) fn compare(&self, sandboxed: &[Ran]) -> Result<(), NativeError> {
        for ran in sandboxed {
            let native = std::fs::read_to_string(self.outcome(&ran.name));
            let (Ok(native), Some(shown)) = (native, &ran.shown) else {
                return Err(self.failed().unwrap_or_else(|| NativeError::NotRun(ran.name.clone())));
            };
            if let Some((line, native, sandboxed)) = difference(&native, shown) {
                return Err(NativeError::Differs {
                    case: ran.name.clone(),
                    line,
                    native: Escaped(&native).to_string(),
                    sandboxed: Escaped(&sandboxed).to_string(),
                });
            }
        }
        self.failed().map_or(Ok(()), Err)
    }

    fn failed(&self) -> Option<NativeError> {
        self.failure.clone().map(NativeError::Failed)
    }

    /// Where the SDK's runner writes the outcome of a case.
    fn outcome(&self, case: &str) -> PathBuf {
        self.outcomes.path().join(case.replacen('/', ".", 1))
    }
}
