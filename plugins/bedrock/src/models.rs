//! What the upstream offers: the models that can be called by their ids, then the inference profiles, page by page. Both
//! are told by Bedrock's control plane, which has a host of its own.
//!
//! Sources: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html>.

use jackfield_plugin_sdk::canonical::{Extra, ListedModel, ModelList};
use jackfield_plugin_sdk::{Exchange, Failure, Reply, Step, path};

use crate::settings::Settings;

/// The path of the first list: only models that need no capacity of one's own, and no profile.
const MODELS: &str = "/foundation-models?byInferenceType=ON_DEMAND";

/// The path of the second one, with the largest page that the API gives.
const PROFILES: &str = "/inference-profiles?maxResults=1000";

/// Asks for the models.
///
/// # Errors
/// If the provider does not say where the control plane is.
pub(crate) fn first(settings: &Settings) -> Result<Exchange, Failure> {
    Ok(Exchange::get(format!("{}{MODELS}", control_plane(settings)?)))
}

/// Reads one of the lists, and asks for what follows.
///
/// # Errors
/// If the body is neither.
pub(crate) fn read(settings: &Settings, reply: &Reply) -> Result<Step, Failure> {
    let page: Extra = reply.json()?;
    let mut list: ModelList = reply.state()?;
    let profiles = format!("{}{PROFILES}", control_plane(settings)?);
    if let Some(models) = page.read::<Vec<Extra>>("modelSummaries") {
        list.data.extend(models.iter().filter_map(model));
        return Ok(Step::Again(Exchange::get(profiles).state(&list)?));
    }
    let told: Option<Vec<Extra>> = page.read("inferenceProfileSummaries");
    let told = told.ok_or_else(|| Failure::malformed("the reply lists neither models nor profiles"))?;
    list.data.extend(told.iter().filter_map(profile));
    match page.text("nextToken").filter(|token| !token.is_empty()) {
        None => Step::done(&list),
        Some(token) => {
            let next = format!("{profiles}&nextToken={}", path::segment(&token)?);
            Ok(Step::Again(Exchange::get(next).state(&list)?))
        }
    }
}

fn control_plane(settings: &Settings) -> Result<&str, Failure> {
    let url = settings.control_plane.as_deref().map(|url| url.trim_end_matches('/'));
    url.ok_or_else(|| {
        Failure::refused(
            "models are listed by another host than base_url; set `control_plane: https://bedrock.REGION.amazonaws.com` \
             in the provider's settings, and add that host to its `hosts`",
        )
    })
}

fn model(model: &Extra) -> Option<ListedModel> {
    let mut listed = ListedModel::of(model.text("modelId")?);
    listed.owned_by = model.text("providerName");
    tell(&mut listed, model, "modelName");
    for (from, to) in [
        ("inputModalities", "input_modalities"),
        ("outputModalities", "output_modalities"),
    ] {
        let value = model.get(from).filter(|value| !value.is_null());
        listed.extra.extend(value.map(|value| (to.to_owned(), value.clone())));
    }
    let lifecycle: Extra = model.read("modelLifecycle").unwrap_or_default();
    if lifecycle.text("status").is_some_and(|status| status != "ACTIVE") {
        listed.extra.insert("is_deprecated", true);
    }
    Some(listed)
}

fn profile(profile: &Extra) -> Option<ListedModel> {
    let mut listed = ListedModel::of(profile.text("inferenceProfileId")?);
    tell(&mut listed, profile, "inferenceProfileName");
    Some(listed)
}

/// The name for people.
fn tell(listed: &mut ListedModel, of: &Extra, member: &str) {
    if let Some(name) = of.text(member) {
        listed.extra.insert("display_name", name);
    }
}
