//! A call's arguments that arrive one by one: they become JSON text as they come.
//!
//! The API names each value by its path (`$.items[0].price`), and sends long strings in pieces. The model writes its
//! arguments from the beginning to the end, so the text can grow at its end alone.
//!
//! Source: <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling>, "Streaming function
//! call arguments"; `PartialArg` in the SDK.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{Extra, Json};
use serde::{Deserialize, Serialize};

/// The deepest path that is followed.
const DEEPEST: usize = 64;

/// The text of the arguments so far, as far as it matters for what follows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Arguments {
    /// The objects and lists that are open, from the outermost.
    open: Vec<Container>,
    /// The path of the string that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    string: Option<String>,
}

/// An open object or list, with where it is.
#[derive(Debug, Serialize, Deserialize)]
enum Container {
    /// The names of the members so far; the last is the current one.
    Object(Vec<String>),
    /// The index of the current entry.
    List(u64),
}

/// One step of a path.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Entry(u64),
}

// === impl Arguments ===

impl Arguments {
    /// Adds a value, or a piece of a string, to the text.
    ///
    /// # Errors
    /// If its path makes no sense, or leads back to what is complete.
    pub(super) fn push(&mut self, piece: &Extra, text: &mut String) -> Result<(), Failure> {
        let path = piece.text("jsonPath").unwrap_or_default();
        let goes_on = piece.read("willContinue") == Some(true);
        if self.string.as_ref() != Some(&path) {
            self.close_string(text);
            self.go_to(&steps(&path).ok_or_else(out_of_order)?, text)?;
            if let Some(value) = plain_value(piece) {
                text.push_str(value.text());
                return Ok(());
            }
            text.push('"');
            self.string = Some(path);
        }
        let more = Json::from(piece.text("stringValue").unwrap_or_default());
        text.push_str(
            more.text()
                .trim_start_matches('"')
                .strip_suffix('"')
                .unwrap_or_default(),
        );
        if !goes_on {
            self.close_string(text);
        }
        Ok(())
    }

    /// What completes the text.
    pub(super) fn finish(mut self) -> String {
        let mut text = String::new();
        if self.open.is_empty() {
            text.push('{');
            self.open.push(Container::Object(Vec::new()));
        }
        self.close_string(&mut text);
        self.close_to(0, &mut text);
        text
    }

    fn close_string(&mut self, text: &mut String) {
        if self.string.take().is_some() {
            text.push('"');
        }
    }

    /// Closes the containers from this depth on.
    fn close_to(&mut self, depth: usize, text: &mut String) {
        while self.open.len() > depth {
            match self.open.pop() {
                Some(Container::Object(_)) => text.push('}'),
                Some(Container::List(_)) => text.push(']'),
                None => {}
            }
        }
    }

    /// Writes everything up to the value at a path.
    fn go_to(&mut self, path: &[Step], text: &mut String) -> Result<(), Failure> {
        let shared = path
            .iter()
            .zip(&self.open)
            .take_while(|(step, open)| open.is_at(step))
            .count();
        if shared == path.len() {
            return Err(out_of_order());
        }
        self.close_to(shared + 1, text);
        let mut rest = &path[shared..];
        if let (Some(container), Some((step, after))) = (self.open.get_mut(shared), rest.split_first()) {
            text.push(',');
            container.go_to(step, text)?;
            rest = after;
        }
        for step in rest {
            let (mark, mut container) = match step {
                Step::Member(_) => ('{', Container::Object(Vec::new())),
                Step::Entry(0) => ('[', Container::List(0)),
                Step::Entry(_) => return Err(out_of_order()),
            };
            text.push(mark);
            if matches!(step, Step::Member(_)) {
                container.go_to(step, text)?;
            }
            self.open.push(container);
        }
        Ok(())
    }
}

// === impl Container ===

impl Container {
    fn is_at(&self, step: &Step) -> bool {
        match (self, step) {
            (Self::Object(names), Step::Member(name)) => names.last() == Some(name),
            (Self::List(index), Step::Entry(entry)) => index == entry,
            _ => false,
        }
    }

    /// Goes on to a new member or to the next entry.
    fn go_to(&mut self, step: &Step, text: &mut String) -> Result<(), Failure> {
        match (self, step) {
            (Self::Object(names), Step::Member(name)) if !names.contains(name) => {
                text.push_str(Json::from(name.as_str()).text());
                text.push(':');
                names.push(name.clone());
                Ok(())
            }
            (Self::List(index), Step::Entry(entry)) if *entry == *index + 1 => {
                *index = *entry;
                Ok(())
            }
            _ => Err(out_of_order()),
        }
    }
}

fn out_of_order() -> Failure {
    Failure::malformed("the arguments of a call came in an order that cannot be followed")
}

/// The value, unless it is a string or the beginning of one.
fn plain_value(piece: &Extra) -> Option<Json> {
    let value = piece.get("numberValue").or_else(|| piece.get("boolValue"));
    match value.filter(|value| !value.is_null()) {
        Some(value) => Some(value.clone()),
        None if piece.contains_key("nullValue") => Some(Json::default()),
        None => None,
    }
}

/// The steps of a path, after `$` (RFC 9535, section 2.3): `.name`, `['name']` and `[0]`.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = if let Some(name) = rest.strip_prefix('.') {
            let (name, after) = name.split_at(name.find(['.', '[']).unwrap_or(name.len()));
            (Step::Member(name.to_owned()), after)
        } else {
            let inside = rest.strip_prefix('[')?;
            if let Some(quote) = inside.chars().next().filter(|first| matches!(first, '\'' | '"')) {
                let (name, after) = inside[1..].split_once(&format!("{quote}]"))?;
                (Step::Member(name.to_owned()), after)
            } else {
                let (index, after) = inside.split_once(']')?;
                (Step::Entry(index.parse().ok()?), after)
            }
        };
        steps.push(step);
        rest = after;
    }
    let is_value = matches!(steps.first(), Some(Step::Member(_))) && steps.len() <= DEEPEST;
    is_value.then_some(steps)
}

#[cfg(test)]
mod tests;
