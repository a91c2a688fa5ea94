//! A shaper's golden case: what it sees of a request, and of the reply if there is one. The SDK's runner reads the same.

use jackfield_sandbox::shapes::{Fragment, Part, Released, Shaping, Verdict};
use jackfield_sandbox::{RequestText, ShaperPlugin};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::sandboxed::Fault;
use crate::verbatim::Verbatim;

/// A request as the host passes it to a shaper, written as JSON.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ShapeCase {
    /// For readers only.
    #[serde(rename = "about")]
    _about: Option<String>,
    /// The operation; `chat` if absent.
    operation: Option<String>,
    /// The dialect of the request; the canonical one if absent.
    dialect: Option<String>,
    /// The client's name for the model; `m` if absent.
    model: Option<String>,
    /// Whether the client asks for a stream; it does not if absent.
    stream: bool,
    /// The name of the caller's plan; none if absent.
    plan: String,
    /// The caller's pseudonym; none if absent.
    user: String,
    /// The shaper's settings; none if absent.
    settings: Map<String, Value>,
    /// The request's top-level members that hold no texts; none if absent.
    parameters: Verbatim,
    /// The request's texts.
    parts: Vec<ShapePart>,
    /// The texts of the model's reply.
    pub(crate) reply: Vec<ShapePart>,
}

/// One text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ShapePart {
    /// Where it stands; by its place in the list if absent.
    path: Option<String>,
    /// Who wrote it; `user` in a request and `assistant` in a reply if absent.
    role: Option<String>,
    /// What it is; `text` if absent.
    kind: Option<String>,
    /// The choice of a reply; 0 if absent.
    choice: u32,
    /// The text.
    text: String,
}

/// What a call about a case is made of.
pub(crate) struct ShapeCall {
    /// What the plugin gets if it asks for the request.
    pub(crate) request: RequestText,
    settings: Vec<u8>,
}

// === impl ShapeCase ===

impl ShapeCase {
    /// Parses a case.
    ///
    /// # Errors
    /// If the text is not JSON of this shape.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("is not a valid case: {error}"))
    }

    /// A request with this text, and a reply with that one.
    pub(crate) fn of(text: impl Into<String>, reply: impl Into<String>) -> Self {
        let part = |text| ShapePart {
            text,
            ..ShapePart::default()
        };
        Self {
            parts: vec![part(text.into())],
            reply: vec![part(reply.into())],
            ..Self::default()
        }
    }

    /// The bytes of the request's texts.
    pub(crate) fn request_bytes(&self) -> usize {
        self.parts.iter().map(|part| part.text.len()).sum()
    }

    /// Calls `shape-request`.
    ///
    /// # Errors
    /// The plugin's failure, or the sandbox's error.
    pub(crate) fn shape_request(&self, shaper: &ShaperPlugin) -> Result<Verdict, Fault> {
        let call = self.call();
        let paths = paths(&self.parts, |place| format!("/messages/{place}/content"));
        let parts = parts(&self.parts, &paths, "user");
        let within = shaper.limits.deadline;
        Ok(shaper.shape_request(&self.wire(&call), &call.request, &parts, within)??)
    }

    /// Calls `shape-text` with the whole of the reply's first text.
    ///
    /// # Errors
    /// The plugin's failure, or the sandbox's error.
    pub(crate) fn shape_text(&self, shaper: &ShaperPlugin, state: &[u8]) -> Result<Released, Fault> {
        let call = self.call();
        let paths = self.reply_paths();
        let parts = self.reply_parts(&paths);
        let fragment = Fragment {
            choice: parts.first().map_or(0, |part| part.choice),
            kind: parts.first().map_or("text", |part| part.kind),
            text: parts.first().map_or("", |part| part.text),
            last: true,
        };
        let within = shaper.limits.deadline;
        Ok(shaper.shape_text(&self.wire(&call), &call.request, state, &fragment, within)??)
    }

    pub(crate) fn call(&self) -> ShapeCall {
        ShapeCall {
            request: RequestText {
                id: "req_test".into(),
                parameters: if self.parameters.is_null() {
                    "{}".into()
                } else {
                    self.parameters.bytes().into()
                },
                ..RequestText::default()
            },
            settings: Value::Object(self.settings.clone()).to_string().into_bytes(),
        }
    }

    /// The call in the contract's type.
    pub(crate) fn wire<'a>(&'a self, call: &'a ShapeCall) -> Shaping<'a> {
        Shaping {
            operation: self.operation.as_deref().unwrap_or("chat"),
            dialect: self.dialect.as_deref().unwrap_or("openai-chat"),
            model: self.model.as_deref().unwrap_or("m"),
            stream: self.stream,
            plan: &self.plan,
            user: &self.user,
            settings: &call.settings,
        }
    }

    /// Where the reply's texts stand.
    pub(crate) fn reply_paths(&self) -> Vec<String> {
        paths(&self.reply, |place| format!("/choices/{place}/message/content"))
    }

    /// The reply's texts as the host gives those of a buffered one.
    pub(crate) fn reply_parts<'a>(&'a self, paths: &'a [String]) -> Vec<Part<'a>> {
        parts(&self.reply, paths, "assistant")
    }
}

fn paths(parts: &[ShapePart], usual: impl Fn(usize) -> String) -> Vec<String> {
    let path = |(place, part): (usize, &ShapePart)| part.path.clone().unwrap_or_else(|| usual(place));
    parts.iter().enumerate().map(path).collect()
}

fn parts<'a>(parts: &'a [ShapePart], paths: &'a [String], role: &'a str) -> Vec<Part<'a>> {
    let part = |(part, path): (&'a ShapePart, &'a String)| Part {
        path,
        role: part.role.as_deref().unwrap_or(role),
        kind: part.kind.as_deref().unwrap_or("text"),
        choice: part.choice,
        text: &part.text,
    };
    std::iter::zip(parts, paths).map(part).collect()
}
