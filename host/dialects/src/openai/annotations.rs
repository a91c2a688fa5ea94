//! The pages that a text cites, in OpenAI's form.
//!
//! Source: `annotations` in <https://platform.openai.com/docs/api-reference/chat/object>.

use serde_json::value::RawValue;

use crate::bounds::entries;
use crate::fault::StreamFault;
use crate::json::Members;
use crate::json::fields::given;

/// A page that a text cites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// Its address, as a JSON string.
    pub(crate) url: String,
    /// Its title, as a JSON string, if it has one.
    pub(crate) title: Option<String>,
    /// Where the words that cite it begin and end in the text, in characters.
    pub(crate) place: Option<(u64, u64)>,
}

/// The pages that annotations name; none of those of another type.
///
/// # Errors
/// If they are no list.
pub(crate) fn pages(annotations: Option<&RawValue>) -> Result<Vec<Page>, StreamFault> {
    let Some(annotations) = annotations else {
        return Ok(Vec::new());
    };
    let listed: Vec<&RawValue> =
        entries(annotations).map_err(|error| StreamFault::malformed(format!("annotations: {error}")))?;
    Ok(listed.into_iter().filter_map(page).collect())
}

/// Some upstreams write the page's members beside the type.
fn page(annotation: &RawValue) -> Option<Page> {
    let annotation = Members::of(annotation.get()).ok()?;
    given(&annotation, "type").filter(|kind| *kind == "\"url_citation\"")?;
    let page = given(&annotation, "url_citation").and_then(|page| Members::of(page).ok());
    let page = page.unwrap_or(annotation);
    let text = |key| {
        given(&page, key)
            .filter(|value| value.starts_with('"'))
            .map(str::to_owned)
    };
    let number = |key| given(&page, key)?.parse().ok();
    let (start, end) = (number("start_index"), number("end_index"));
    Some(Page {
        url: text("url")?,
        title: text("title"),
        place: start.zip(end).filter(|(start, end)| start <= end),
    })
}

#[cfg(test)]
mod tests {
    use super::{Page, pages};

    #[test]
    fn a_page_is_read_wherever_its_members_are() {
        let list = r#"[
            {"type":"url_citation","index":0,"url_citation":{"start_index":0,"end_index":4,"url":"https://a","title":"A"}},
            {"type":"url_citation","url":"https://a"},
            {"type":"url_citation","start_index":5,"end_index":4,"url":"https://a","title":null},
            {"type":"file_citation","file_citation":{}}, {"type":"url_citation","url_citation":{"title":"A"}}, 1
        ]"#;
        let page = |title: Option<&str>, place| Page {
            url: "\"https://a\"".to_owned(),
            title: title.map(str::to_owned),
            place,
        };
        let expected = [page(Some("\"A\""), Some((0, 4))), page(None, None), page(None, None)];
        assert_eq!(pages(Some(serde_json::from_str(list).unwrap())).unwrap(), expected);
        assert!(pages(None).unwrap().is_empty());
        assert!(pages(Some(serde_json::from_str("{}").unwrap())).is_err());
    }
}
