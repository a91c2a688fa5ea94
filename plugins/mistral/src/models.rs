//! What the upstream offers: its list of models. Their context windows have a name of Mistral's own.
//!
//! Source: <https://docs.mistral.ai/api/endpoint/models>, and `ModelList` in the SDK `mistralai`.

use jackfield_plugin_sdk::canonical::ModelList;
use jackfield_plugin_sdk::{Failure, Reply, Step};

use crate::error;

/// The endpoint's path below the base URL.
pub(crate) const PATH: &str = "/models";

/// The reply as a canonical list.
///
/// # Errors
/// If the body is an error despite its status, or no list of models.
pub(crate) fn read(reply: &Reply) -> Result<Step, Failure> {
    let mut list: ModelList = reply.json().map_err(|_| error::reported(reply))?;
    for model in &mut list.data {
        let window = model.extra.read("max_context_length");
        model.context_length = model.context_length.or(window);
    }
    Step::done(&list)
}
