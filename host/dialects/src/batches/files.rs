//! The objects of files, which are OpenAI's: uploads, lists and deletions.
//!
//! Source: <https://developers.openai.com/api/reference/resources/files>.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::fault::RequestFault;
use crate::json::fields::{required_text, text};
use crate::json::{List, Members, Object};
use crate::model_card::Query;
use crate::page::{Page, PageRules, parameter};

/// The purpose of files with the lines of batches.
pub const INPUT: &str = "batch";

/// The purpose of files with results.
pub const RESULTS: &str = "batch_output";

/// How many seconds a client may have a file kept.
const KEPT: RangeInclusive<u64> = 3_600..=2_592_000;

const PAGES: PageRules = PageRules {
    after: "after",
    before: "after",
    usual: 10_000,
    most: 10_000,
};

/// What a client says of a file that it uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload {
    /// How many seconds it is kept; `None` if the client leaves that to the host.
    pub keep: Option<u64>,
}

/// A file as its clients see it.
#[derive(Debug, Clone)]
pub struct FileCard<'a> {
    /// Its id.
    pub id: &'a str,
    /// The client's name for it.
    pub filename: &'a str,
    /// Its size.
    pub bytes: u64,
    /// What it is for.
    pub purpose: &'a str,
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// When it is deleted, in seconds since 1970.
    pub expires: u64,
}

/// What a client asks of the list of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileQuery<'q> {
    /// The part of the list.
    pub page: Page<'q>,
    /// The purpose of the files; `None` for all.
    pub purpose: Option<&'q str>,
    /// Whether the oldest comes first.
    pub oldest_first: bool,
}

/// Reads the fields of an upload's form.
///
/// # Errors
/// If the purpose is none that is served here, or the expiry makes no sense. The fault names the field.
pub fn upload(fields: &[u8]) -> Result<Upload, RequestFault> {
    let fields = crate::json::fields::body(fields)?;
    let purpose = required_text(&fields, "purpose", "`batch`")?;
    if purpose != INPUT {
        return Err(RequestFault::new(
            "purpose",
            "must be `batch`; other files are not kept here",
        ));
    }
    let anchor = text(&fields, "expires_after[anchor]")?;
    let seconds = text(&fields, "expires_after[seconds]")?;
    if anchor.is_none() && seconds.is_none() {
        return Ok(Upload { keep: None });
    }
    let seconds = seconds.and_then(|seconds| seconds.parse().ok());
    Ok(Upload {
        keep: Some(expiry("expires_after", anchor.as_deref(), seconds)?),
    })
}

/// How many seconds a file is kept, by the two members of an expiry.
fn expiry(field: &'static str, anchor: Option<&str>, seconds: Option<u64>) -> Result<u64, RequestFault> {
    let seconds = seconds.filter(|seconds| anchor == Some("created_at") && KEPT.contains(seconds));
    seconds.ok_or_else(|| {
        let message = "must have `anchor` created_at and `seconds` from 3600 to 2592000";
        RequestFault::new(field, message)
    })
}

/// How many seconds a member of an order wants files kept; `None` if it is not given.
///
/// # Errors
/// If it is no such object.
pub(crate) fn kept(members: &Members<'_>, field: &'static str) -> Result<Option<u64>, RequestFault> {
    let Some(given) = crate::json::fields::given(members, field) else {
        return Ok(None);
    };
    let value: Value = serde_json::from_str(given).unwrap_or_default();
    expiry(field, value["anchor"].as_str(), value["seconds"].as_u64()).map(Some)
}

/// Reads what a client asks of the list.
///
/// # Errors
/// If a parameter makes no sense. The fault names it.
pub fn query(query: &Query) -> Result<FileQuery<'_>, RequestFault> {
    let oldest_first = match parameter(query, "order") {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => return Err(RequestFault::new("order", "must be asc or desc")),
    };
    Ok(FileQuery {
        page: PAGES.read(query)?,
        purpose: parameter(query, "purpose"),
        oldest_first,
    })
}

/// A file's object.
#[must_use]
pub fn object(file: &FileCard<'_>) -> Vec<u8> {
    Object::text(|object| write(object, file))
}

fn write(object: &mut Object<'_>, file: &FileCard<'_>) {
    object.string("id", file.id);
    object.string("object", "file");
    object.raw("bytes", file.bytes.to_string());
    object.raw("created_at", file.created.to_string());
    object.raw("expires_at", file.expires.to_string());
    object.string("filename", file.filename);
    object.string("purpose", file.purpose);
    object.string("status", "processed");
    object.raw("status_details", "null");
}

/// The list of these files.
#[must_use]
pub fn list(files: &[FileCard<'_>], has_more: bool) -> Vec<u8> {
    let mut data = List::default();
    for file in files {
        data.push_object(|object| write(object, file));
    }
    let ends = [files.first().map(|file| file.id), files.last().map(|file| file.id)];
    page(data, ends, has_more)
}

/// A page of a list.
pub(crate) fn page(data: List, [first, last]: [Option<&str>; 2], has_more: bool) -> Vec<u8> {
    Object::text(|page| {
        page.string("object", "list");
        page.raw("data", data.into_text());
        for (key, id) in [("first_id", first), ("last_id", last)] {
            match id {
                Some(id) => page.string(key, id),
                None => page.raw(key, "null"),
            }
        }
        page.raw("has_more", has_more.to_string());
    })
}

/// The confirmation that a file is deleted.
#[must_use]
pub fn deleted(id: &str) -> Vec<u8> {
    Object::text(|object| {
        object.string("id", id);
        object.string("object", "file");
        object.raw("deleted", "true");
    })
}
