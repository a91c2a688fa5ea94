//! Which users or keys a list is to have: those that are searched for, and how many.

use http::Uri;

use super::super::query::parameters;
use crate::error::{ErrorKind, GatewayError};

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
                return Err(refused(&format!("{name}: use one of {}", names.join(", "))));
            }
            match &*name {
                "search" => asked.search = value.to_lowercase(),
                "limit" => asked.limit = Some(limit(&value)?),
                "user" => asked.user = Some(value),
                _ => asked.active = flag(&name, &value)?,
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

fn limit(value: &str) -> Result<usize, GatewayError> {
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| refused("limit: must be a whole number from 1 on"))
}

fn flag(name: &str, value: &str) -> Result<bool, GatewayError> {
    value
        .parse()
        .map_err(|_| refused(&format!("{name}: must be true or false")))
}

fn refused(message: &str) -> GatewayError {
    GatewayError::new(ErrorKind::InvalidRequest, message.to_owned())
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
            ("/?limit=0", "limit: must be a whole number"),
            ("/?limit=all", "limit: must be a whole number"),
            ("/?active=1", "active: must be true or false"),
            ("/?user=ada", "user: use one of search, limit, active"),
        ] {
            let error = asked(query).unwrap_err();
            assert!(error.to_string().starts_with(said), "{error}");
        }
    }
}
