//! How a plugin gets into the folder: it is tried, written and noted, and then it is waited for.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Json;
use jackfield_accounting::deed::Deed;
use jackfield_config::Faults;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;

use super::super::operators::Operator;
use super::audit::note;
use super::operate::Controls;
use super::rejected::Rejected;
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::snapshot::{Candidate, Fit, Snapshot};
use crate::sources::put_plugin;

/// How long a plugin may take to be tried. A change of the files may take as long to be built.
const LONGEST_TRIAL: Duration = Duration::from_mins(2);

/// How long an answer waits until the plugin is in force.
const PATIENCE: Duration = Duration::from_secs(30);

/// A change of the folder, and who makes it.
pub(super) struct Change<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) controls: &'a Controls,
    pub(super) operator: &'a Operator,
    /// What the audit log calls it.
    pub(super) action: &'static str,
}

/// What came of a change.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct PluginPut {
    name: String,
    version: String,
    /// The SHA-256 of what is in the folder now.
    sha256: String,
    /// The SHA-256 of what was in force before; `null` if the plugin is new.
    replaced: Option<String>,
    /// The generation in force.
    generation: u64,
    /// Whether the plugin is in force in it. If not, `rejected` says why, or it takes more time.
    in_force: bool,
    /// What was rejected and why, as in the snapshot; `null` if nothing was.
    rejected: Option<Rejected>,
}

// === impl Change ===

impl Change<'_> {
    /// Tries the candidate, puts it into the folder, and waits until it is in force. Refused, it changes nothing.
    ///
    /// # Errors
    /// `INVALID_REQUEST` that says what is at fault.
    pub(super) async fn carry_out(
        &self,
        candidate: Candidate,
        turn: OwnedSemaphorePermit,
    ) -> Result<Json<PluginPut>, GatewayError> {
        let serving = self.gateway.current.load();
        let before = serving.plugins.iter().find(|file| file.plugin.name() == candidate.name);
        let before = before.map(|file| (file.plugin.version().to_owned(), file.plugin.sha256().to_owned()));
        let fit = self.put(candidate, serving, turn).await?;
        let told = |version: &str, sha256: &str| json!({ "version": version, "sha256": sha256 });
        let deed = Deed {
            action: self.action,
            subject: fit.plugin.name(),
            before: before.as_ref().map(|(version, sha256)| told(version, sha256)),
            after: Some(told(fit.plugin.version(), fit.plugin.sha256())),
        };
        note(self.gateway, self.operator, deed).await;
        let replaced = before.map(|(_, sha256)| sha256);
        Ok(Json(self.awaited(&fit, replaced).await))
    }

    /// Tries the candidate and writes it, unless that takes too long.
    async fn put(
        &self,
        candidate: Candidate,
        serving: Arc<Snapshot>,
        turn: OwnedSemaphorePermit,
    ) -> Result<Fit, GatewayError> {
        let builder = Arc::clone(self.controls.builder());
        // Whichever comes first: it is being written, or it will not be.
        let decided = Arc::new(AtomicBool::new(false));
        let given_up = Arc::clone(&decided);
        let mut work = spawn_blocking(move || {
            // Even a trial that was given up ends before the next one begins.
            let _turn = turn;
            let fit = builder
                .try_plugin(&candidate, &serving)
                .map_err(|faults| unfit(&faults))?;
            if decided.swap(true, Ordering::AcqRel) {
                return Err(late());
            }
            let written = put_plugin(&fit.file, candidate.signature.as_deref(), &candidate.content);
            written.map_err(|error| unwritten(&fit.file, &error))?;
            Ok(fit)
        });
        match timeout(LONGEST_TRIAL, &mut work).await {
            Ok(done) => done.map_err(panicked)?,
            // It is being written.
            Err(_) if given_up.swap(true, Ordering::AcqRel) => work.await.map_err(panicked)?,
            Err(_) => Err(late()),
        }
    }

    /// What came of it, once the plugin is in force, or after a while.
    async fn awaited(&self, fit: &Fit, replaced: Option<String>) -> PluginPut {
        let current = &self.gateway.current;
        let (name, sha256) = (fit.plugin.name(), fit.plugin.sha256());
        let is_there = |_: &u64| sha256_of(&current.load(), name).as_deref() == Some(sha256);
        let mut changes = current.changes();
        self.controls.look();
        let there = async { changes.wait_for(is_there).await.is_ok() };
        let in_force = timeout(PATIENCE, there).await.unwrap_or(false);
        PluginPut {
            name: name.to_owned(),
            version: fit.plugin.version().to_owned(),
            sha256: sha256.to_owned(),
            replaced,
            generation: current.load().generation,
            in_force,
            rejected: current.rejected().map(Rejected::from),
        }
    }
}

fn unfit(faults: &Faults) -> GatewayError {
    refused(format!(
        "The plugin would not come into force, so that nothing was changed: {faults}"
    ))
}

fn late() -> GatewayError {
    refused(format!(
        "The plugin could not be built within {LONGEST_TRIAL:?}, so that nothing was changed."
    ))
}

fn unwritten(file: &Path, error: &io::Error) -> GatewayError {
    let message = format!(
        "{} cannot be written, so that nothing was changed: {error}",
        file.display()
    );
    refused(message).with_status(409)
}

/// The hash of the plugin of this name in force; `None` if there is none.
pub(super) fn sha256_of(snapshot: &Snapshot, name: &str) -> Option<String> {
    let mut plugins = snapshot.plugins.iter().map(|file| &file.plugin);
    let plugin = plugins.find(|plugin| plugin.name() == name)?;
    Some(plugin.sha256().to_owned())
}

/// What cannot be done, and why.
pub(super) fn refused(message: String) -> GatewayError {
    GatewayError::new(ErrorKind::InvalidRequest, message)
}

/// A panic of what looked at a plugin.
pub(super) fn panicked(error: JoinError) -> GatewayError {
    GatewayError::new(ErrorKind::Internal, "The plugin could not be looked at.").because(error)
}
