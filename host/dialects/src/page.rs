//! A part of a long list: which one a client asks for by its query, and where it lies.

use crate::fault::RequestFault;
use crate::model_card::Query;

/// What part of a list a client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<'a> {
    limit: usize,
    after: Option<&'a str>,
    before: Option<&'a str>,
    /// The parameters that name an entry, in the words of the dialect.
    names: [&'static str; 2],
}

/// How a dialect asks for pages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageRules {
    /// The parameter that names the entry before the page.
    pub(crate) after: &'static str,
    /// The one that names the entry behind it; the same word as `after` if there is none.
    pub(crate) before: &'static str,
    /// How many entries a page has if the client does not say.
    pub(crate) usual: usize,
    /// The most entries that a page may have.
    pub(crate) most: usize,
}

// === impl PageRules ===

impl PageRules {
    /// The page that the query asks for.
    ///
    /// # Errors
    /// If a parameter of the query makes no sense. The fault names it.
    pub(crate) fn read<'q>(&self, query: &'q Query) -> Result<Page<'q>, RequestFault> {
        let limit = parameter(query, "limit").map(|limit| {
            let limit = limit.parse().ok().filter(|limit| (1..=self.most).contains(limit));
            limit.ok_or_else(|| RequestFault::new("limit", format!("must be a number from 1 to {}", self.most)))
        });
        let both = self.before != self.after;
        let page = Page {
            limit: limit.transpose()?.unwrap_or(self.usual),
            after: parameter(query, self.after),
            before: parameter(query, self.before).filter(|_| both),
            names: [self.after, self.before],
        };
        if page.after.is_some() && page.before.is_some() {
            let message = format!("cannot be sent together with {}", self.after);
            return Err(RequestFault::new(self.before, message));
        }
        Ok(page)
    }
}

/// A parameter's first value.
pub(crate) fn parameter<'q>(query: &'q Query, name: &str) -> Option<&'q str> {
    let found = query.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

// === impl Page ===

impl Page<'_> {
    /// The entries of the page, and whether there are more in its direction. `id_of` tells an entry's id.
    ///
    /// # Errors
    /// If the entry from which the page is counted is not in the list.
    pub fn cut<'e, E>(&self, entries: &'e [E], id_of: impl Fn(&E) -> &str) -> Result<(&'e [E], bool), RequestFault> {
        let place = |name: &'static str, id: &str| {
            let found = entries.iter().position(|entry| id_of(entry) == id);
            found.ok_or_else(|| RequestFault::new(name, "is not the id of a listed entry"))
        };
        let [after_name, before_name] = self.names;
        if let Some(before) = self.before {
            let end = place(before_name, before)?;
            let start = end.saturating_sub(self.limit);
            return Ok((&entries[start..end], start > 0));
        }
        let start = match self.after {
            Some(after) => place(after_name, after)? + 1,
            None => 0,
        };
        let end = entries.len().min(start.saturating_add(self.limit));
        Ok((&entries[start..end], end < entries.len()))
    }
}
