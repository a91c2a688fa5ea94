//! A client's request, as the host passes it to a shaper.

use serde::de::DeserializeOwned;

use crate::call::does_not_fit;
use crate::canonical::parse_or_repair;
use crate::open_enum::open_enum;
use crate::{Dialect, Failure, Operation, RequestFacts, host};

/// What a shaper is told about a request. It has no route yet.
#[derive(Clone, Debug)]
pub struct Shaping<S> {
    /// What the client asks for.
    pub operation: Operation,
    /// The dialect of the client's request.
    pub dialect: Dialect,
    /// The client's name for the model.
    pub model: String,
    /// Whether the client asked for a stream.
    pub stream: bool,
    /// The name of the caller's plan; empty if callers have none.
    pub plan: String,
    /// A stable pseudonym of the caller; empty if callers are unknown.
    pub user: String,
    /// The shaper's settings.
    pub settings: S,
}

/// One text of a request or of a buffered reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it stands in the body: a JSON Pointer (RFC 6901).
    pub path: String,
    /// Who wrote it; [`PartRole::None`] where the operation has no roles.
    pub role: PartRole,
    /// What it is.
    pub kind: PartKind,
    /// The choice it belongs to, in a reply; 0 in a request.
    pub choice: u32,
    /// The text.
    pub text: String,
}

open_enum! {
    /// Who wrote a text.
    pub enum PartRole {
        /// The operator of the application.
        System = "system",
        /// The person or program that asks.
        User = "user",
        /// The model.
        Assistant = "assistant",
        /// A tool that the model called.
        Tool = "tool",
        /// Nobody in particular: the operation has no roles.
        None = "",
    }
}

open_enum! {
    /// What a text is.
    pub enum PartKind {
        /// Text of a conversation.
        Text = "text",
        /// The arguments of a tool call, as JSON text.
        ToolArguments = "tool-arguments",
        /// The model's thinking.
        Reasoning = "reasoning",
        /// A text to embed.
        Input = "input",
        /// What documents are ranked by.
        Query = "query",
        /// A document to rank.
        Document = "document",
        /// What an image is made from.
        Prompt = "prompt",
    }
}

// === impl Shaping ===

impl<S> Shaping<S> {
    /// The request's top-level members that hold no texts. Needs [`Need::Parameters`](crate::Need::Parameters), else
    /// there are none.
    ///
    /// # Errors
    /// Of class client, if a member does not have the type that `T` expects.
    pub fn parameters<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let parameters = host::parameters();
        let text = if parameters.is_empty() { b"{}" } else { &parameters[..] };
        parse_or_repair(text).map_err(|error| does_not_fit(&error))
    }

    /// The request's id, the time, and a number to be used once.
    pub fn request_facts(&self) -> RequestFacts {
        serde_json::from_slice(&host::request_facts()).unwrap_or_default()
    }
}
