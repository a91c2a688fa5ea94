//! The citations of a text in Anthropic's form: the upstream's own, or what OpenAI's annotations say in its words.

use serde_json::value::RawValue;

use super::message::{read_list, without_index};
use crate::fault::StreamFault;
use crate::json::fields::given;
use crate::json::{Members, Object};
use crate::openai::annotations::{Page, pages};
use crate::openai::delta::Delta;
use crate::words::signature::{UNSIGNED, is_marked};

/// The citations that an upstream wrote in Anthropic's form. Some list bare URLs under this name.
///
/// # Errors
/// If they are no list.
pub(super) fn own(message: &Delta<'_>) -> Result<Vec<Vec<u8>>, StreamFault> {
    let listed: Vec<&RawValue> = read_list(message.citations, "citations")?;
    let objects = listed.into_iter().filter(|it| it.get().starts_with('{'));
    objects.map(without_index).collect()
}

/// The pages that the annotations name, as what a search found.
///
/// What the SDKs demand and OpenAI does not tell is empty: the words of the page. The place in the search's results, by
/// which Anthropic finds them again, is marked as nobody's, so that [`is_foreign`] knows the citation when it comes back.
///
/// Sources: `web_search_result_location` in <https://platform.claude.com/docs/en/api/messages/create>; `annotations` in
/// <https://platform.openai.com/docs/api-reference/chat/object>.
///
/// # Errors
/// If they are no list.
pub(super) fn of_annotations(message: &Delta<'_>) -> Result<Vec<Vec<u8>>, StreamFault> {
    Ok(pages(message.annotations)?.iter().map(of_page).collect())
}

fn of_page(page: &Page) -> Vec<u8> {
    Object::text(|citation| {
        citation.raw("type", "\"web_search_result_location\"");
        citation.raw("cited_text", "\"\"");
        citation.raw("encrypted_index", UNSIGNED);
        citation.raw("title", page.title.as_deref().unwrap_or("null"));
        citation.raw("url", &page.url);
    })
}

/// True for a citation that [`of_annotations`] wrote.
pub(super) fn is_foreign(citation: &RawValue) -> bool {
    let citation = Members::of(citation.get()).ok();
    citation.is_some_and(|citation| given(&citation, "encrypted_index").is_some_and(is_marked))
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::{Page, is_foreign, of_page};

    #[test]
    fn a_page_that_is_cited_is_nobodys() {
        let page = Page {
            url: "\"https://a\"".to_owned(),
            title: Some("\"A\"".to_owned()),
            place: Some((0, 4)),
        };
        let citation = String::from_utf8(of_page(&page)).unwrap();
        assert_eq!(
            citation,
            r#"{"type":"web_search_result_location","cited_text":"","encrypted_index":"jackfield.unsigned.","title":"A","url":"https://a"}"#
        );
        assert!(is_foreign(&RawValue::from_string(citation).unwrap()));
    }
}
