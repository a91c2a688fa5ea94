//! Recorded cases as a scripted upstream: which of them answers a request.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;

use bytes::Bytes;
use jackfield_gateway::framing::Framing;
use serde_json::Value;

use crate::case::{Case, CaseReply, Sent};
use crate::golden::{Source, cases};
use crate::recording::Recording;

/// The header by which a request names the case that shall answer it.
pub const CASE_HEADER: &str = "x-jackfield-case";

/// A case that has something to answer.
#[derive(Debug, Clone)]
pub struct Scripted {
    /// The folder and the file, such as `stream/text.sse`.
    pub name: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers, the content type among them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// What a request must contain; none if the case fits any.
    sent: Option<Sent>,
}

/// All cases of a folder, and which of them had their turn.
#[derive(Debug, Default)]
pub struct Script {
    cases: Vec<Scripted>,
    turns: HashMap<Vec<usize>, usize>,
}

// === impl Script ===

impl Script {
    /// The cases of a folder that have a reply, or are a recorded stream.
    ///
    /// # Errors
    /// If a case cannot be read.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let mut script = Self::default();
        for source in cases(folder) {
            let scripted = Scripted::read(&source).map_err(|fault| format!("{}: {fault}", source.name))?;
            script.cases.extend(scripted);
        }
        Ok(script)
    }

    /// The names of the cases.
    pub fn names(&self) -> Vec<&str> {
        self.cases.iter().map(|case| &*case.name).collect()
    }

    /// The case for a request: the one it names, or else the one whose `sent` has the most in common with it. Several that
    /// have equally much take turns. Cases without `sent` fit any request, but errors must be asked for.
    pub fn answer(&mut self, named: Option<&str>, method: &str, path: &str, body: &[u8]) -> Option<&Scripted> {
        if let Some(name) = named {
            return self.cases.iter().find(|case| case.is_named(name));
        }
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let fits: Vec<(usize, usize)> = self
            .cases
            .iter()
            .enumerate()
            .filter_map(|(index, case)| Some((case.fits(method, path, &body)?, index)))
            .collect();
        let best = fits.iter().map(|(weight, _)| *weight).max()?;
        let equals: Vec<usize> = fits
            .iter()
            .filter(|(weight, _)| *weight == best)
            .map(|(_, index)| *index)
            .collect();
        let turn = self.turns.entry(equals.clone()).or_default();
        let index = equals[*turn % equals.len()];
        *turn += 1;
        self.cases.get(index)
    }
}

// === impl Scripted ===

impl Scripted {
    fn read(source: &Source) -> Result<Option<Self>, String> {
        if source.fault.is_some() || source.kind.is_shapers() {
            return Ok(None);
        }
        if source.is_recording {
            let recording = Recording::read(&source.path)?;
            return Ok(Some(Self::recorded(&source.name, recording)));
        }
        let text = std::fs::read_to_string(&source.path).map_err(|error| error.to_string())?;
        let case = Case::parse(&text)?;
        let sent = case.sent;
        Ok(case.reply.map(|reply| Self::buffered(&source.name, &reply, sent)))
    }

    fn buffered(name: &str, reply: &CaseReply, sent: Option<Sent>) -> Self {
        let mut headers: Vec<_> = reply.headers.clone().into_iter().collect();
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        Self {
            name: name.to_owned(),
            status: reply.status,
            headers,
            body: reply.body.bytes().into(),
            sent,
        }
    }

    fn recorded(name: &str, recording: Recording) -> Self {
        let media_type = match recording.framing {
            Some(Framing::Ndjson) => "application/x-ndjson",
            Some(Framing::AwsEventStream) => "application/vnd.amazon.eventstream",
            Some(Framing::JsonArray | Framing::None) => "application/json",
            Some(Framing::Sse) | None => "text/event-stream",
        };
        Self {
            name: name.to_owned(),
            status: 200,
            headers: vec![("content-type".to_owned(), media_type.to_owned())],
            body: recording.reply(),
            sent: recording.case.sent,
        }
    }

    fn is_named(&self, name: &str) -> bool {
        let path = Path::new(&self.name);
        let stem = path.with_extension("");
        self.name == name || stem.as_os_str() == OsStr::new(name)
    }

    /// How much a request has in common with what was sent when the case was recorded; none if it does not fit.
    fn fits(&self, method: &str, path: &str, body: &Value) -> Option<usize> {
        let Some(sent) = &self.sent else {
            return (!self.name.starts_with("error/")).then_some(0);
        };
        let without_query = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
        let elsewhere = |sent: &String| without_query(sent) != without_query(path);
        if !sent.method.eq_ignore_ascii_case(method) || sent.path.as_ref().is_some_and(elsewhere) {
            return None;
        }
        let in_common = sent
            .body
            .as_ref()
            .map_or(Some(0), |sent| contained(&sent.value(), body));
        in_common.map(|values| values + 1 + usize::from(sent.path.is_some()))
    }
}

/// How many values of `part` there are, if `whole` has all of them at the same places.
fn contained(part: &Value, whole: &Value) -> Option<usize> {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .try_fold(0, |sum, (name, value)| Some(sum + contained(value, whole.get(name)?)?)),
        (Value::Array(part), Value::Array(whole)) if part.len() == whole.len() => {
            std::iter::zip(part, whole).try_fold(0, |sum, (part, whole)| Some(sum + contained(part, whole)?))
        }
        (part, whole) => (part == whole).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(files: &[(&str, &str)]) -> Script {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Script::read(folder.path()).unwrap()
    }

    fn answer(script: &mut Script, path: &str, body: &str) -> Option<String> {
        let case = script.answer(None, "POST", path, body.as_bytes());
        case.map(|case| case.name.clone())
    }

    #[test]
    fn the_case_with_the_most_in_common_answers() {
        let mut script = script(&[
            ("request/ignored.json", "{}"),
            ("response/any.json", r#"{"reply":{"body":1}}"#),
            ("error/busy.json", r#"{"reply":{"status":529}}"#),
            (
                "stream/live.sse",
                ": {\"sent\":{\"method\":\"POST\",\"path\":\"/talk\",\"body\":{\"live\":true}}}\ndata: 1\n\n",
            ),
        ]);
        assert_eq!(
            script.names(),
            ["response/any.json", "stream/live.sse", "error/busy.json"]
        );
        assert_eq!(
            answer(&mut script, "/talk", r#"{"live":true,"more":1}"#).unwrap(),
            "stream/live.sse"
        );
        assert_eq!(
            answer(&mut script, "/talk", r#"{"live":false}"#).unwrap(),
            "response/any.json"
        );
        let named = script.answer(Some("error/busy"), "GET", "/", b"").unwrap();
        assert_eq!((named.status, &*named.name), (529, "error/busy.json"));
    }

    #[test]
    fn equals_take_turns() {
        let mut script = script(&[
            ("response/a.json", r#"{"reply":{"body":1}}"#),
            ("response/b.json", r#"{"reply":{"body":2}}"#),
        ]);
        let mut next = || answer(&mut script, "/", "").unwrap();
        assert_eq!(
            [next(), next(), next()],
            ["response/a.json", "response/b.json", "response/a.json"]
        );
    }

    #[test]
    fn a_request_that_fits_no_case_gets_none() {
        let mut script = script(&[(
            "response/a.json",
            r#"{"sent":{"method":"POST","path":"/a"},"reply":{}}"#,
        )]);
        assert_eq!(answer(&mut script, "/b", ""), None);
        assert!(answer(&mut script, "/a?x=1", "no JSON").is_some());
    }

    #[test]
    fn the_line_with_the_case_is_not_sent() {
        let mut script = script(&[("stream/a.sse", ": {\"whole\":\"a\"}\ndata: 1\n\n")]);
        assert_eq!(script.answer(None, "POST", "/", b"").unwrap().body, "data: 1\n\n");
    }
}
