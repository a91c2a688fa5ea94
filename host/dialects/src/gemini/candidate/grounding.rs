//! The pages that a text cites, as what a search found, and the documents, as what was retrieved.
//!
//! The words that cite a page are told by their place alone: what repeats a text would escape those who change it.
//!
//! Source: <https://ai.google.dev/api/generate-content#GroundingMetadata>.

use crate::bounds::KEPT_BYTES;
use crate::json::raw::inside;
use crate::json::{List, Object};
use crate::openai::annotations::Page;
use crate::openai::passages::Passage;

/// The pages so far, and the text that cites them.
#[derive(Debug, Default)]
pub(super) struct Grounding {
    /// The inside of a JSON string.
    said: String,
    pages: Vec<Page>,
    /// The documents, each once.
    documents: Vec<Passage>,
}

// === impl Grounding ===

impl Grounding {
    /// More of the text, as a JSON string. Of more than is kept, no places are known.
    pub(super) fn say(&mut self, text: &str) {
        if self.said.len() < KEPT_BYTES {
            self.said.push_str(inside(text));
        }
    }

    /// Adds the pages, and returns about how many bytes are kept of them.
    pub(super) fn cite(&mut self, pages: Vec<Page>) -> usize {
        let bytes = |page: &Page| page.url.len() + page.title.as_ref().map_or(0, String::len);
        let kept = pages.iter().map(bytes).sum();
        self.pages.extend(pages);
        kept
    }

    /// Adds passages, and returns about how many bytes are kept of them. Those whose source is a page are that page.
    pub(super) fn cite_passages(&mut self, passages: Vec<Passage>) -> usize {
        let mut kept = 0;
        for passage in passages {
            if let Some(page) = passage.page() {
                kept += self.cite(vec![page]);
            } else if !self.documents.contains(&passage) {
                kept += passage.size();
                self.documents.push(passage);
            }
        }
        kept
    }

    /// Writes `groundingMetadata`, if anything is cited.
    pub(super) fn write(&self, candidate: &mut Object<'_>) {
        if self.pages.is_empty() && self.documents.is_empty() {
            return;
        }
        let text: String = serde_json::from_str(&format!("\"{}\"", self.said)).unwrap_or_default();
        let (mut chunks, mut supports, mut urls) = (List::default(), List::default(), Vec::new());
        for page in &self.pages {
            let known = urls.iter().position(|url| *url == &page.url);
            let number = known.unwrap_or_else(|| {
                chunks.push_object(|chunk| chunk.object("web", |web| web_page(page, web)));
                urls.push(&page.url);
                urls.len() - 1
            });
            if let Some((start, end)) = page.place {
                supports.push_object(|support| {
                    support.object("segment", |segment| {
                        segment.raw("startIndex", byte(&text, start).to_string());
                        segment.raw("endIndex", byte(&text, end).to_string());
                    });
                    support.raw("groundingChunkIndices", format!("[{number}]"));
                });
            }
        }
        for document in &self.documents {
            chunks.push_object(|chunk| chunk.object("retrievedContext", |context| retrieved(document, context)));
        }
        candidate.object("groundingMetadata", |metadata| {
            metadata.raw("groundingChunks", chunks.into_text());
            metadata.raw("groundingSupports", supports.into_text());
        });
    }
}

fn web_page(page: &Page, web: &mut Object<'_>) {
    web.raw("uri", &page.url);
    web.raw("title", page.title.as_ref().unwrap_or(&page.url));
}

/// Only what names the document: which of its words are cited, their place would tell, and this form has none.
fn retrieved(document: &Passage, context: &mut Object<'_>) {
    if let Some(source) = document.source.as_ref().or(document.file_id.as_ref()) {
        context.raw("uri", source);
    }
    context.raw("title", document.name());
}

/// The byte at which this character begins: the API counts bytes, OpenAI characters.
fn byte(text: &str, character: u64) -> usize {
    let character = usize::try_from(character).unwrap_or(usize::MAX);
    text.char_indices().nth(character).map_or(text.len(), |(byte, _)| byte)
}
