//! An adapter that answers by itself: the reference for adapter authors, and a stand-in for an upstream in tests.
//!
//! A chat is answered in three steps: [`script`] reads what the last message asks for, [`chat`] builds the reply, and
//! [`chunks`] splits it into a stream. Embeddings, reranking, images, token counting, moderation, speech and the list of models have a file each. Timestamps
//! are 0, and the host fills them in.

pub mod chat;
pub mod chunks;
pub mod count_tokens;
pub mod digest;
pub mod embeddings;
pub mod images;
pub mod instance;
pub mod models;
pub mod moderation;
pub mod rerank;
pub mod script;
pub mod settings;
pub mod speech;
pub mod words;

use jackfield_plugin_sdk::canonical::ChatRequest;
use jackfield_plugin_sdk::{
    Adapter, Answer, Call, Dialect, Extension, Failure, Manifest, Operation, Prepared, export_adapter,
};

use crate::settings::Settings;

/// The echo adapter.
pub struct Echo;

export_adapter!(Echo);

// === impl Echo ===

impl Adapter for Echo {
    type Settings = Settings;
    type State = ();

    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Chat)
            .operation(Operation::Embeddings)
            .operation(Operation::Rerank)
            .operation(Operation::Images)
            .operation(Operation::CountTokens)
            .operation(Operation::ImageEdit)
            .operation(Operation::ImageVariation)
            .operation(Operation::Moderation)
            .operation(Operation::Speech)
            .operation(Operation::Transcription)
            .operation(Operation::Translation)
            .operation(Operation::Models)
            .dialect(Dialect::OpenaiChat)
            .accepts(Extension::ALL)
            .without_upstream()
    }

    fn prepare(call: &Call<Settings>) -> Result<Prepared, Failure> {
        let answer = match &call.operation {
            Operation::Chat => chat(call),
            Operation::Embeddings => Answer::whole(&embeddings::answer(&call.body()?, &call.model)?),
            Operation::Rerank => Answer::whole(&rerank::answer(&call.body()?, &call.model)),
            Operation::Images => Answer::whole(&images::answer(&call.parameters()?, &call.model)),
            Operation::CountTokens => Answer::whole(&count_tokens::answer(&call.body()?)),
            Operation::ImageEdit | Operation::ImageVariation => {
                Answer::whole(&images::answer(&images::of_form(call)?, &call.model))
            }
            Operation::Moderation => Answer::whole(&moderation::answer(&call.body()?, &call.model)),
            Operation::Speech => Ok(speech::answer(&call.body()?)),
            Operation::Transcription | Operation::Translation => {
                Answer::whole(&speech::transcript(&call.parameters()?))
            }
            Operation::Models => Answer::whole(&models::answer()),
            other @ (Operation::Compaction | Operation::Completion | Operation::Other(_)) => {
                Err(Failure::unsupported_operation(other))
            }
        };
        answer.map(Prepared::Answer)
    }
}

fn chat(call: &Call<Settings>) -> Result<Answer, Failure> {
    let request: ChatRequest = call.chat()?;
    let completion = chat::answer(&request, &call.settings, &call.model)?;
    if call.stream {
        Ok(Answer::Chunks(chunks::of(completion)))
    } else {
        Answer::whole(&completion)
    }
}
