//! Which result belongs to which call: by its id, else by its name, in order. Not all models give calls an id, and not all
//! clients send it back.
//!
//! Source: `FunctionResponse` in <https://ai.google.dev/api/caching#FunctionResponse>.

use std::collections::VecDeque;

/// The calls that have no result yet.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    waiting: VecDeque<(String, String)>,
    /// How many ids were made.
    made: usize,
}

// === impl Pairing ===

impl Pairing {
    /// The id of a call: its own, or a new one.
    pub(super) fn call(&mut self, id: Option<String>, name: &str) -> String {
        let id = id.unwrap_or_else(|| self.make());
        self.waiting.push_back((id.clone(), name.to_owned()));
        id
    }

    /// The id of the call that a result belongs to; one that no call has if there is none.
    pub(super) fn answer(&mut self, id: Option<String>, name: &str) -> String {
        let by_id = self.waiting.iter().position(|(known, _)| Some(known) == id.as_ref());
        let by_name = || self.waiting.iter().position(|(_, known)| known == name);
        let Some(place) = by_id.or_else(by_name) else {
            return id.unwrap_or_else(|| self.make());
        };
        self.waiting.remove(place).map(|(id, _)| id).unwrap_or_default()
    }

    fn make(&mut self) -> String {
        self.made += 1;
        format!("call_{}", self.made)
    }
}

#[cfg(test)]
mod tests {
    use super::Pairing;

    #[test]
    fn a_result_belongs_to_the_call_of_its_id_or_to_the_first_of_its_name() {
        let mut pairing = Pairing::default();
        let own = |id: &str| Some(id.to_owned());
        assert_eq!(pairing.call(None, "f"), "call_1");
        assert_eq!(pairing.call(None, "g"), "call_2");
        assert_eq!(pairing.call(own("x"), "f"), "x");
        assert_eq!(pairing.call(None, "f"), "call_3");
        assert_eq!(pairing.answer(own("x"), "f"), "x");
        assert_eq!(pairing.answer(None, "f"), "call_1");
        assert_eq!(pairing.answer(own("made up"), "f"), "call_3");
        assert_eq!(pairing.answer(None, "f"), "call_4", "no call waits for it");
        assert_eq!(pairing.answer(None, "g"), "call_2");
        assert_eq!(pairing.answer(own("y"), "g"), "y");
    }
}
