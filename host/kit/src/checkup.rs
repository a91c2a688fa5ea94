//! Examines a plugin under the limits of a gateway: what it needs, how long it takes, and what it does with what is broken.

mod calls;
mod damage;
mod measure;
mod purity;
mod samples;
mod settings;
mod shapings;
#[cfg(test)]
mod tests;
mod trial;

use std::path::Path;

use serde::Serialize;

pub use self::measure::Measured;
use crate::golden::Verdict;
use crate::loaded::{AnyPlugin, SandboxedShaper};
use crate::sandboxed::Sandboxed;

/// How one check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// Works, but an operator or the author should know.
    Warning,
    /// A gateway would suffer from it.
    Failed,
}

/// One check, and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check, in a word or two.
    pub check: &'static str,
    /// How it came out.
    pub outcome: Outcome,
    /// What was seen.
    pub detail: String,
    /// What to do about it; empty if nothing.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub remedy: &'static str,
}

/// All that was found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// One entry for each check.
    pub checks: Vec<Finding>,
    /// What the calls took.
    pub calls: Vec<Measured>,
}

/// Examines a loaded plugin. `cases` is a folder of its golden cases, which say more about it than samples can.
///
/// # Errors
/// If a case cannot be read.
pub fn examine(plugin: &AnyPlugin, cases: Option<&Path>) -> Result<Report, String> {
    match plugin {
        AnyPlugin::Adapter(adapter) => adapter_report(adapter, cases),
        AnyPlugin::Shaper(shaper) => {
            let mut report = shaper_report(shaper, cases)?;
            report.checks.push(shaped(plugin, cases));
            Ok(report)
        }
    }
}

fn adapter_report(plugin: &Sandboxed, cases: Option<&Path>) -> Result<Report, String> {
    let calls = calls::calls(plugin, cases)?;
    let (measured, memory) = measure::measure(plugin, &calls);
    let mut checks = vec![settings::schema(&plugin.plugin.manifest.settings), memory];
    checks.extend(measure::limits(&measured, &plugin.plugin.limits));
    // Whether calls are in time was judged; a busy machine must not look like a plugin that answers now so, now so.
    let patient = plugin.patient();
    checks.push(purity::equal_calls(&patient, &calls));
    checks.push(purity::used_instances(&patient, &calls));
    checks.push(damage::replies(&patient, &calls));
    checks.push(damage::streams(&patient, &calls));
    Ok(Report {
        checks,
        calls: measured,
    })
}

fn shaper_report(plugin: &SandboxedShaper, cases: Option<&Path>) -> Result<Report, String> {
    let calls = shapings::calls(cases)?;
    let (measured, memory) = measure::measure(plugin, &calls);
    let mut checks = vec![settings::schema(&plugin.shaper.manifest.settings), memory];
    checks.extend(measure::limits(&measured, &plugin.shaper.limits));
    let patient = plugin.patient();
    checks.push(purity::equal_calls(&patient, &calls));
    checks.push(purity::used_instances(&patient, &calls));
    Ok(Report {
        checks,
        calls: measured,
    })
}

/// Whether a shaper decides the same of a reply however its stream is cut.
fn shaped(plugin: &AnyPlugin, folder: Option<&Path>) -> Finding {
    const CHECK: &str = "cut replies";
    let Some(folder) = folder else {
        return Finding::warning(CHECK, "no case was tried", "name a folder of cases with --cases");
    };
    let ran = plugin.run_cases(folder, false);
    let failed = ran.iter().find_map(|case| match &case.verdict {
        Verdict::Failed(fault) => Some(format!("{}: {fault}", case.name)),
        _ => None,
    });
    match failed {
        Some(detail) => Finding::failed(
            CHECK,
            detail,
            "hold back what may go on, and take all of the last piece",
        ),
        None => Finding::passed(CHECK, format!("{} cases decide the same under every cut", ran.len())),
    }
}

// === impl Finding ===

impl Finding {
    /// All is well.
    pub fn passed(check: &'static str, detail: impl Into<String>) -> Self {
        Self {
            check,
            outcome: Outcome::Passed,
            detail: detail.into(),
            remedy: "",
        }
    }

    /// Something to know.
    pub fn warning(check: &'static str, detail: impl Into<String>, remedy: &'static str) -> Self {
        Self {
            outcome: Outcome::Warning,
            remedy,
            ..Self::passed(check, detail)
        }
    }

    /// Something to mend.
    pub fn failed(check: &'static str, detail: impl Into<String>, remedy: &'static str) -> Self {
        Self {
            outcome: Outcome::Failed,
            remedy,
            ..Self::passed(check, detail)
        }
    }
}

// === impl Report ===

impl Report {
    /// Whether no check failed.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|finding| finding.outcome != Outcome::Failed)
    }
}
