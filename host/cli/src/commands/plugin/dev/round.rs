//! One round: a changed plugin is built, tried in the sandbox, put into the plugin folder, and its cases are run.

use std::path::{Path, PathBuf};
use std::time::Instant;

use jackfield_config::escaped::Escaped;
use jackfield_kit::golden::Verdict;
use jackfield_kit::loaded::AnyPlugin;
use jackfield_sandbox::CodeCache;

use crate::commands::cache::default_cache;
use crate::commands::plugin::build::toolchain::Speed;
use crate::commands::plugin::{CASES, built, pack};

/// The compiled code of the gateway's user: what is compiled here, the gateway need not compile.
fn cache() -> CodeCache {
    let cache = default_cache().and_then(|folder| CodeCache::open(&folder).ok());
    cache.unwrap_or_default()
}

/// A round that began when a change was seen.
pub(super) struct Round<'a> {
    directory: &'a Path,
    plugins: &'a Path,
    began: Instant,
}

// === impl Round ===

impl<'a> Round<'a> {
    pub(super) fn begin(directory: &'a Path, plugins: &'a Path) -> Self {
        Self {
            directory,
            plugins,
            began: Instant::now(),
        }
    }

    /// Does all of it, and tells of it. A plugin that a gateway would not load is not put there, so that the last one
    /// stays. False if it was not, or a case failed.
    pub(super) fn run(&self) -> bool {
        match self.installed() {
            Ok((plugin, path)) => {
                eprintln!("live in {} after {:.1?}", path.display(), self.began.elapsed());
                self.cases(&plugin)
            }
            Err(problem) => {
                eprintln!("not installed: {problem}");
                false
            }
        }
    }

    fn installed(&self) -> Result<(AnyPlugin, PathBuf), String> {
        let built = built::find(self.directory, None, Speed::Soon).map_err(|error| error.to_string())?;
        let plugin = built.load(&cache()).map_err(|error| error.to_string())?;
        let bytes = std::fs::read(&built.file).map_err(|error| error.to_string())?;
        let path = self.plugins.join(built.file.file_name().unwrap_or_default());
        pack::write_if_changed(&path, &bytes).map_err(|error| error.to_string())?;
        Ok((plugin, path))
    }

    /// Runs the cases in the sandbox, and names those that fail.
    fn cases(&self, plugin: &AnyPlugin) -> bool {
        let ran = plugin.run_cases(&self.directory.join(CASES), false);
        let mut failed = 0;
        for case in &ran {
            if let Verdict::Failed(fault) = &case.verdict {
                failed += 1;
                let first = fault.lines().next().unwrap_or_default();
                eprintln!("failed    {}: {}", case.name, Escaped(first));
            }
        }
        match (ran.len(), failed) {
            (0, _) => eprintln!("no cases in {}", self.directory.join(CASES).display()),
            (all, 0) => eprintln!("{all} cases passed"),
            (all, failed) => eprintln!(
                "{failed} of {all} cases failed; `jackfield plugin test` shows more, and accepts with --accept"
            ),
        }
        failed == 0
    }
}
