//! Which files of a folder are cases.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::recording::EXTENSIONS;

/// The folders of cases, by what they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `prepare`.
    Request,
    /// `decode`.
    Response,
    /// `decode-events`, or `prepare` of a request for a stream.
    Stream,
    /// A shaper's view of a request.
    ShapeRequest,
    /// A shaper's view of a reply.
    ShapeText,
    /// Any of these; it must fail.
    Error,
}

/// All kinds, in the order in which they run.
const KINDS: [Kind; 6] = [
    Kind::Request,
    Kind::Response,
    Kind::Stream,
    Kind::ShapeRequest,
    Kind::ShapeText,
    Kind::Error,
];

/// A case's file, or one that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The folder that it is in.
    pub kind: Kind,
    /// The file.
    pub path: PathBuf,
    /// The folder and the file.
    pub name: String,
    /// Whether it is a recorded stream.
    pub is_recording: bool,
    /// Why it is no case.
    pub fault: Option<String>,
}

/// All cases of a folder, and what should not be there, sorted.
pub fn cases(folder: &Path) -> Vec<Source> {
    KINDS
        .into_iter()
        .flat_map(|kind| {
            let files = files(&folder.join(kind.folder()));
            files.into_iter().filter_map(move |file| source(kind, file))
        })
        .collect()
}

/// The case in a file; none if it belongs to another.
fn source(kind: Kind, path: PathBuf) -> Option<Source> {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let is_recording = EXTENSIONS.contains(&extension);
    let fault = match extension {
        _ if is_recording => None,
        "json" if recording_of(&path) => return None,
        "json" => None,
        "new" => return None,
        "snap" if recording_of(&path) || path.with_extension("json").exists() => return None,
        "snap" => Some("this snapshot has no case: delete it".to_owned()),
        _ => {
            let recordings = EXTENSIONS.map(|extension| format!(".{extension}")).join(", ");
            Some(format!(
                "is neither a case (.json, {recordings}) nor a snapshot (.snap)"
            ))
        }
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    Some(Source {
        name: format!("{}/{file}", kind.folder()),
        kind,
        is_recording,
        fault,
        path,
    })
}

/// Whether there is a recording of this name.
fn recording_of(file: &Path) -> bool {
    EXTENSIONS
        .iter()
        .any(|extension| file.with_extension(extension).exists())
}

/// The files in a folder, sorted; none if it does not exist.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

// === impl Kind ===

impl Kind {
    /// Whether it is of shapers alone.
    pub fn is_shapers(self) -> bool {
        matches!(self, Self::ShapeRequest | Self::ShapeText)
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Stream => "stream",
            Self::ShapeRequest => "shape-request",
            Self::ShapeText => "shape-text",
            Self::Error => "error",
        }
    }
}
