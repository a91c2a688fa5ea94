//! The members of a reply besides its candidates and its usage.

use crate::json::{Object, json_string};

/// The longest part of a request's id that goes into an id.
const LONGEST: usize = 48;

/// What is the same in every event of a stream.
#[derive(Debug)]
pub(super) struct Head {
    /// The model's name as JSON.
    model: String,
    id: String,
}

// === impl Head ===

impl Head {
    /// The head of the reply to a request of this id, by the model that the client named.
    pub(super) fn new(request_id: &str, model: &str) -> Self {
        let bare = request_id.strip_prefix("req_").unwrap_or(request_id);
        let legal = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        Self {
            model: json_string(model),
            id: bare.chars().filter(legal).take(LONGEST).collect(),
        }
    }

    /// What the ids of a candidate's calls begin with whose upstream gave none.
    pub(super) fn calls(&self, candidate: u64) -> String {
        match candidate {
            0 => format!("call_{}", self.id),
            candidate => format!("call_{}_{candidate}", self.id),
        }
    }

    /// Writes the head behind the candidates.
    pub(super) fn write(&self, reply: &mut Object<'_>) {
        reply.raw("modelVersion", &self.model);
        reply.string("responseId", &self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::Head;

    #[test]
    fn ids_have_legal_letters_only_and_differ_by_candidate() {
        let head = Head::new("req_1 \n\"2", "m");
        assert_eq!(head.calls(0), "call_12");
        assert_eq!(head.calls(2), "call_12_2");
    }
}
