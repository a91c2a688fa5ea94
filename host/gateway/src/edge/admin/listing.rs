//! Which users or keys a list is to have: those that are searched for, and how many.

use http::Uri;

use super::super::query::{fault, parameters, parsed, unknown};
use crate::error::GatewayError;

/// What a list is asked for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// A part of what is searched for, in lower case; empty if all are wanted.
    search: String,
    /// The most that are listed; `None` if all are.
    limit: Option<usize>,
    /// Whose keys are listed; `None` for everybody's.
    pub(super) user: Option<String>,
    /// Whether revoked keys are left out.
    pub(super) active: bool,
}

// === impl Asked ===

impl Asked {
    /// What the query asks for, by parameters of these names.
    ///
    /// # Errors
    /// `INVALID_REQUEST` that names the parameter and says what to write.
    pub(super) fn of(uri: &Uri, names: &[&str]) -> Result<Self, GatewayError> {
        let mut asked = Self::default();
        for (name, value) in parameters(uri.query().unwrap_or_default())? {
            if !names.contains(&&*name) {
                return Err(unknown(&name, names));
            }
            match &*name {
                "search" => asked.search = value.to_lowercase(),
                "limit" => asked.limit = Some(limit(&name, &value)?),
                "user" => asked.user = Some(value),
                _ => asked.active = parsed(&name, &value, "true or false")?,
            }
        }
        Ok(asked)
    }

    /// Whether one of these texts has what is searched for in it.
    pub(super) fn finds(&self, texts: &[&str]) -> bool {
        self.search.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&self.search))
    }

    /// Leaves as many as are wanted. Returns whether there were more.
    pub(super) fn cut<T>(&self, listed: &mut Vec<T>) -> bool {
        let limit = self.limit.unwrap_or(usize::MAX);
        let more = listed.len() > limit;
        listed.truncate(limit);
        more
    }
}

fn limit(name: &str, value: &str) -> Result<usize, GatewayError> {
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| fault(name, value, "a number from 1 on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Asked, GatewayError> {
        Asked::of(&query.parse().unwrap(), &["search", "limit", "active"])
    }

    #[test]
    fn a_part_of_any_text_is_found_in_any_case() {
        let asked = asked("/?search=AdA").unwrap();
        assert!(asked.finds(&["k", "mada"]) && asked.finds(&["ADA"]) && !asked.finds(&["ad", "a"]));
        assert!(Asked::default().finds(&[]));
    }

    #[test]
    fn as_many_are_left_as_are_wanted() {
        for (query, left, more) in [("/", 3, false), ("/?limit=3", 3, false), ("/?limit=2", 2, true)] {
            let mut listed = vec![1, 2, 3];
            assert_eq!(asked(query).unwrap().cut(&mut listed), more, "{query}");
            assert_eq!(listed.len(), left, "{query}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (query, said) in [
            ("/?limit=0", "limit must be a number from 1 on, found \"0\"."),
            ("/?limit=all", "limit must be a number from 1 on, found \"all\"."),
            ("/?active=1", "active must be true or false, found \"1\"."),
            (
                "/?user=ada",
                "\"user\" is not a parameter; those are search, limit and active.",
            ),
        ] {
            let error = asked(query).unwrap_err();
            assert_eq!(error.to_string(), said);
        }
    }
}
