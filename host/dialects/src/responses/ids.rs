//! The ids of a response and of its items: all of them come from the request's id.

/// The longest part of a request's id that goes into an id.
const LONGEST: usize = 48;

/// Makes the ids of one response.
#[derive(Debug, Clone)]
pub(super) struct Ids {
    stem: String,
}

// === impl Ids ===

impl Ids {
    /// The ids of the response to this request.
    pub(super) fn of(request_id: &str) -> Self {
        let bare = request_id.strip_prefix("req_").unwrap_or(request_id);
        let legal = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let stem: String = bare.chars().filter(legal).take(LONGEST).collect();
        Self {
            stem: if stem.is_empty() { "0".to_owned() } else { stem },
        }
    }

    /// The response's own id.
    pub(super) fn response(&self) -> String {
        format!("resp_{}", self.stem)
    }

    /// The id of the item at this place; `kind` is the vendor's prefix, such as `msg`.
    pub(super) fn item(&self, kind: &str, place: usize) -> String {
        format!("{kind}_{}_{place}", self.stem)
    }

    /// The id of a call whose upstream gave none of its own.
    pub(super) fn call(&self, place: usize) -> String {
        self.item("call", place)
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_have_the_vendors_prefixes_and_only_letters_of_its_own() {
        let ids = Ids::of("req_12 \n\"ab");
        assert_eq!(ids.response(), "resp_12ab");
        assert_eq!(ids.item("msg", 1), "msg_12ab_1");
        assert_eq!(ids.call(0), "call_12ab_0");
        assert_eq!(Ids::of("").response(), "resp_0");
        assert!(Ids::of(&"x".repeat(500)).item("ctc", 4_095).len() <= 64);
    }
}
