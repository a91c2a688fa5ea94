//! What is to become a vector: one content, or several requests of one each.
//!
//! Source: <https://ai.google.dev/api/embeddings>.

use serde_json::value::RawValue;

use super::ADDRESSED;
use crate::fault::RequestFault;
use crate::gemini::spelled::Spelled;
use crate::json::fields::given;
use crate::json::text::concat;
use crate::json::{List, Members, Object};
use crate::standard::Dropped;
use crate::translated::Translated;

/// Checks that there is something to embed.
///
/// # Errors
/// If there is not.
pub(super) fn check(request: &Members<'_>) -> Result<(), RequestFault> {
    inputs(request, &mut Dropped::default()).map(|_| ())
}

/// The requests for one vector each, and where each is; the request itself if it is for one. What a list of them has
/// beside it is listed.
fn inputs<'a>(request: &Members<'a>, dropped: &mut Dropped) -> Result<Vec<(String, Spelled<'a>)>, RequestFault> {
    let outer = Spelled::of(request.clone());
    outer.pass_over(&ADDRESSED);
    if outer.get("requests").is_none() {
        outer.value("content").ok_or_else(|| missing("content", "a content"))?;
        return Ok(vec![(String::new(), outer)]);
    }
    let requests = outer.list("requests", "requests")?;
    dropped.add_all("", outer.unread());
    if requests.is_empty() {
        return Err(RequestFault::new(
            "requests",
            "is empty; give a list of at least one request",
        ));
    }
    let read = |(index, raw): (usize, &'a RawValue)| {
        let place = format!("requests[{index}]");
        let inner = Spelled::read(raw).map_err(|fault| fault.within(&place))?;
        inner.pass_over(&ADDRESSED);
        inner
            .value("content")
            .ok_or_else(|| missing("content", "a content").within(&place))?;
        Ok((place, inner))
    };
    requests.into_iter().enumerate().map(read).collect()
}

fn missing(field: &'static str, what: &str) -> RequestFault {
    RequestFault::new(
        field,
        format!("is missing; give {what} such as {{\"parts\": [{{\"text\": \"Hello\"}}]}}"),
    )
}

/// The same request in the canonical dialect: all texts in one list.
///
/// # Errors
/// If a content has anything but texts, or the requests of a list ask for different vectors.
pub(super) fn translated(request: &Members<'_>) -> Result<Translated, RequestFault> {
    let (mut texts, mut dropped) = (List::default(), Dropped::default());
    let mut dimensions = None;
    for (number, (place, one)) in inputs(request, &mut dropped)?.into_iter().enumerate() {
        let at = |fault: RequestFault| if place.is_empty() { fault } else { fault.within(&place) };
        let list = if place.is_empty() { "" } else { "requests[]" };
        texts.push(text(&one, list, &mut dropped).map_err(at)?);
        let asked = one.get("outputDimensionality");
        if number > 0 && dimensions != asked {
            let message = "must be the same in all requests of a list";
            return Err(at(RequestFault::new("outputDimensionality", message)));
        }
        dimensions = asked;
        dropped.add_all(list, one.unread());
    }
    let text = Object::text(|body| {
        body.raw("model", given(request, "model").unwrap_or_default());
        body.raw("input", texts.into_text());
        if let Some(dimensions) = dimensions {
            body.raw("dimensions", dimensions);
        }
    });
    Ok(Translated { text, dropped })
}

/// The texts of a content as one, as JSON. What else it has is listed, with where the request is.
fn text(request: &Spelled<'_>, list: &str, dropped: &mut Dropped) -> Result<String, RequestFault> {
    let Some(content) = request.value("content") else {
        return Err(missing("content", "a content"));
    };
    if content.get().starts_with('"') {
        return Ok(content.get().to_owned());
    }
    let content = Spelled::read(content).map_err(|fault| fault.within("content"))?;
    let parts = content
        .list("parts", "parts")
        .map_err(|fault| fault.within("content"))?;
    // Nobody speaks here.
    content.pass_over(&["role"]);
    let place = if list.is_empty() {
        "content".to_owned()
    } else {
        format!("{list}.content")
    };
    dropped.add_all(&place, content.unread());
    let within = format!("{place}.parts[]");
    let mut texts = Vec::with_capacity(parts.len());
    for (index, raw) in parts.into_iter().enumerate() {
        let place = format!("content.parts[{index}]");
        let part = Spelled::read(raw).map_err(|fault| fault.within(&place))?;
        let text = part.string("text").map_err(|fault| fault.within(&place))?;
        texts.push(text.ok_or_else(|| RequestFault::new(place, "must be a text"))?);
        dropped.add_all(&within, part.unread());
    }
    Ok(concat(texts))
}
