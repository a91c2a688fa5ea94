//! Speech made of a text, and what is said in a recording.
//!
//! Sources: <https://platform.openai.com/docs/api-reference/audio/createSpeech>,
//! <https://platform.openai.com/docs/api-reference/audio/createTranscription>.

use serde::Serialize;

use super::members::object;
use super::{Extra, Json};

/// A request for speech. The reply is sound.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SpeechRequest {
    /// The client's name for the model; the upstream's is in [`Call::model`](crate::Call::model).
    pub model: String,
    /// The text to speak.
    pub input: String,
    /// The voice: a name, or an object with an `id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<Json>,
    /// How to speak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// The format of the sound, such as `mp3`, `opus`, `wav` or `pcm`; `mp3` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<String>,
    /// How fast to speak, from 0.25 to 4; 1 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
    /// Unknown fields, such as `stream_format`.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What is said in a recording: the reply to a transcription or a translation, in its form as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Transcript {
    /// All that is said.
    pub text: String,
    /// Unknown fields, such as `usage`, `language`, `duration` and `segments`.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A file of a form, as a call's parameters describe it. Its bytes stay outside.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FormFile {
    /// The name that the client gave it.
    pub filename: String,
    /// Its media type.
    pub media_type: String,
    /// Its length.
    pub bytes: u64,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

object! {
    SpeechRequest {
        "model" => model,
        "input" => input,
        "voice" => voice,
        "instructions" => instructions,
        "response_format" => response_format,
        "speed" => speed,
    } requires "input"
}

object! {
    Transcript {
        "text" => text,
    } requires "text"
}

object! {
    FormFile {
        "filename" => filename,
        "media_type" => media_type,
        "bytes" => bytes,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn requests_and_transcripts_keep_what_they_do_not_know() {
        let request = json!({
            "model": "m", "input": "Hello", "voice": {"id": "v"}, "speed": 1.5, "stream_format": "sse",
        });
        let read: SpeechRequest = serde_json::from_value(request.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), request);
        let reply = json!({"text": "Hello", "usage": {"type": "duration", "seconds": 9}});
        let read: Transcript = serde_json::from_value(reply.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), reply);
        assert!(serde_json::from_value::<Transcript>(json!({})).is_err());
        let file: FormFile = serde_json::from_value(json!({"filename": "a.mp3", "bytes": 3})).unwrap();
        assert_eq!((file.filename.as_str(), file.bytes), ("a.mp3", 3));
    }
}
