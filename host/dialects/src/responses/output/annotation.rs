//! What a text cites, as the annotations of this API.
//!
//! Source: `annotations` of `output_text` in <https://platform.openai.com/docs/api-reference/responses/object>.

use super::item::Item;
use super::{Output, Told};
use crate::fault::StreamFault;
use crate::json::Object;
use crate::openai::annotations::{Page, pages};
use crate::openai::delta::Delta;
use crate::openai::passages::{Passage, passages};

// === impl Output ===

impl Output {
    /// What a chunk, or the message of a whole reply, says that its text cites.
    ///
    /// # Errors
    /// If it is not of its shape.
    pub(super) fn cite_all(&mut self, delta: &Delta<'_>, told: &mut Told) -> Result<(), StreamFault> {
        let before = self.cited.len();
        self.cited.extend(pages(delta.annotations)?.iter().map(of_page));
        self.cited.extend(passages(delta.citations)?.iter().map(of_passage));
        self.kept_bytes += self.cited[before..].iter().map(Vec::len).sum::<usize>();
        self.annotate(told);
        Ok(())
    }

    /// The last text cites what waits for one. Nothing may follow the end of a message, so that the whole response alone
    /// tells what it cites after that.
    pub(super) fn annotate(&mut self, told: &mut Told) {
        if self.cited.is_empty() {
            return;
        }
        if let Some((message, status)) = self.items.iter_mut().rev().find_map(Item::as_text) {
            for annotation in std::mem::take(&mut self.cited) {
                message.cite(annotation, status, told);
            }
        }
    }
}

/// The page in the form of this API, whose SDKs require all members.
fn of_page(page: &Page) -> Vec<u8> {
    let (start, end) = page.place.unwrap_or_default();
    Object::text(|citation| {
        citation.raw("type", "\"url_citation\"");
        citation.raw("start_index", start.to_string());
        citation.raw("end_index", end.to_string());
        citation.raw("url", &page.url);
        citation.raw("title", page.title.as_ref().unwrap_or(&page.url));
    })
}

/// The passage as that of a file, or of a page if it has an address. A file that the client sent with its request has no
/// id. There is no place for the words that are cited, nor for where they are in the document.
fn of_passage(passage: &Passage) -> Vec<u8> {
    if let Some(page) = passage.page() {
        return of_page(&page);
    }
    Object::text(|citation| {
        citation.raw("type", "\"file_citation\"");
        citation.raw("file_id", passage.file_id.as_deref().unwrap_or("\"\""));
        citation.raw("filename", passage.name());
        citation.raw("index", passage.index.to_string());
    })
}
