//! What is said in a recording, in OpenAI's words for it.
//!
//! The form's file is not seen here: its fields are a request's parameters. A reply is read as a whole, also one in
//! events, because its words differ from OpenAI's.
//!
//! Source: <https://docs.mistral.ai/api/endpoint/audio/transcriptions>, and `audiotranscriptionrequest`,
//! `transcriptionresponse` and `transcriptionstreamevents` in the SDK `mistralai`.

mod events;
mod transcript;

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::{Call, Failure, Payload, Reply, Step};

use crate::error;
use crate::parameters::Patch;
use crate::settings::Settings;
use transcript::Transcript;

/// The endpoint's path below the base URL.
pub(crate) const PATH: &str = "/audio/transcriptions";

/// What OpenAI's clients send and Mistral does not know; the client is told.
const UNKNOWN: [&str; 6] = [
    "chunking_strategy",
    "include[]",
    "known_speaker_names[]",
    "known_speaker_references[]",
    "prompt",
    "user",
];

/// OpenAI's name for the granularities, which its clients send as a list.
const GRANULARITIES: &str = "timestamp_granularities[]";

/// The form in which the client wants the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// The text, in an object.
    Json,
    /// The same with its segments.
    Verbose,
    /// The text alone.
    Text,
    /// Events.
    Events,
}

/// The form's fields.
///
/// # Errors
/// Of class unsupported, if the client wants the reply in a format that cannot be made of Mistral's.
pub(crate) fn fields(call: &Call<Settings>) -> Result<Patch, Failure> {
    let format = Format::wanted(&call.parameters()?)?;
    let mut patch = Patch::of(call)?;
    for name in UNKNOWN {
        patch.lose(name);
    }
    patch.take("response_format");
    match patch.take(GRANULARITIES) {
        Some(granularities) => patch.set("timestamp_granularities", &granularities),
        None if format == Format::Verbose => patch.set("timestamp_granularities", "segment"),
        None => {}
    }
    Ok(patch.finish(&call.settings))
}

/// What was said, as the client wants it.
///
/// # Errors
/// If the reply has no text, or a stream does not come to its end.
pub(crate) fn read(call: &Call<Settings>, reply: &Reply) -> Result<Step, Failure> {
    let format = Format::wanted(&call.parameters()?)?;
    if format == Format::Events {
        return Ok(Step::Done(Payload::new(
            "text/event-stream",
            events::translated(&reply.body)?,
        )));
    }
    let transcript: Transcript = reply.json().map_err(|_| error::reported(reply))?;
    match format {
        Format::Text => {
            let usage = transcript.usage();
            let text = Payload::new("text/plain; charset=utf-8", transcript.text.into_bytes());
            Ok(Step::Done(match usage {
                Some(usage) => text.usage(&usage),
                None => text,
            }))
        }
        format => Step::done(&transcript.object(format == Format::Verbose)),
    }
}

// === impl Format ===

impl Format {
    fn wanted(fields: &Extra) -> Result<Self, Failure> {
        let format = fields.text("response_format").unwrap_or_default();
        if fields.text("stream").as_deref() == Some("true") {
            return Ok(Self::Events);
        }
        match format.as_str() {
            "" | "json" => Ok(Self::Json),
            "verbose_json" => Ok(Self::Verbose),
            "text" => Ok(Self::Text),
            other => Err(Failure::unsupported(format!(
                "response_format: this provider has no {other:?}; use json, verbose_json or text"
            ))),
        }
    }
}
