//! Documents of plain text or of blocks, and search results: OpenAI has no parts for them, so they become texts.

use super::part::{PLACE, Part};
use super::target::Target;
use crate::fault::RequestFault;
use crate::json::Members;
use crate::json::fields::{entries, given};
use crate::json::raw::inside;

/// What of a document goes into its texts.
const DOCUMENT: [&str; 4] = ["type", "source", "title", "context"];

/// Where the source of a document is.
const SOURCE_PLACE: &str = "messages[].content[].source";

/// Where the blocks of a document or of a search result are.
const BLOCK_PLACE: &str = "messages[].content[].content[]";

/// What of a search result goes into its texts.
const SEARCH_RESULT: [&str; 4] = ["type", "source", "title", "content"];

/// The texts and images of a document, under its title and its context.
///
/// # Errors
/// If its source is of another kind.
pub(super) fn parts<'a>(document: &Members<'_>, target: &mut Target) -> Result<Vec<Part<'a>>, RequestFault> {
    target.keep_only(document, &DOCUMENT, PLACE);
    let heading = heading(given(document, "title"), given(document, "context"));
    let source = given(document, "source").unwrap_or_default();
    let unknown = || {
        RequestFault::new(
            PLACE,
            "this provider takes documents as plain text or as a PDF in base64",
        )
    };
    let source = Members::of(source).map_err(|_| unknown())?;
    target.keep_only(&source, &["type", "media_type", "data", "content"], SOURCE_PLACE);
    match (
        given(&source, "type"),
        given(&source, "data"),
        given(&source, "content"),
    ) {
        (Some("\"text\""), Some(text), _) if text.starts_with('"') => Ok(vec![headed(&heading, text)]),
        (Some("\"content\""), _, Some(content)) => texts(&heading, content, target).ok_or_else(unknown),
        _ => Err(unknown()),
    }
}

/// The texts of a search result, under its title and its source.
///
/// # Errors
/// If its content is not a list of texts.
pub(super) fn search_result<'a>(result: &Members<'_>, target: &mut Target) -> Result<Vec<Part<'a>>, RequestFault> {
    target.keep_only(result, &SEARCH_RESULT, PLACE);
    let heading = heading(given(result, "title"), given(result, "source"));
    let unknown = || RequestFault::new(PLACE, "the content of a search result must be a list of texts");
    given(result, "content")
        .and_then(|content| texts(&heading, content, target))
        .ok_or_else(unknown)
}

/// The inside of a JSON string: a title as a heading, and what is to stand below it.
fn heading(title: Option<&str>, below: Option<&str>) -> String {
    let title = title.filter(|it| it.starts_with('"')).map(inside);
    let below = below.filter(|it| it.starts_with('"')).map(inside);
    let title = title
        .filter(|it| !it.is_empty())
        .map(|title| format!("# {title}\\n\\n"));
    let below = below.filter(|it| !it.is_empty()).map(|below| format!("{below}\\n\\n"));
    title.into_iter().chain(below).collect()
}

fn headed<'a>(heading: &str, text: &str) -> Part<'a> {
    Part::text(format!("\"{heading}{}\"", inside(text)))
}

/// The content of a document: a text, or blocks of text and images. `None` if it is something else.
fn texts<'a>(heading: &str, content: &str, target: &mut Target) -> Option<Vec<Part<'a>>> {
    if content.starts_with('"') {
        return Some(vec![headed(heading, content)]);
    }
    let mut parts = Vec::new();
    let mut heading = Some(heading).filter(|heading| !heading.is_empty());
    for block in entries(content)? {
        let block = Members::of(block.get()).ok()?;
        target.keep_only(&block, &["type", "text", "source"], BLOCK_PLACE);
        let part = match given(&block, "type")? {
            "\"text\"" => headed(heading.take().unwrap_or_default(), given(&block, "text")?),
            "\"image\"" => image(&block)?,
            _ => return None,
        };
        parts.push(part);
    }
    if let Some(heading) = heading {
        parts.insert(0, headed(heading, "\"\""));
    }
    Some(parts)
}

fn image<'a>(block: &Members<'_>) -> Option<Part<'a>> {
    let source = Members::of(given(block, "source")?).ok()?;
    if let Some(url) = given(&source, "url") {
        return Some(Part::image(url));
    }
    let (kind, data) = (given(&source, "media_type")?, given(&source, "data")?);
    let url = format!("\"data:{};base64,{}\"", inside(kind), inside(data));
    Some(Part::image(&url))
}
