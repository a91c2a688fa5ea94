//! A transcript in events, as OpenAI names them.
//!
//! Source: <https://platform.openai.com/docs/api-reference/audio/transcript-text-delta-event> and the events beside it.

use jackfield_plugin_sdk::Failure;
use jackfield_plugin_sdk::canonical::{Extra, Json};
use serde::de::DeserializeOwned;

use super::transcript::{Segment, Transcript};

/// The last event.
const DONE: &str = "transcript.text.done";
use crate::error;

/// The stream with each event in OpenAI's words. The language, and events of tomorrow, have none.
///
/// # Errors
/// Of class malformed, if an event cannot be read, or the last one is missing; as it says, if the stream reports an error.
pub(super) fn translated(stream: &[u8]) -> Result<Vec<u8>, Failure> {
    let stream = String::from_utf8_lossy(stream);
    let (mut out, mut segments, mut is_done) = (String::new(), 0, false);
    for data in stream.lines().filter_map(|line| line.strip_prefix("data:")) {
        let data = data.trim();
        if data.is_empty() || data == "[DONE]" {
            continue;
        }
        let event: Extra = read(&Json::parse(data).map_err(|_| broken())?)?;
        if event.contains_key("error") || event.text("object").as_deref() == Some("error") {
            return Err(error::of_data(data.as_bytes()));
        }
        if let Some(said) = said(event, &mut segments)? {
            is_done = said.text("type").as_deref() == Some(DONE);
            out.extend(["data: ", Json::of(&said).text(), "\n\n"]);
        }
    }
    if is_done {
        Ok(out.into_bytes())
    } else {
        Err(Failure::malformed("the stream ended before its last event"))
    }
}

/// What an event says, if OpenAI has a word for it. `segments` are those that have come.
fn said(event: Extra, segments: &mut u64) -> Result<Option<Extra>, Failure> {
    let mut said = Extra::new();
    match event.text("type").as_deref() {
        Some("transcription.text.delta") => {
            said.insert("type", "transcript.text.delta");
            said.insert("delta", event.text("text").unwrap_or_default());
        }
        Some("transcription.segment") => {
            said.insert("type", "transcript.text.segment");
            said.insert("id", format!("seg_{segments}"));
            read::<Segment>(&event.into())?.write(&mut said);
            *segments += 1;
        }
        Some("transcription.done") => {
            let transcript: Transcript = read(&event.into())?;
            said.insert("type", DONE);
            said.extend(transcript.usage().map(|usage| ("usage".to_owned(), usage.into())));
            said.insert("text", transcript.text);
        }
        _ => return Ok(None),
    }
    Ok(Some(said))
}

fn read<T: DeserializeOwned>(json: &Json) -> Result<T, Failure> {
    json.read().ok_or_else(broken)
}

fn broken() -> Failure {
    Failure::malformed("an event of the transcript cannot be read")
}
