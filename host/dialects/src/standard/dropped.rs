//! The list of what a request lost on its way to a target.

/// The most places that are listed.
const MOST: usize = 24;

/// The longest name of a member that is listed.
const LONGEST: usize = 40;

/// The places of what was left out, such as `messages[].content[].cache_control`, each once and in order of discovery.
///
/// Lists have no numbers: a long conversation may lose the same member in every turn. What a client wrote is listed
/// only if it can stand in a header, and the list is bounded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dropped {
    places: Vec<String>,
    is_cut: bool,
}

// === impl Dropped ===

impl Dropped {
    /// Adds the member `name` of the object at `place`, which is empty for the request itself.
    pub(crate) fn add(&mut self, place: &str, name: &str) {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.=[]".contains(&byte);
        let name = match name.len() {
            1..=LONGEST if name.bytes().all(is_plain) => name,
            _ => "(other)",
        };
        let dot = if place.is_empty() { "" } else { "." };
        self.push(format!("{place}{dot}{name}"));
    }

    /// Adds these members of the object at `place`.
    pub(crate) fn add_all<'n>(&mut self, place: &str, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            self.add(place, name);
        }
    }

    /// The places of this list and those of another.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.is_cut |= other.is_cut;
        for place in other.places {
            self.push(place);
        }
        self
    }

    /// True if nothing was left out.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The places as one line of ASCII with commas between them; it ends in `...` if there are more.
    pub fn line(&self) -> String {
        let cut = if self.is_cut { ", ..." } else { "" };
        format!("{}{cut}", self.places.join(", "))
    }

    /// The same in other words for the places.
    #[must_use]
    pub(crate) fn map(self, word: impl Fn(&str) -> String) -> Self {
        let mut mapped = Self {
            is_cut: self.is_cut,
            ..Self::default()
        };
        for place in &self.places {
            mapped.push(word(place));
        }
        mapped
    }

    fn push(&mut self, place: String) {
        if self.places.contains(&place) {
            return;
        }
        if self.places.len() < MOST {
            self.places.push(place);
        } else {
            self.is_cut = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dropped, LONGEST, MOST};

    #[test]
    fn a_place_is_listed_once_and_only_if_a_header_can_hold_it() {
        let mut dropped = Dropped::default();
        assert!(dropped.is_empty());
        for name in ["top_k", "a,b", "top_k", "", "é", "x\r\ny", &"x".repeat(LONGEST + 1)] {
            dropped.add("", name);
        }
        dropped.add("tools[]", "of_tomorrow");
        assert_eq!(dropped.line(), "top_k, (other), tools[].of_tomorrow");
    }

    #[test]
    fn the_list_is_bounded() {
        let mut dropped = Dropped::default();
        for number in 0..1000 {
            dropped.add("", &format!("member_{number}"));
        }
        let line = dropped.line();
        assert_eq!(line.split(", ").count(), MOST + 1);
        assert!(line.ends_with(", ...") && line.len() < 2048);
    }

    #[test]
    fn places_that_have_the_same_word_are_one() {
        let mut dropped = Dropped::default();
        dropped.add("messages[]", "reasoning_content");
        dropped.add("messages[]", "thinking_blocks");
        dropped.add("", "top_k");
        let mapped = dropped.map(|place| {
            place
                .replace("reasoning_content", "thinking")
                .replace("thinking_blocks", "thinking")
        });
        assert_eq!(mapped.line(), "messages[].thinking, top_k");
    }
}
