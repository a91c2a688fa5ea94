//! What a part of a content is, in the words of a chat.
//!
//! Source: <https://ai.google.dev/api/caching#Part>.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::fault::RequestFault;
use crate::gemini::spelled::Spelled;
use crate::json::raw::inside;
use crate::json::{Members, Object, json_string};
use crate::standard::Dropped;
use crate::turns::{Content, Part};

/// Where parts are.
const PLACE: &str = "contents[].parts[]";

/// The members of a result's object that hold all of it, as the vendor and its SDKs write them.
const OUTPUTS: [&str; 2] = ["output", "result"];

/// What a part is.
pub(super) enum Kind<'a> {
    /// A text, an image, or another file.
    Said(Part<'a>),
    Call(Called),
    Result(Answered<'a>),
    /// It has no data.
    Nothing,
    /// Something that a chat has no words for: the name of its member.
    Unknown(String),
}

/// A call of a function.
pub(super) struct Called {
    pub(super) id: Option<String>,
    pub(super) name: String,
    /// As JSON.
    pub(super) arguments: String,
}

/// The result of a function.
pub(super) struct Answered<'a> {
    pub(super) id: Option<String>,
    pub(super) name: String,
    pub(super) content: Content<'a>,
    pub(super) is_error: bool,
}

/// What a part is. The members that a chat has no words for are listed.
///
/// # Errors
/// If it is not of its shape.
pub(super) fn kind<'a>(part: &Spelled<'a>, dropped: &mut Dropped) -> Result<Kind<'a>, RequestFault> {
    // They say something about the part, which is the speaker's affair.
    part.pass_over(&["thought", "thoughtSignature"]);
    let found = found(part, dropped)?;
    match (found, part.unread_even_empty().first()) {
        (Some(kind), _) => {
            dropped.add_all(PLACE, part.unread());
            Ok(kind)
        }
        (None, None) => Ok(Kind::Nothing),
        (None, Some(name)) => Ok(Kind::Unknown((*name).to_owned())),
    }
}

/// What a part has that a chat has words for; `None` if that is nothing.
fn found<'a>(part: &Spelled<'a>, dropped: &mut Dropped) -> Result<Option<Kind<'a>>, RequestFault> {
    if let Some(call) = part.object("functionCall")? {
        let called = called(&call).map_err(|fault| fault.within("functionCall"))?;
        dropped.add_all(&format!("{PLACE}.functionCall"), call.unread());
        return Ok(Some(Kind::Call(called)));
    }
    if let Some(result) = part.object("functionResponse")? {
        let place = format!("{PLACE}.functionResponse");
        let answered = answered(&result, &place, dropped).map_err(|fault| fault.within("functionResponse"))?;
        dropped.add_all(&place, result.unread());
        return Ok(Some(Kind::Result(answered)));
    }
    let said = match part.string("text")? {
        Some(text) => Some(Part::Text(text.into())),
        None => media(part, PLACE, dropped)?,
    };
    Ok(said.map(Kind::Said))
}

/// The data of a part, inside of it or at an address; `None` if it has none. What else the data has is listed, with the
/// `place` of the part.
fn media<'a>(part: &Spelled<'a>, place: &str, dropped: &mut Dropped) -> Result<Option<Part<'a>>, RequestFault> {
    if let Some(data) = part.object("inlineData")? {
        let media = inline(&data).map_err(|fault| fault.within("inlineData"))?;
        dropped.add_all(&format!("{place}.inlineData"), data.unread());
        return Ok(Some(media));
    }
    if let Some(file) = part.object("fileData")? {
        let media = address(&file).map_err(|fault| fault.within("fileData"))?;
        dropped.add_all(&format!("{place}.fileData"), file.unread());
        return Ok(Some(media));
    }
    Ok(None)
}

fn inline<'a>(blob: &Spelled<'a>) -> Result<Part<'a>, RequestFault> {
    let media_type = blob.name("mimeType")?;
    let data = blob.string("data")?;
    let data = data.ok_or_else(|| RequestFault::new("data", "is missing; give base64"))?;
    // Some encoders of JSON write `=` and `/` as escapes.
    let plain = if data.contains('\\') {
        Cow::Owned(blob.text("data")?.unwrap_or_default())
    } else {
        Cow::Borrowed(inside(data))
    };
    let data = standard_base64(&plain);
    let is_base64 = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'+' | b'/' | b'=' | b'\n' | b'\r');
    if !data.bytes().all(is_base64) {
        return Err(RequestFault::new("data", "must be base64"));
    }
    let format = match media_type.as_str() {
        "audio/wav" | "audio/x-wav" | "audio/wave" => Some("wav"),
        "audio/mp3" | "audio/mpeg" => Some("mp3"),
        _ => None,
    };
    let Some(format) = format else {
        let kind = json_string(&media_type);
        let url = format!("\"data:{};base64,{data}\"", inside(&kind));
        return Ok(Part::Other(file(&media_type, &url, blob)?));
    };
    Ok(Part::Other(Object::text(|part| {
        part.raw("type", "\"input_audio\"");
        part.object("input_audio", |audio| {
            audio.raw("data", format!("\"{data}\""));
            audio.string("format", format);
        });
    })))
}

fn address<'a>(data: &Spelled<'a>) -> Result<Part<'a>, RequestFault> {
    let address = data.name("fileUri")?;
    let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("https" | "http")) {
        let message = "files are not stored here; give an https URL, or send the file itself in `inlineData`";
        return Err(RequestFault::new("fileUri", message));
    }
    let media_type = data.text("mimeType")?.unwrap_or_default();
    Ok(Part::Other(file(&media_type, &json_string(&address), data)?))
}

/// An image or another file at this URL, which is JSON. An image has no name in a chat.
fn file(media_type: &str, url: &str, data: &Spelled<'_>) -> Result<Vec<u8>, RequestFault> {
    if media_type.starts_with("image/") {
        return Ok(Object::text(|part| {
            part.raw("type", "\"image_url\"");
            part.object("image_url", |image| image.raw("url", url));
        }));
    }
    let name = data.string("displayName")?;
    Ok(Object::text(|part| {
        part.raw("type", "\"file\"");
        part.object("file", |file| {
            if let Some(name) = name {
                file.raw("filename", name);
            }
            file.raw("file_data", url);
        });
    }))
}

/// Base64 in the alphabet of `data:` URLs (RFC 2397), with padding. The vendor takes both, and its SDKs write the other one.
fn standard_base64(data: &str) -> Cow<'_, str> {
    let is_standard = data.len().is_multiple_of(4) && !data.contains(['-', '_']);
    if is_standard {
        return Cow::Borrowed(data);
    }
    let mut standard = data.replace('-', "+").replace('_', "/");
    while !standard.len().is_multiple_of(4) {
        standard.push('=');
    }
    Cow::Owned(standard)
}

fn called(call: &Spelled<'_>) -> Result<Called, RequestFault> {
    let arguments = call.get("args").unwrap_or("{}");
    if !arguments.starts_with('{') {
        return Err(RequestFault::new("args", "must be an object"));
    }
    Ok(Called {
        id: call.text("id")?.filter(|id| !id.is_empty()),
        name: call.name("name")?,
        arguments: arguments.to_owned(),
    })
}

fn answered<'a>(result: &Spelled<'a>, place: &str, dropped: &mut Dropped) -> Result<Answered<'a>, RequestFault> {
    let place = format!("{place}.parts[]");
    let mut content = Content::default();
    let response = result.value("response");
    let (text, is_error) = response.map_or((Cow::Borrowed("\"\""), false), outcome);
    content.push(Part::Text(text));
    for (index, raw) in result.list("parts", "parts")?.into_iter().enumerate() {
        let at = |fault: RequestFault| fault.within(&format!("parts[{index}]"));
        let part = Spelled::read(raw).map_err(at)?;
        match media(&part, &place, dropped).map_err(at)? {
            Some(part) => content.push(part),
            None => return Err(at(RequestFault::new("", "must be inlineData or fileData"))),
        }
        dropped.add_all(&place, part.unread());
    }
    Ok(Answered {
        id: result.text("id")?.filter(|id| !id.is_empty()),
        name: result.name("name")?,
        content,
        is_error,
    })
}

/// What a result says, as a JSON string, and whether it is a failure: the text in the one member that holds it, or the
/// whole object as text.
fn outcome(response: &RawValue) -> (Cow<'_, str>, bool) {
    let whole = || Cow::Owned(json_string(response.get()));
    let Ok(members) = Members::of(response.get()) else {
        return (whole(), false);
    };
    let mut all = members.all();
    let (Some((name, value)), None) = (all.next(), all.next()) else {
        return (whole(), false);
    };
    let is_error = name == "error";
    if !is_error && !OUTPUTS.contains(&name) {
        return (whole(), false);
    }
    if value.get().starts_with('"') {
        return (Cow::Borrowed(value.get()), is_error);
    }
    (Cow::Owned(json_string(value.get())), is_error)
}
