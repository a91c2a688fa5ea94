//! A feature of a request or a reply, and how each dialect shows that it arrived.

use jackfield_tests::vendor::Turn;
use serde_json::Value;

use crate::side::Side;

/// One row of the matrix.
pub(crate) struct Feature {
    /// The row's name.
    pub(crate) name: &'static str,
    /// The feature as an OpenAI client writes it, if that dialect has it.
    pub(crate) openai: Option<Form>,
    /// The feature as an Anthropic client writes it, if that dialect has it.
    pub(crate) anthropic: Option<Form>,
    /// What the upstream's model says.
    pub(crate) turn: Turn,
    /// Where the signs are looked for.
    pub(crate) looks_at: Place,
    /// What `x-jackfield-dropped` or a refusal must contain, if the feature does not arrive.
    pub(crate) named: &'static str,
}

/// A feature in the words of one dialect.
pub(crate) struct Form {
    /// The members that the client adds to its request. None: no client of this dialect can ask for the feature, but an
    /// upstream may show it.
    pub(crate) members: Option<Value>,
    /// What must be found where the feature arrived: JSON pointers and the values there; for the pointer `*`, a text that
    /// must occur anywhere.
    pub(crate) signs: Vec<(&'static str, Value)>,
}

/// Where a feature's signs are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the request that the upstream gets.
    Request,
    /// In the reply that the client gets.
    Reply,
}

// === impl Feature ===

impl Feature {
    /// A feature of requests that neither dialect has yet.
    pub(crate) fn of_requests(name: &'static str, named: &'static str) -> Self {
        Self {
            name,
            openai: None,
            anthropic: None,
            turn: Turn::says(&["fine", " thanks"]),
            looks_at: Place::Request,
            named,
        }
    }

    /// A feature of replies: what the client sees of this turn.
    pub(crate) fn of_replies(name: &'static str, turn: Turn) -> Self {
        Self {
            turn,
            looks_at: Place::Reply,
            ..Self::of_requests(name, "")
        }
    }

    /// The same feature as an OpenAI client writes it, and its signs there.
    pub(crate) fn openai(mut self, members: Value, signs: Vec<(&'static str, Value)>) -> Self {
        self.openai = Some(Form {
            members: Some(members),
            signs,
        });
        self
    }

    /// The same feature as an Anthropic client writes it, and its signs there.
    pub(crate) fn anthropic(mut self, members: Value, signs: Vec<(&'static str, Value)>) -> Self {
        self.anthropic = Some(Form {
            members: Some(members),
            signs,
        });
        self
    }

    /// The same feature, which OpenAI's clients cannot ask for: only its signs at an upstream of theirs.
    pub(crate) fn at_openai(mut self, signs: Vec<(&'static str, Value)>) -> Self {
        self.openai = Some(Form { members: None, signs });
        self
    }

    /// The feature in this side's words.
    pub(crate) fn form(&self, side: Side) -> Option<&Form> {
        match side {
            Side::OpenAi => self.openai.as_ref(),
            Side::Anthropic => self.anthropic.as_ref(),
        }
    }
}

// === impl Form ===

impl Form {
    /// True if all signs are there.
    pub(crate) fn is_in(&self, json: &Value) -> bool {
        let mut signs = self.signs.iter();
        signs.all(|(pointer, value)| match *pointer {
            "*" => json.to_string().contains(value.as_str().unwrap_or_default()),
            pointer => json.pointer(pointer).unwrap_or(&Value::Null) == value,
        })
    }
}
