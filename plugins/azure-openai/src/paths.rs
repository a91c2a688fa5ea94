//! Where Azure has the operations, below the resource's endpoint.
//!
//! Sources: <https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle> (the v1 API),
//! <https://learn.microsoft.com/en-us/azure/ai-foundry/openai/reference> (dated versions, with deployments in the path),
//! and `openai.lib.azure` of OpenAI's Python SDK, which lists the operations that have a deployment in the path.

use jackfield_plugin_sdk::{Call, Failure, Operation, path};

use crate::settings::{ApiVersion, Settings};

/// The path of the operation, with the version if the API has it in the query.
///
/// # Errors
/// If Azure does not have the operation, or the deployment's name does not fit into a path.
pub(crate) fn of(call: &Call<Settings>) -> Result<String, Failure> {
    let operation = match &call.operation {
        Operation::Chat => "chat/completions",
        Operation::Embeddings => "embeddings",
        Operation::Images => "images/generations",
        Operation::ImageEdit => "images/edits",
        Operation::Completion => "completions",
        Operation::Speech => "audio/speech",
        Operation::Transcription => "audio/transcriptions",
        Operation::Translation => "audio/translations",
        Operation::Models => "models",
        other => return Err(Failure::unsupported_operation(other)),
    };
    Ok(match call.settings.api_version() {
        ApiVersion::V1(None) => format!("/openai/v1/{operation}"),
        ApiVersion::V1(Some(version)) => format!("/openai/v1/{operation}?api-version={version}"),
        ApiVersion::Dated(version) if call.operation == Operation::Models => {
            format!("/openai/{operation}?api-version={version}")
        }
        ApiVersion::Dated(version) => {
            let deployment = path::segment(call.settings.deployment(&call.model))?;
            format!("/openai/deployments/{deployment}/{operation}?api-version={version}")
        }
    })
}
