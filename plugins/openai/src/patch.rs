//! The patch on a request's top-level members that the settings ask for.

use std::collections::BTreeMap;

use jackfield_plugin_sdk::{Call, Failure, Operation};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::settings::{Settings, TokenLimit};

const OLDER: &str = "max_tokens";
const NEWER: &str = "max_completion_tokens";

/// Members by name. Their text is kept, so that a renamed number reaches the upstream digit for digit.
pub type Members = BTreeMap<String, Box<RawValue>>;

/// The members to replace, add, or (null) remove.
///
/// # Errors
/// Of class client, if a parameter is not of the type that it must have.
pub fn members(call: &Call<Settings>) -> Result<Members, Failure> {
    let settings = &call.settings;
    let mut patch = Patch {
        given: given(call)?,
        members: Members::new(),
    };
    patch.set(
        "model",
        settings.models.get(&call.model).unwrap_or(&call.model),
    )?;
    for name in &settings.drop_parameters {
        patch.remove(name)?;
    }
    match settings.max_tokens {
        TokenLimit::Keep => {}
        TokenLimit::MaxTokens => patch.prefer(OLDER, NEWER)?,
        TokenLimit::MaxCompletionTokens => patch.prefer(NEWER, OLDER)?,
    }
    for (from, to) in &settings.rename_parameters {
        patch.rename(from, to)?;
    }
    if asks_for_usage(call) {
        patch.ask_for_usage()?;
    }
    for (name, value) in &settings.extra_parameters {
        patch.set(name, value)?;
    }
    Ok(patch.members)
}

/// The client's parameters; not read at all where nothing depends on them.
fn given(call: &Call<Settings>) -> Result<Members, Failure> {
    let settings = &call.settings;
    let needed = asks_for_usage(call)
        || settings.max_tokens != TokenLimit::Keep
        || !settings.rename_parameters.is_empty();
    if needed {
        call.parameters()
    } else {
        Ok(Members::new())
    }
}

fn asks_for_usage(call: &Call<Settings>) -> bool {
    call.stream && call.settings.stream_usage && call.operation == Operation::Chat
}

/// The client's parameters, and what shall be different.
struct Patch {
    given: Members,
    members: Members,
}

// === impl Patch ===

impl Patch {
    fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Failure> {
        self.members.insert(name.to_owned(), to_raw_value(value)?);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> Result<(), Failure> {
        self.set(name, &())
    }

    /// The member as it stands now; `None` for null, too.
    fn get(&self, name: &str) -> Option<&RawValue> {
        let value = self.members.get(name).or_else(|| self.given.get(name))?;
        (value.get() != "null").then_some(value)
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), Failure> {
        let Some(value) = self.get(from).map(ToOwned::to_owned) else {
            return Ok(());
        };
        self.remove(from)?;
        self.set(to, &value)
    }

    /// Of two names for one thing, leaves the wanted one.
    fn prefer(&mut self, wanted: &str, other: &str) -> Result<(), Failure> {
        if self.get(wanted).is_none() {
            self.rename(other, wanted)
        } else if self.get(other).is_some() {
            self.remove(other)
        } else {
            Ok(())
        }
    }

    /// Adds `include_usage` to the stream's options, and keeps those that the client gave.
    fn ask_for_usage(&mut self) -> Result<(), Failure> {
        let options = self.get("stream_options").map_or("{}", RawValue::get);
        let mut options: Map<String, Value> = serde_json::from_str(options)
            .map_err(|_| Failure::client("stream_options: must be an object"))?;
        options.insert("include_usage".to_owned(), Value::Bool(true));
        self.set("stream_options", &options)
    }
}
