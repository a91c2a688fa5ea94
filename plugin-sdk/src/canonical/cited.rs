//! The pages that a text cites, as OpenAI's annotations of it.

use serde::{Deserialize, Serialize};

use super::Extra;

/// The most pages that one text may cite.
const MOST: usize = 256;

/// A text, and the pages that it cites: for vendors that cite for whole texts, where OpenAI cites for a part of the
/// message's one text. It fits into the state of a stream.
///
/// Source: `annotations` in <https://platform.openai.com/docs/api-reference/chat/object>.
///
/// ```
/// use jackfield_plugin_sdk::canonical::Cited;
///
/// let before = Cited::length("Hi. ");
/// let mut cited = Cited::from(before);
/// cited.cite("https://a.example".to_owned(), Some("A".to_owned()));
/// let end = before + Cited::length("It rains.");
/// let annotations: Vec<_> = cited.annotations(end).collect();
/// assert_eq!(
///     serde_json::to_string(&annotations).unwrap(),
///     r#"[{"type":"url_citation","url_citation":{"start_index":4,"end_index":13,"title":"A","url":"https://a.example"}}]"#
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cited {
    /// Where it begins in the reply's text, in characters.
    start: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pages: Vec<Page>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Page {
    url: String,
    title: String,
}

// === impl Cited ===

impl Cited {
    /// A text that begins here, in characters of the message's text.
    pub fn from(start: u64) -> Self {
        let pages = Vec::new();
        Self { start, pages }
    }

    /// The length of a text in characters.
    pub fn length(text: &str) -> u64 {
        u64::try_from(text.chars().count()).unwrap_or(u64::MAX)
    }

    /// The text cites this page, whose address stands for a missing title. Beyond 256, pages are left out.
    pub fn cite(&mut self, url: String, title: Option<String>) {
        if self.pages.len() < MOST {
            let title = title.filter(|title| !title.is_empty()).unwrap_or_else(|| url.clone());
            self.pages.push(Page { url, title });
        }
    }

    /// The annotations of the text, which ends here.
    pub fn annotations(self, end: u64) -> impl Iterator<Item = Extra> {
        let start = self.start;
        self.pages.into_iter().map(move |page| {
            let (mut cited, mut annotation) = (Extra::new(), Extra::new());
            cited.insert("start_index", start);
            cited.insert("end_index", end);
            cited.insert("title", page.title);
            cited.insert("url", page.url);
            annotation.insert("type", "url_citation");
            annotation.insert("url_citation", cited);
            annotation
        })
    }
}
