//! A feature of a request or a reply: how clients ask for it, and how it shows that it arrived.

use jackfield_tests::vendor::Turn;
use serde_json::Value;

use crate::client::Dialect;

/// One row of the matrix.
#[derive(Clone)]
pub(crate) struct Feature {
    /// The row's name.
    pub(crate) name: &'static str,
    /// The members that a client adds to its request, for each dialect that has the feature.
    pub(crate) asked: Vec<(Dialect, Value)>,
    /// What the upstream's model says.
    pub(crate) turn: Turn,
    /// What shows a client that a feature of replies arrived. Empty: a feature of requests, which each upstream shows in
    /// its own words.
    pub(crate) shown: Vec<(Dialect, Signs)>,
    /// True if the client first asks for the turn, and then sends the reply back with results for its calls.
    pub(crate) goes_on: bool,
    /// What `x-jackfield-dropped` or a refusal contains one of, if the feature does not arrive.
    pub(crate) named: &'static [&'static str],
}

/// What must be found where a feature arrived: JSON pointers and the values there; for the pointer `*`, a text that must
/// occur anywhere. `null` is what must be absent.
pub(crate) type Signs = Vec<(&'static str, Value)>;

/// True if all signs are there.
pub(crate) fn are_in(signs: &Signs, json: &Value) -> bool {
    let mut signs = signs.iter();
    signs.all(|(pointer, value)| match *pointer {
        "*" => json.to_string().contains(value.as_str().unwrap_or_default()),
        pointer => json.pointer(pointer).unwrap_or(&Value::Null) == value,
    })
}

// === impl Feature ===

impl Feature {
    /// A feature of requests that no dialect has yet.
    pub(crate) fn of_requests(name: &'static str, named: &'static [&'static str]) -> Self {
        Self {
            name,
            asked: Vec::new(),
            turn: Turn::says(&["fine", " thanks"]),
            shown: Vec::new(),
            goes_on: false,
            named,
        }
    }

    /// A feature of replies: what the client sees of this turn.
    pub(crate) fn of_replies(name: &'static str, turn: Turn) -> Self {
        Self {
            turn,
            ..Self::of_requests(name, &[])
        }
    }

    /// A feature of the request that follows this turn.
    pub(crate) fn of_returns(name: &'static str, turn: Turn, named: &'static [&'static str]) -> Self {
        Self {
            turn,
            goes_on: true,
            ..Self::of_requests(name, named)
        }
    }

    /// The same feature as a client of chat completions asks for it.
    pub(crate) fn chat(self, members: Value) -> Self {
        self.asked_in(Dialect::Chat, members)
    }

    /// The same feature as a client of messages asks for it.
    pub(crate) fn messages(self, members: Value) -> Self {
        self.asked_in(Dialect::Messages, members)
    }

    /// The same feature as a client of responses asks for it.
    pub(crate) fn responses(self, members: Value) -> Self {
        self.asked_in(Dialect::Responses, members)
    }

    /// The same feature as a client of Google's dialect asks for it.
    pub(crate) fn gemini(self, members: Value) -> Self {
        self.asked_in(Dialect::Gemini, members)
    }

    /// The same feature, and what shows it to clients of this dialect.
    pub(crate) fn shows(mut self, client: Dialect, signs: Signs) -> Self {
        self.shown.push((client, signs));
        self
    }

    fn asked_in(mut self, client: Dialect, members: Value) -> Self {
        self.asked.push((client, members));
        self
    }

    /// What a client of this dialect adds to its request, if it can ask for the feature.
    pub(crate) fn members(&self, client: Dialect) -> Option<&Value> {
        let mut asked = self.asked.iter();
        asked.find_map(|(dialect, members)| (*dialect == client).then_some(members))
    }

    /// What shows a feature of replies to a client of this dialect.
    pub(crate) fn signs(&self, client: Dialect) -> Option<&Signs> {
        let mut shown = self.shown.iter();
        shown.find_map(|(dialect, signs)| (*dialect == client).then_some(signs))
    }

    /// True if it is looked for in the reply that the client gets, not in the request that the upstream gets.
    pub(crate) fn is_of_replies(&self) -> bool {
        !self.shown.is_empty()
    }
}
