//! `/admin/api/plugins`: which versions were in force; and new plugins and earlier ones are put into the folder, by way of a
//! [trial](super::plugin_change).

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use jackfield_accounting::ledger::utc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use super::super::body::Reading;
use super::super::entered::Entered;
use super::super::operators::Operator;
use super::accounts::body;
use super::operate::Controls;
use super::plugin_change::{Change, PluginPut, panicked, refused, sha256_of};
use crate::error::GatewayError;
use crate::request::Gateway;
use crate::request::heavy::Passage;
use crate::snapshot::Candidate;
use crate::sources::{Store, Version, earlier, versions_in};

/// The header with the signature of an upload.
const SIGNATURE: &str = "x-jackfield-signature";

/// The version to put back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::edge) struct PutBack {
    /// The version as the list has it, or the beginning of its SHA-256. Default: the one before.
    #[serde(default)]
    to: Option<String>,
}

/// The versions of a plugin that were in force, the newest first.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::edge) struct VersionList {
    data: Vec<VersionShown>,
}

/// A version that was in force.
#[derive(Debug, JsonSchema, Serialize)]
struct VersionShown {
    version: String,
    sha256: String,
    /// When it came into force last.
    since: String,
    /// The file or the source that it came from.
    from: String,
    /// Whether there was a signature beside it.
    signed: bool,
    /// Whether its content is kept, so that it can be put back.
    kept: bool,
    /// Whether it is in force now.
    in_force: bool,
}

/// `GET /admin/api/plugins/{name}/versions`.
pub(super) async fn versions(
    Extension(entered): Extension<Entered>,
    Extension(controls): Extension<Controls>,
    Path(name): Path<String>,
) -> Result<Json<VersionList>, GatewayError> {
    let builder = Arc::clone(controls.builder());
    let list = move || {
        let snapshot = &entered.snapshot;
        let now = sha256_of(snapshot, &name);
        let shown = |version: Version| shown(version, now.as_deref(), builder.kept());
        let folder = builder.folder_of(&snapshot.config.plugins);
        versions_in(builder.kept(), &name, &folder)
            .into_iter()
            .map(shown)
            .collect::<Vec<_>>()
    };
    let data = spawn_blocking(list).await.map_err(panicked)?;
    Ok(Json(VersionList { data }))
}

/// `PUT /admin/api/plugins/{name}`: the body is the component.
pub(super) async fn upload(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    Extension(controls): Extension<Controls>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Json<PluginPut>, GatewayError> {
    check_name(&name)?;
    let (head, body) = request.into_parts();
    let signature = signature(&head.headers)?;
    let server = &entered.snapshot.config.server;
    let reading = Reading {
        max_bytes: entered.snapshot.config.plugins.max_file_bytes,
        patience: server.body_timeout,
        passage: &Passage::new(&gateway.turns),
        room: gateway.bodies.room(None, server),
    };
    let (content, _room) = reading.bytes(&head.headers, body).await?;
    let turn = controls.turn()?;
    let candidate = Candidate {
        name,
        content: content.into(),
        signature,
    };
    let change = Change {
        gateway: &gateway,
        controls: &controls,
        operator: &operator,
        action: "plugin.upload",
    };
    change.carry_out(candidate, turn).await
}

/// `POST /admin/api/plugins/{name}/rollback`: puts an earlier version back.
pub(super) async fn rollback(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    Extension(controls): Extension<Controls>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Json<PluginPut>, GatewayError> {
    check_name(&name)?;
    let PutBack { to } = body(&gateway, &entered, request, r#"{"to": "1.2.0"}"#).await?;
    let turn = controls.turn()?;
    let builder = Arc::clone(controls.builder());
    let find = move || {
        let config = &entered.snapshot.config.plugins;
        let folder = builder.folder_of(config);
        earlier((builder.kept(), folder.as_path()), config, &name, to.as_deref()).map(|back| Candidate {
            name,
            content: back.content,
            signature: back.version.signature,
        })
    };
    let found = spawn_blocking(find).await.map_err(panicked)?;
    let candidate = found.map_err(|error| refused(error.to_string()))?;
    let change = Change {
        gateway: &gateway,
        controls: &controls,
        operator: &operator,
        action: "plugin.rollback",
    };
    change.carry_out(candidate, turn).await
}

fn shown(version: Version, now: Option<&str>, store: &Store) -> VersionShown {
    VersionShown {
        kept: store.has(&version.sha256),
        in_force: now == Some(version.sha256.as_str()),
        since: utc(i64::try_from(version.at.saturating_mul(1_000)).unwrap_or(i64::MAX)),
        signed: version.signature.is_some(),
        version: version.version,
        sha256: version.sha256,
        from: version.from,
    }
}

/// A name becomes that of a file.
fn check_name(name: &str) -> Result<(), GatewayError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !name.is_empty() && name.len() <= 64 && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(refused(
        "name: use up to 64 letters, digits, - and _, as in the plugin's manifest".to_owned(),
    ))
}

/// The signature that was sent: the text of a `.minisig` file, in Base64.
fn signature(headers: &HeaderMap) -> Result<Option<String>, GatewayError> {
    let Some(sent) = headers.get(SIGNATURE) else {
        return Ok(None);
    };
    let text = STANDARD
        .decode(sent.as_bytes())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Some)
        .ok_or_else(|| refused(format!("{SIGNATURE}: send the .minisig file in Base64")))
}
