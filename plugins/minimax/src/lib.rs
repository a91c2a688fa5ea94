//! The adapter for `MiniMax`: images by its own API, and chats by the one it has in OpenAI's form.
//!
//! In reading order: `settings` is what an operator may set; `images` translates requests for images and their replies;
//! `error` classifies what `MiniMax` reports with status 200. Chats and the list of models are left to the adapter
//! `openai`, as a library.
//!
//! Sources: <https://platform.minimax.io/docs/api-reference/image-generation-t2i>,
//! <https://platform.minimax.io/docs/api-reference/text-openai-api>,
//! <https://platform.minimax.io/docs/api-reference/models/openai/list-models>, <https://github.com/MiniMax-AI/cli>.

mod error;
mod images;
mod settings;

use jackfield_plugin_sdk::{
    Adapter, Auth, Call, Dialect, Exchange, Failure, Manifest, Operation, Prepared, Reply, Step,
};
use openai::OpenAi;
use openai::preset::Preset;

pub use settings::Settings;

/// The dialect of whole replies to chats: one that the host does not read, so that they are examined here. An error may
/// have status 200.
const EXAMINED: &str = "minimax-chat";

/// The `MiniMax` adapter.
pub struct MiniMax;

// === impl MiniMax ===

impl Adapter for MiniMax {
    type Settings = Settings;
    type State = ();

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Chat)
            .operation(Operation::Images)
            .operation(Operation::Models)
            .dialect(Dialect::OpenaiChat)
            .accepts(Preset::Minimax.traits().accepts.iter().cloned())
            .auth(Auth::Bearer)
            .base_url("https://api.minimax.io/v1")
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        match &call.operation {
            Operation::Chat => Ok(match OpenAi::prepare(&openai(call))? {
                Prepared::Exchange(exchange) if !call.stream => exchange.dialect(EXAMINED).into(),
                other => other,
            }),
            Operation::Models => OpenAi::prepare(&openai(call)),
            Operation::Images => {
                let (body, dropped) = images::body(call)?;
                let exchange = Exchange::post("/image_generation").json(&body)?;
                Ok(dropped.into_iter().fold(exchange, Exchange::dropped).into())
            }
            other => Err(Failure::unsupported_operation(other)),
        }
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        if let Some(failure) = error::reported(reply) {
            return Err(failure);
        }
        match &call.operation {
            Operation::Images if reply.is_success() => images::read(call, reply),
            Operation::Images => Err(Failure::from_reply(reply)),
            _ => OpenAi::decode(&openai(call), reply),
        }
    }
}

/// The call as the adapter `openai` gets it.
fn openai(call: &Call<Settings>) -> Call<openai::settings::Settings> {
    Call {
        operation: call.operation.clone(),
        dialect: call.dialect.clone(),
        model: call.model.clone(),
        stream: call.stream,
        settings: call.settings.of_chats(),
    }
}

jackfield_plugin_sdk::export_adapter!(MiniMax);
