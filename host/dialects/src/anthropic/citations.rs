//! The citations of a text in Anthropic's form: the upstream's own, or what OpenAI's annotations say in its words.

use serde_json::value::RawValue;

use super::message::{read_list, without_index};
use crate::fault::StreamFault;
use crate::json::fields::given;
use crate::json::{Members, Object};
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
    let listed: Vec<&RawValue> = read_list(message.annotations, "annotations")?;
    Ok(listed.into_iter().filter_map(of_annotation).collect())
}

/// `None` for an annotation that names no page. Some upstreams write the page's members beside the type.
fn of_annotation(annotation: &RawValue) -> Option<Vec<u8>> {
    let annotation = Members::parse(annotation.get().as_bytes()).ok()?;
    given(&annotation, "type").filter(|kind| *kind == "\"url_citation\"")?;
    let page = given(&annotation, "url_citation").and_then(|page| Members::parse(page.as_bytes()).ok());
    let page = page.unwrap_or(annotation);
    let text = |key| given(&page, key).filter(|value| value.starts_with('"'));
    let url = text("url")?;
    Some(Object::text(|citation| {
        citation.raw("type", "\"web_search_result_location\"");
        citation.raw("cited_text", "\"\"");
        citation.raw("encrypted_index", UNSIGNED);
        citation.raw("title", text("title").unwrap_or("null"));
        citation.raw("url", url);
    }))
}

/// True for a citation that [`of_annotations`] wrote.
pub(super) fn is_foreign(citation: &RawValue) -> bool {
    let citation = Members::parse(citation.get().as_bytes()).ok();
    citation.is_some_and(|citation| given(&citation, "encrypted_index").is_some_and(is_marked))
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::{is_foreign, of_annotation};

    #[test]
    fn a_page_is_cited_wherever_its_members_are() {
        let expected = r#"{"type":"web_search_result_location","cited_text":"","encrypted_index":"jackfield.unsigned.","title":"A","url":"https://a"}"#;
        for annotation in [
            r#"{"type":"url_citation","index":0,"url_citation":{"start_index":0,"end_index":4,"url":"https://a","title":"A"}}"#,
            r#"{"type":"url_citation","url":"https://a","title":"A"}"#,
        ] {
            let citation = of_annotation(serde_json::from_str(annotation).unwrap()).unwrap();
            let citation = String::from_utf8(citation).unwrap();
            assert_eq!(citation, expected);
            assert!(is_foreign(&RawValue::from_string(citation).unwrap()));
        }
        for annotation in [
            r#"{"type":"file_citation","file_citation":{}}"#,
            r#"{"type":"url_citation","url_citation":{"title":"A"}}"#,
            "1",
        ] {
            assert_eq!(of_annotation(serde_json::from_str(annotation).unwrap()), None);
        }
    }
}
