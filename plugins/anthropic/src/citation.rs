//! Citations of pages that a search found.

use jackfield_plugin_sdk::canonical::{Cited, Extra};

/// Takes in a citation. OpenAI has no words for one of a document.
///
/// Source: `web_search_result_location` in <https://platform.claude.com/docs/en/api/messages/create>.
pub(crate) fn note(citation: &Extra, cited: &mut Cited) {
    let is_page = citation.text("type").as_deref() == Some("web_search_result_location");
    if let Some(url) = citation.text("url").filter(|_| is_page) {
        cited.cite(url, citation.text("title"));
    }
}
