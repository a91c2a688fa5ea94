//! What a check found, as lines for people or as JSON for pipelines.

use std::io::{self, Write};
use std::path::Path;

use clap::ValueEnum;
use jackfield_config::catalogue::{self, Unpriced};
use jackfield_config::escaped::Escaped;
use jackfield_config::{Config, Fault, Faults, Loaded};
use serde_json::{Value, json};

/// The format of what a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Lines: faults on stderr, the rest on stdout.
    Text,
    /// One JSON object on stdout.
    Json,
}

/// A configuration without faults and what is to be told about it, or its faults.
pub(super) type Checked = Result<(Loaded, Vec<String>), Faults>;

// === impl Format ===

impl Format {
    /// Writes what was found in the configuration at `path`.
    pub(super) fn write(
        self,
        (path, checked): (&Path, &Checked),
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> io::Result<()> {
        match (self, checked) {
            (Self::Text, Ok((loaded, lines))) => summary(loaded, lines, out),
            (Self::Text, Err(faults)) => {
                let count = faults.0.len();
                let plural = if count == 1 { "" } else { "s" };
                writeln!(err, "{faults}\n{count} fault{plural} in {}", path.display())
            }
            (Self::Json, Ok((loaded, lines))) => writeln!(out, "{:#}", good(loaded, lines)),
            (Self::Json, Err(faults)) => {
                let faults: Vec<Value> = faults.0.iter().map(fault).collect();
                writeln!(out, "{:#}", json!({ "ok": false, "faults": faults }))
            }
        }
    }
}

fn good(loaded: &Loaded, lines: &[String]) -> Value {
    let config = &loaded.config;
    let Unpriced { models, targets } = catalogue::unpriced(config);
    let target = |[model, provider, name]: &[&str; 3]| json!({ "model": model, "provider": provider, "target": name });
    json!({
        "ok": true,
        "faults": [],
        "warnings": loaded.warnings,
        "notes": lines,
        "unpriced": { "models": models, "targets": targets.iter().map(target).collect::<Vec<_>>() },
        "models": config.models.len(),
        "providers": config.providers.len(),
        "providers_off": off(config),
        "plans": config.plans.len(),
        "keys": config.keys.len(),
        "listen": config.server.listen.to_string(),
    })
}

/// A fault, with the words of `/admin/snapshot`.
fn fault(fault: &Fault) -> Value {
    json!({
        "file": fault.file, "line": fault.line, "column": fault.column,
        "field": fault.field, "message": fault.problem, "remedy": fault.remedy,
    })
}

fn summary(loaded: &Loaded, lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    let config = &loaded.config;
    for line in loaded.warnings.iter().chain(lines) {
        // Upstreams have their say in it.
        writeln!(out, "{}", Escaped(line))?;
    }
    unpriced(&catalogue::unpriced(config), out)?;
    writeln!(
        out,
        "no faults: {} models, {} providers ({} off), {} plans, {} keys; listens on {}",
        config.models.len(),
        config.providers.len(),
        off(config),
        config.plans.len(),
        config.keys.len(),
        config.server.listen,
    )
}

/// How many providers are off.
fn off(config: &Config) -> usize {
    let providers = config.providers.values();
    providers.filter(|provider| provider.off.is_some()).count()
}

/// Names what has no price.
fn unpriced(unpriced: &Unpriced<'_>, out: &mut dyn Write) -> io::Result<()> {
    if !unpriced.models.is_empty() {
        let models = unpriced.models.join(", ");
        writeln!(
            out,
            "without a price, so users who pay with credits cannot call them: {models}"
        )?;
    }
    for [model, provider, name] in &unpriced.targets {
        writeln!(
            out,
            "models.{model}: the target {provider} {name} has no price of its own, and costs what the first that has one \
             does"
        )?;
    }
    Ok(())
}
