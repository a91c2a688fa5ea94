//! Translates the members other than messages, tools and reasoning.
//!
//! Sources: <https://ai.google.dev/api/generate-content#v1beta.GenerationConfig>;
//! <https://ai.google.dev/gemini-api/docs/openai>, "Gemini specific", for the member `google`.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::{Extra, Json};
use serde::Serialize;

use super::RequestError;
use crate::generation::Rules;
use jackfield_plugin_sdk::Dropped;

/// The API's own members of a request, which are passed through.
const OWN: [&str; 4] = ["cachedContent", "labels", "safetySettings", "toolConfig"];

/// Sets a member that is given.
pub(super) fn set<T: Serialize + ?Sized>(members: &mut Extra, name: &str, value: Option<&T>) {
    if let Some(value) = value {
        members.set(name, value);
    }
}

/// Translates the client's other members, passes the API's own through, and names the rest as dropped.
///
/// # Errors
/// If the client asks for a modality that the adapter does not translate.
pub(super) fn pass_through(
    body: &mut Extra,
    config: &mut Extra,
    extra: Extra,
    rules: Rules,
    dropped: &mut Dropped,
) -> Result<(), RequestError> {
    for (name, value) in extra {
        match name.as_str() {
            _ if value.is_null() => {}
            "logprobs" if value.read() == Some(true) => config.insert("responseLogprobs", value),
            // They say how the host writes the reply, or repeat what it knows.
            "stream_options" | "anthropic_beta" | "logprobs" => {}
            "presence_penalty" | "frequency_penalty" if !rules.penalties => {
                if value.read::<f64>() != Some(0.0) {
                    dropped.add(name);
                }
            }
            "seed" | "presence_penalty" | "frequency_penalty" | "top_k" => config.insert(camel(&name), value),
            "top_logprobs" => config.insert("logprobs", value),
            "modalities" => modalities(config, &value)?,
            "service_tier" => service_tier(body, value, dropped),
            "extra_body" => {
                let google: Option<Extra> = value.read().and_then(|mut body: Extra| body.take("google"));
                if let Some(google) = google {
                    own_members(body, config, google);
                }
            }
            "google" => own_members(body, config, value.read().unwrap_or_default()),
            "generationConfig" => merge(config, value.read().unwrap_or_default()),
            own if OWN.contains(&camel(own).as_str()) => own_member(body, &camel(own), value),
            _ => dropped.add(name),
        }
    }
    Ok(())
}

/// Sets the operator's safety settings where the client has none.
pub(crate) fn safety(body: &mut Extra, settings: &BTreeMap<String, String>) {
    let mut chosen: Vec<Extra> = body.read("safetySettings").unwrap_or_default();
    for (category, threshold) in settings {
        let is_chosen = |setting: &Extra| setting.text("category").as_deref() == Some(category);
        if !chosen.iter().any(is_chosen) {
            let mut setting = Extra::new();
            setting.insert("category", category.as_str());
            setting.insert("threshold", threshold.as_str());
            chosen.push(setting);
        }
    }
    if !chosen.is_empty() {
        body.set("safetySettings", &chosen);
    }
}

/// Google's own OpenAI-compatible form: the request's members and those of its config in one object.
fn own_members(body: &mut Extra, config: &mut Extra, google: Extra) {
    for (name, value) in google {
        let name = camel(&name);
        if OWN.contains(&name.as_str()) {
            own_member(body, &name, value);
        } else {
            let value = value
                .read::<Extra>()
                .map_or(value, |members| camel_members(members).into());
            config.insert(name, value);
        }
    }
}

fn own_member(body: &mut Extra, name: &str, value: Json) {
    match (body.read::<Extra>(name), value.read::<Extra>()) {
        (Some(mut members), Some(more)) => {
            merge(&mut members, more);
            body.insert(name, members);
        }
        _ => body.insert(name, value),
    }
}

fn merge(members: &mut Extra, more: Extra) {
    members.extend(more);
}

fn modalities(config: &mut Extra, value: &Json) -> Result<(), RequestError> {
    let names: Vec<String> = value.read().unwrap_or_default();
    if let Some(other) = names.iter().find(|name| !matches!(name.as_str(), "text" | "image")) {
        return Err(RequestError::Modality(other.clone()));
    }
    if names.iter().any(|name| name == "image") {
        let names: Vec<String> = names.iter().map(|name| name.to_ascii_uppercase()).collect();
        config.set("responseModalities", &names);
    }
    Ok(())
}

/// Translates OpenAI's `default` to `standard`; drops tiers that only OpenAI has.
fn service_tier(body: &mut Extra, tier: Json, dropped: &mut Dropped) {
    match tier.as_str().as_deref() {
        Some("auto") => {}
        Some("default") => body.insert("serviceTier", "standard"),
        Some("flex" | "priority" | "standard") => body.insert("serviceTier", tier),
        _ => dropped.add("service_tier"),
    }
}

fn camel_members(members: Extra) -> Extra {
    members.into_iter().map(|(name, value)| (camel(&name), value)).collect()
}

/// `safety_settings` as `safetySettings`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}
