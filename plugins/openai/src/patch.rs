//! Builds the patch on a request's top-level members from the settings.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::{Call, Failure, Operation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::settings::{Changes, Settings, TokenLimit};
use crate::{is_response, vendor};

const OLDER: &str = "max_tokens";
const NEWER: &str = "max_completion_tokens";

/// Members by name. Values keep their original text, so that a renamed number reaches the upstream digit for digit.
pub type Members = BTreeMap<String, Box<RawValue>>;

/// Builds the patch: the members to replace, add, or (null) remove.
///
/// # Errors
/// Of class client, if a parameter does not have the required type; of class unsupported, if the preset's vendor has no
/// words for one.
pub fn build(call: &Call<Settings>) -> Result<Patch, Failure> {
    let settings = &call.settings;
    if is_response(call) {
        return of_response(settings.models.get(&call.model).unwrap_or(&call.model));
    }
    let traits = settings.traits(&call.operation);
    let mut patch = Patch {
        given: given(call)?,
        members: Members::new(),
        dropped: Vec::new(),
    };
    patch.set("model", settings.models.get(&call.model).unwrap_or(&call.model))?;
    if let Some(traits) = traits {
        vendor::apply(&mut patch, call, traits)?;
    }
    patch.remove_all(&settings.drop_parameters)?;
    match settings.token_limit(traits) {
        TokenLimit::Keep => {}
        TokenLimit::MaxTokens => patch.prefer(OLDER, NEWER)?,
        TokenLimit::MaxCompletionTokens => patch.prefer(NEWER, OLDER)?,
    }
    patch.rename_all(&settings.rename_parameters)?;
    if asks_for_usage(call) {
        patch.ask_for_usage()?;
    }
    patch.set_all(&settings.extra_parameters)?;
    if let Some(changes) = changes(call) {
        patch.remove_all(&changes.drop_parameters)?;
        patch.rename_all(&changes.rename_parameters)?;
        patch.set_all(&changes.extra_parameters)?;
    }
    Ok(patch)
}

/// Requests to the Responses API go to the upstream as they came: the other settings are about chats.
fn of_response(model: &str) -> Result<Patch, Failure> {
    let mut patch = Patch {
        given: Members::new(),
        members: Members::new(),
        dropped: Vec::new(),
    };
    patch.set("model", model)?;
    Ok(patch)
}

/// The client's parameters; not read if nothing depends on them.
fn given(call: &Call<Settings>) -> Result<Members, Failure> {
    let settings = &call.settings;
    let traits = settings.traits(&call.operation);
    let needed = asks_for_usage(call)
        || traits.is_some()
        || settings.token_limit(traits) != TokenLimit::Keep
        || !settings.rename_parameters.is_empty()
        || changes(call).is_some_and(|changes| !changes.rename_parameters.is_empty());
    if needed { call.parameters() } else { Ok(Members::new()) }
}

/// The changes for this operation alone.
fn changes(call: &Call<Settings>) -> Option<&Changes> {
    let operations = &call.settings.operations;
    match call.operation {
        Operation::Chat => Some(&operations.chat),
        Operation::Embeddings => Some(&operations.embeddings),
        Operation::Rerank => Some(&operations.rerank),
        Operation::Images => Some(&operations.images),
        _ => None,
    }
}

fn asks_for_usage(call: &Call<Settings>) -> bool {
    let preset = call
        .settings
        .traits(&call.operation)
        .is_none_or(|traits| traits.stream_usage);
    let wanted = call.settings.stream_usage.unwrap_or(preset);
    call.stream && wanted && matches!(call.operation, Operation::Chat | Operation::Completion)
}

/// The client's parameters, and the members that change.
pub struct Patch {
    given: Members,
    /// The members to replace, add, or (null) remove.
    pub members: Members,
    /// What the client asked for and the vendor does not get.
    pub dropped: Vec<String>,
}

// === impl Patch ===

impl Patch {
    /// Sets a member.
    ///
    /// # Errors
    /// If the value has no form in JSON.
    pub fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Failure> {
        self.members.insert(name.to_owned(), to_raw_value(value)?);
        Ok(())
    }

    /// Removes a member.
    ///
    /// # Errors
    /// None: it has the form of [`set`](Self::set).
    pub fn remove(&mut self, name: &str) -> Result<(), Failure> {
        self.set(name, &())
    }

    /// Names something that the vendor does not get, for the client.
    pub fn lose(&mut self, name: &str) {
        self.dropped.push(name.to_owned());
    }

    /// Removes a member if the client sent one, and names it.
    ///
    /// # Errors
    /// None: it has the form of [`set`](Self::set).
    pub fn drop(&mut self, name: &str) -> Result<(), Failure> {
        if self.get(name).is_none() {
            return Ok(());
        }
        self.lose(name);
        self.remove(name)
    }

    /// The member's current value, if it has this shape.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    fn remove_all(&mut self, names: &[String]) -> Result<(), Failure> {
        names.iter().try_for_each(|name| self.remove(name))
    }

    fn rename_all(&mut self, names: &BTreeMap<String, String>) -> Result<(), Failure> {
        let mut names = names.iter();
        names.try_for_each(|(from, to)| self.rename(from, to))
    }

    fn set_all(&mut self, values: &Map<String, Value>) -> Result<(), Failure> {
        let mut values = values.iter();
        values.try_for_each(|(name, value)| self.set(name, value))
    }

    /// The member's current value; `None` if it is absent or null.
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        let value = self.members.get(name).or_else(|| self.given.get(name))?;
        (value.get() != "null").then_some(value)
    }

    /// Gives a member another name, if it is there.
    ///
    /// # Errors
    /// None: it has the form of [`set`](Self::set).
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), Failure> {
        let Some(value) = self.get(from).map(ToOwned::to_owned) else {
            return Ok(());
        };
        self.remove(from)?;
        self.set(to, &value)
    }

    /// Of two names for the same parameter, keeps only the wanted one.
    fn prefer(&mut self, wanted: &str, other: &str) -> Result<(), Failure> {
        if self.get(wanted).is_none() {
            self.rename(other, wanted)
        } else if self.get(other).is_some() {
            self.remove(other)
        } else {
            Ok(())
        }
    }

    /// Adds `include_usage` to the stream options, preserving those the client set.
    fn ask_for_usage(&mut self) -> Result<(), Failure> {
        let given = self.get("stream_options").map_or("{}", RawValue::get);
        let options = serde_json::from_str::<Extra>(given);
        let mut options = options.map_err(|_| Failure::client("stream_options: must be an object"))?;
        options.insert("include_usage", true);
        self.set("stream_options", &options)
    }
}
