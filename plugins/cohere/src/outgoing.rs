//! A request for the API, while it is written.

use jackfield_plugin_sdk::canonical::{Extra, Json};
use jackfield_plugin_sdk::{Call, Exchange, Failure};
use serde::Serialize;

use crate::settings::Settings;

/// A request for the API, and what of the client's it leaves out.
pub(crate) struct Outgoing {
    /// The members beside the bulk.
    pub(crate) members: Extra,
    dropped: Vec<String>,
}

/// The body that is sent: the members, and the bulk under its name.
#[derive(Serialize)]
struct Body<'a, T> {
    #[serde(flatten)]
    members: &'a Extra,
    #[serde(flatten)]
    bulk: &'a T,
}

// === impl Outgoing ===

impl Outgoing {
    /// A request with nothing but the model.
    pub(crate) fn new(model: &str) -> Self {
        let mut members = Extra::new();
        members.insert("model", model);
        Self {
            members,
            dropped: Vec::new(),
        }
    }

    /// Names a part of the client's request that is left out, once.
    pub(crate) fn drop(&mut self, name: impl Into<String>) {
        let name = name.into();
        if !self.dropped.contains(&name) {
            self.dropped.push(name);
        }
    }

    /// Names the members of an object in the request, all of which are left out.
    pub(crate) fn drop_all(&mut self, place: &str, members: &Extra) {
        for (name, value) in members.iter() {
            if says_something(value) {
                self.drop(format!("{place}.{name}"));
            }
        }
    }

    /// Copies those of the client's members that are the API's own, and names the others.
    pub(crate) fn pass(&mut self, extra: Extra, own: &[&str]) {
        for (name, value) in extra {
            if own.contains(&name.as_str()) {
                if !value.is_null() {
                    self.members.insert(name, value);
                }
            } else if says_something(&value) {
                self.drop(name);
            }
        }
    }

    /// The exchange: these members, changed as the operator wants, and the bulk.
    ///
    /// # Errors
    /// If the bulk cannot be serialised as JSON.
    pub(crate) fn exchange<T: Serialize>(
        mut self,
        path: &'static str,
        call: &Call<Settings>,
        bulk: &T,
    ) -> Result<Exchange, Failure> {
        let changes = call.settings.changes(&call.operation);
        for name in &changes.drop_parameters {
            self.members.remove(name);
        }
        for (name, value) in &changes.extra_parameters {
            if value.is_null() {
                self.members.remove(name);
            } else {
                self.members.set(name.as_str(), value);
            }
        }
        let body = Body {
            members: &self.members,
            bulk,
        };
        let exchange = Exchange::post(path).json(&body)?;
        Ok(self.dropped.into_iter().fold(exchange, Exchange::dropped))
    }
}

/// Whether leaving a member out changes anything: nothing and `false` are what its absence means too.
fn says_something(value: &Json) -> bool {
    !matches!(value.text(), "null" | "false" | "{}" | "[]" | "\"\"")
}
