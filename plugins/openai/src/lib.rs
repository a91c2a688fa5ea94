//! The adapter for every upstream that speaks OpenAI's API.
//!
//! The client's body is sent on unchanged, except for a patch on its top-level members that [`patch`] builds from the
//! [`settings`]. Replies are already canonical, so the host reads them itself. It calls this plugin again only for
//! errors, and for the replies to [`rerank`] and [`models`], which differ between vendors.
//!
//! Requests to the Responses API come translated to chats, or as they are if the settings say that they pass.
//!
//! A [`preset`] is a vendor's table of differences. [`vendor`] applies it, with [`thinking`] and [`messages`] for what a
//! table alone cannot say.

pub mod messages;
pub mod models;
pub mod patch;
pub mod preset;
pub mod rerank;
pub mod settings;
pub mod thinking;
pub mod vendor;

use std::borrow::Cow;

use jackfield_plugin_sdk::{
    Adapter, Auth, Call, Dialect, Exchange, Extension, Failure, Framing, Manifest, Operation, Prepared, Reply, Step,
};

use crate::preset::Preset;
use crate::settings::{Responses, Settings};

/// The OpenAI adapter.
pub struct OpenAi;

#[cfg(feature = "component")]
jackfield_plugin_sdk::export_adapter!(OpenAi);

// === impl OpenAi ===

impl Adapter for OpenAi {
    type Settings = Settings;
    type State = ();

    fn manifest() -> Manifest {
        let manifest = Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        let with_preset = |manifest: Manifest, preset: Preset| {
            manifest
                .accepts_with("preset", preset.as_str(), preset.traits().accepts.iter().cloned())
                .telemetry_name_with("preset", preset.as_str(), preset.telemetry_name())
        };
        Preset::ALL
            .into_iter()
            .fold(manifest, with_preset)
            .accepts_without("preset", [Extension::Functions])
            .operation(Operation::Chat)
            .operation(Operation::Embeddings)
            .operation(Operation::Rerank)
            .operation(Operation::Images)
            .operation(Operation::ImageEdit)
            .operation(Operation::ImageVariation)
            .operation(Operation::Completion)
            .operation(Operation::Moderation)
            .operation(Operation::Speech)
            .operation(Operation::Transcription)
            .operation(Operation::Translation)
            .operation(Operation::Models)
            .native_operation(Operation::CountTokens)
            .native_operation(Operation::Compaction)
            .dialect(Dialect::OpenaiChat)
            .dialect_with("responses", Responses::Pass.as_str(), Dialect::OpenaiResponses)
            .auth(Auth::Bearer)
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        let target = path(call)?;
        if call.operation == Operation::Models {
            return Ok(with_headers(Exchange::get(target), call).into());
        }
        let mut patch = patch::build(call)?;
        if call.operation == Operation::Rerank {
            patch.members.extend(rerank::documents(call)?);
        }
        let mut exchange = Exchange::post(target).patch(&patch.members)?;
        for name in patch.dropped {
            exchange = exchange.dropped(name);
        }
        let exchange = with_headers(exchange, call);
        Ok(match call.operation {
            Operation::Rerank => exchange,
            _ if is_response(call) => {
                let framing = if call.stream { Framing::Sse } else { Framing::None };
                exchange.framing(framing).dialect(Dialect::OpenaiResponses)
            }
            _ => exchange.canonical(call.stream),
        }
        .into())
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        match call.operation {
            _ if !reply.is_success() => Err(Failure::from_reply(reply)),
            Operation::Rerank => rerank::read(reply),
            Operation::Models => models::read(reply),
            _ => Ok(Step::Canonical),
        }
    }
}

/// Whether the client's request is for the upstream's Responses API, and goes there as it came.
pub fn is_response(call: &Call<Settings>) -> bool {
    call.dialect == Dialect::OpenaiResponses
}

/// The exchange with the headers of the settings.
fn with_headers(exchange: Exchange, call: &Call<Settings>) -> Exchange {
    let headers = call.settings.headers.iter();
    headers.fold(exchange, |exchange, (name, value)| {
        exchange.header(name.clone(), value.clone())
    })
}

/// The path of an operation of the Responses API.
fn response_path(call: &Call<Settings>) -> Option<Cow<'static, str>> {
    let below = match &call.operation {
        Operation::Chat => "",
        Operation::CountTokens => "/input_tokens",
        Operation::Compaction => "/compact",
        _ => return None,
    };
    let responses = call.settings.paths.responses.as_deref();
    Some(format!("{}{below}", responses.unwrap_or("/responses")).into())
}

/// The operation's path: from the settings, or OpenAI's by default.
fn path(call: &Call<Settings>) -> Result<Cow<'static, str>, Failure> {
    if let Some(path) = response_path(call).filter(|_| is_response(call)) {
        return Ok(path);
    }
    let paths = &call.settings.paths;
    let (own, usual) = match &call.operation {
        Operation::Chat => (&paths.chat, "/chat/completions"),
        Operation::Embeddings => (&paths.embeddings, "/embeddings"),
        Operation::Rerank => (&paths.rerank, "/rerank"),
        Operation::Images => (&paths.images, "/images/generations"),
        Operation::ImageEdit => (&paths.image_edit, "/images/edits"),
        Operation::ImageVariation => (&paths.image_variation, "/images/variations"),
        Operation::Completion => (&paths.completion, "/completions"),
        Operation::Moderation => (&paths.moderation, "/moderations"),
        Operation::Speech => (&paths.speech, "/audio/speech"),
        Operation::Transcription => (&paths.transcription, "/audio/transcriptions"),
        Operation::Translation => (&paths.translation, "/audio/translations"),
        Operation::Models => (&paths.models, "/models"),
        other => return Err(Failure::unsupported_operation(other)),
    };
    Ok(own.clone().map_or(Cow::Borrowed(usual), Cow::Owned))
}
