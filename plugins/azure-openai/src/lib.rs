//! The adapter for Azure OpenAI.
//!
//! Its API is OpenAI's, so requests get the patch of the `openai` adapter and replies are canonical: what the content
//! filter says reaches the client. This adapter adds what Azure has otherwise: where operations are (`paths`), and what
//! an operator may set (`settings`).
//!
//! Source: <https://learn.microsoft.com/en-us/azure/ai-foundry/openai/latest>.

mod paths;
mod settings;

use jackfield_plugin_sdk::{
    Adapter, Auth, Call, Dialect, Exchange, Extension, Failure, Manifest, Operation, Prepared, Reply, Step,
};
use openai::{models, patch};

pub use settings::{ApiVersion, Settings};

/// The Azure OpenAI adapter.
pub struct AzureOpenAi;

jackfield_plugin_sdk::export_adapter!(AzureOpenAi);

// === impl AzureOpenAi ===

impl Adapter for AzureOpenAi {
    type Settings = Settings;
    type State = ();

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Chat)
            .operation(Operation::Embeddings)
            .operation(Operation::Images)
            .operation(Operation::ImageEdit)
            .operation(Operation::Completion)
            .operation(Operation::Speech)
            .operation(Operation::Transcription)
            .operation(Operation::Translation)
            .operation(Operation::Models)
            .dialect(Dialect::OpenaiChat)
            .accepts([Extension::Functions])
            .auth(Auth::Header {
                name: "api-key".to_owned(),
            })
            .telemetry_name("azure.ai.openai")
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        let target = paths::of(call)?;
        if call.operation == Operation::Models {
            return Ok(Exchange::get(target).into());
        }
        let patch = patch::build(&call.settings.as_openai(call))?;
        let exchange = Exchange::post(target).patch(&patch.members)?;
        Ok(exchange.canonical(call.stream).into())
    }

    fn decode(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
        match call.operation {
            _ if !reply.is_success() => Err(Failure::from_reply(reply)),
            Operation::Models => models::read(reply),
            _ => Ok(Step::Canonical),
        }
    }
}
