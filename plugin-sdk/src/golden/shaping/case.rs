//! A golden case of a shaper: what it sees of a request, and of the reply if there is one.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::show;
use crate::bindings::shaper::jackfield::plugin::shapes as wit;
use crate::canonical::{Extra, Json};
use crate::shaper::boundary;
use crate::{Failure, Shaper, host};

/// A request as the host passes it to a shaper, written as JSON.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShapeCase {
    /// What the case shows; for readers only.
    pub about: Option<String>,
    /// The operation; `chat` if absent.
    pub operation: Option<String>,
    /// The dialect of the request; `openai-chat` if absent.
    pub dialect: Option<String>,
    /// The client's name for the model; `m` if absent.
    pub model: Option<String>,
    /// Whether the client asks for a stream; it does not if absent.
    pub stream: bool,
    /// The name of the caller's plan; none if absent.
    pub plan: String,
    /// The caller's pseudonym; none if absent.
    pub user: String,
    /// The shaper's settings; none if absent.
    pub settings: Map<String, Value>,
    /// The request's top-level members that hold no texts; none if absent.
    pub parameters: Extra,
    /// The request's texts.
    pub parts: Vec<ShapePart>,
    /// The texts of the model's reply.
    pub reply: Vec<ShapePart>,
}

/// One text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShapePart {
    /// Where it stands; by its place in the list if absent.
    pub path: Option<String>,
    /// Who wrote it; `user` in a request and `assistant` in a reply if absent.
    pub role: Option<String>,
    /// What it is; `text` if absent.
    pub kind: Option<String>,
    /// The choice of a reply; 0 if absent.
    pub choice: u32,
    /// The text.
    pub text: String,
}

// === impl ShapeCase ===

impl ShapeCase {
    /// Parses a case.
    ///
    /// # Errors
    /// If the text is not JSON of this shape.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("is not a valid case: {error}"))
    }

    pub(super) fn shape_request<S: Shaper>(&self) -> Result<wit::Verdict, Failure> {
        let part = |(place, part): (usize, &ShapePart)| part.to_wit("user", || format!("/messages/{place}/content"));
        let parts = self.parts.iter().enumerate().map(part).collect();
        boundary::shape_request::<S>(self.call(), parts).map_err(show::failure)
    }

    /// The reply's texts as the host gives those of a buffered one.
    pub(super) fn reply_parts(&self) -> Vec<wit::Part> {
        let part = |(place, part): (usize, &ShapePart)| {
            part.to_wit("assistant", || format!("/choices/{place}/message/content"))
        };
        self.reply.iter().enumerate().map(part).collect()
    }

    /// The call as the host makes it, and the parameters that the shaper may ask for until the next case.
    pub(super) fn call(&self) -> wit::Shaping {
        host::set_request(Json::of(&self.parameters).text().into(), Vec::new());
        let or = |given: &Option<String>, usual: &str| given.clone().unwrap_or_else(|| usual.to_owned());
        wit::Shaping {
            operation: or(&self.operation, "chat"),
            dialect: or(&self.dialect, "openai-chat"),
            model: or(&self.model, "m"),
            stream: self.stream,
            plan: self.plan.clone(),
            user: self.user.clone(),
            settings: Value::Object(self.settings.clone()).to_string().into_bytes(),
        }
    }
}

// === impl ShapePart ===

impl ShapePart {
    fn to_wit(&self, role: &str, path: impl FnOnce() -> String) -> wit::Part {
        wit::Part {
            path: self.path.clone().unwrap_or_else(path),
            role: self.role.clone().unwrap_or_else(|| role.to_owned()),
            kind: self.kind.clone().unwrap_or_else(|| "text".to_owned()),
            choice: self.choice,
            text: self.text.clone(),
        }
    }
}
