//! What the upstream offers: the models of one of its collections. The list of all models has many thousands, few of which
//! make images.
//!
//! Source: `collections.get` in <https://replicate.com/docs/reference/http>.

use jackfield_plugin_sdk::canonical::{Extra, ListedModel, ModelList};
use jackfield_plugin_sdk::{Exchange, Failure, Reply, Step, path};

use crate::settings::Settings;

/// Asks for the collection.
///
/// # Errors
/// If the setting cannot stand in a path.
pub(crate) fn ask(settings: &Settings) -> Result<Exchange, Failure> {
    let collection = path::segment(&settings.collection)?;
    Ok(Exchange::get(format!("/collections/{collection}")))
}

/// Reads it.
///
/// # Errors
/// If the upstream refuses it, or the body is no collection.
pub(crate) fn read(reply: &Reply) -> Result<Step, Failure> {
    if !reply.is_success() {
        return Err(Failure::from_reply(reply));
    }
    let collection: Extra = reply.json()?;
    let models: Option<Vec<Extra>> = collection.read("models");
    let models = models.ok_or_else(|| Failure::malformed("the reply has no models"))?;
    Step::done(&ModelList::of(models.iter().filter_map(listed)))
}

/// One model, called by its owner and its name.
fn listed(model: &Extra) -> Option<ListedModel> {
    let (owner, name) = (model.text("owner")?, model.text("name")?);
    let mut listed = ListedModel::of(format!("{owner}/{name}")).owned_by(owner);
    if let Some(description) = model.text("description") {
        listed.extra.insert("description", description);
    }
    Some(listed)
}
