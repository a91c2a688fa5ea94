//! What a part of a content is, in the words of a chat.
//!
//! Source: <https://ai.google.dev/api/caching#Part>.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::fault::RequestFault;
use crate::gemini::spelled::Spelled;
use crate::json::raw::inside;
use crate::json::{Members, Object, json_string};
use crate::turns::{Content, Part};

/// The members of a part that are translated, or that say something about it.
const KNOWN: [&str; 7] = [
    "text",
    "thought",
    "thoughtSignature",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
];

/// The members of a result's object that hold all of it, as the vendor and its SDKs write them.
const OUTPUTS: [&str; 2] = ["output", "result"];

/// What a part is.
pub(super) enum Kind<'a> {
    Said(Said<'a>),
    Call(Called),
    Result(Answered<'a>),
    /// It has no data.
    Nothing,
    /// Something that a chat has no words for: the name of its member.
    Unknown(String),
}

/// A text, an image, or another file.
pub(super) struct Said<'a> {
    pub(super) part: Part<'a>,
    /// The members that a chat has no words for.
    pub(super) lost: Vec<String>,
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

/// What a part is.
///
/// # Errors
/// If it is not of its shape.
pub(super) fn kind<'a>(part: &Spelled<'a>) -> Result<Kind<'a>, RequestFault> {
    if let Some(call) = part.object("functionCall")? {
        return called(&call)
            .map(Kind::Call)
            .map_err(|fault| fault.within("functionCall"));
    }
    if let Some(result) = part.object("functionResponse")? {
        let answered = answered(&result).map(Kind::Result);
        return answered.map_err(|fault| fault.within("functionResponse"));
    }
    let said = match part.string("text")? {
        Some(text) => Some(Part::Text(text.into())),
        None => media(part)?,
    };
    let mut lost: Vec<String> = part.others(&KNOWN).map(str::to_owned).collect();
    match said {
        Some(part) => Ok(Kind::Said(Said { part, lost })),
        None if lost.is_empty() => Ok(Kind::Nothing),
        None => Ok(Kind::Unknown(lost.swap_remove(0))),
    }
}

/// The data of a part, inside of it or at an address; `None` if it has none.
fn media<'a>(part: &Spelled<'a>) -> Result<Option<Part<'a>>, RequestFault> {
    if let Some(data) = part.object("inlineData")? {
        return inline(&data).map(Some).map_err(|fault| fault.within("inlineData"));
    }
    if let Some(file) = part.object("fileData")? {
        return address(&file).map(Some).map_err(|fault| fault.within("fileData"));
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
        return Ok(Part::Other(file(&media_type, &url, blob.string("displayName")?)));
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
    let file = file(&media_type, &json_string(&address), data.string("displayName")?);
    Ok(Part::Other(file))
}

/// An image or another file at this URL, which is JSON.
fn file(media_type: &str, url: &str, name: Option<&str>) -> Vec<u8> {
    Object::text(|part| {
        if media_type.starts_with("image/") {
            part.raw("type", "\"image_url\"");
            part.object("image_url", |image| image.raw("url", url));
            return;
        }
        part.raw("type", "\"file\"");
        part.object("file", |file| {
            if let Some(name) = name {
                file.raw("filename", name);
            }
            file.raw("file_data", url);
        });
    })
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

fn answered<'a>(result: &Spelled<'a>) -> Result<Answered<'a>, RequestFault> {
    let mut content = Content::default();
    let response = result.value("response");
    let (text, is_error) = response.map_or((Cow::Borrowed("\"\""), false), outcome);
    content.push(Part::Text(text));
    for (index, raw) in result.list("parts", "parts")?.into_iter().enumerate() {
        let at = |fault: RequestFault| fault.within(&format!("parts[{index}]"));
        let part = Spelled::read(raw).map_err(at)?;
        match media(&part).map_err(at)? {
            Some(part) => content.push(part),
            None => return Err(at(RequestFault::new("", "must be inlineData or fileData"))),
        }
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
    let Ok(members) = Members::parse(response.get().as_bytes()) else {
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
